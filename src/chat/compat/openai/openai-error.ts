// The error that clients of OpenAI read. It is a member of the problem, so both can be read.
import type { FieldError, ProblemAdditions } from '../../../platform/errors/index.js';

export interface OpenAiError {
  message: string;
  type: string;
  code: string;
  /** Where in the body; null when it is of no field. */
  param: string | null;
}

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
  507: 'insufficient_quota',
};

const typeOf = (status: number): string =>
  TYPES[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error');

/** @param problem as `problemDocument` makes it */
function openAiErrorOf(problem: Readonly<Record<string, unknown>>): OpenAiError {
  const { title, status, detail, code } = problem as {
    title: string;
    status: number;
    detail?: string;
    code: string;
  };
  const errors = (problem['errors'] ?? []) as FieldError[];
  const faults = errors.map(({ pointer, message }) => `${pointer} ${message}`);
  return {
    message: [detail ?? title, ...faults].join('; '),
    type: typeOf(status),
    code,
    param: errors[0]?.pointer ?? null,
  };
}

/**
 * What clients of OpenAI read of a problem. They repeat a 409 by themselves, which is refused again
 * unless the problem says when to retry.
 */
export const FOR_OPENAI_CLIENTS: ProblemAdditions = {
  members: (problem) => ({ error: openAiErrorOf(problem) }),
  headers: ({ definition, details }): Record<string, string> =>
    definition.status === 409 && details.retryAfter === undefined
      ? { 'x-should-retry': 'false' }
      : {},
};
