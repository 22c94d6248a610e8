/** The type, with parameters that do not refuse it by a weight of 0. */
const HTML = /^text\/html(;(?! *q=0(\.0*)?$).*)?$/;

/**
 * Whether the header `Accept` names HTML. Browsers name it when they open a page; programs send
 * `*\/*` or the type that they read.
 */
export const wantsPage = (accept = ''): boolean =>
  accept.split(',').some((type) => HTML.test(type.trim().toLowerCase()));
