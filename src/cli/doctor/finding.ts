// What a check of `threadkeep doctor` found.
export interface Finding {
  state: 'ok' | 'warn' | 'fail';
  /** The name of the check, such as `database`. */
  check: string;
  /** The result in one sentence. When it is not ok, also the remedy. */
  text: string;
}

const finding =
  (state: Finding['state']) =>
  (check: string, text: string): Finding => ({ state, check, text });

export const ok = finding('ok');
/** It works, and may not do what the operator wants. */
export const warn = finding('warn');
/** A start fails, or data is not protected. */
export const fail = finding('fail');

export const lineOf = ({ state, check, text }: Finding): string =>
  `${state.padEnd(4)}  ${check.padEnd(10)}  ${text.replace(/\s+/g, ' ')}`;
