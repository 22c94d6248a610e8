import type { components } from './api.js';

export type Problem = components['schemas']['Problem'];

/**
 * What an answer of Threadkeep says by its code, and what the client says when there is none:
 * `client.unreachable` (the network failed), `client.timeout` (`timeoutMs` passed), and
 * `client.bad_answer` (not an answer of Threadkeep, but of a proxy perhaps).
 */
export type ErrorCode =
  Problem['code'] | 'client.unreachable' | 'client.timeout' | 'client.bad_answer';

/** A call that failed. `code` says why, and is stable. */
export class ThreadkeepError extends Error {
  override readonly name = 'ThreadkeepError';
  readonly code: ErrorCode;
  /** Status of the answer; null when there was none. */
  readonly status: number | null;
  /** What was wrong in this request, where the service says it. */
  readonly detail: string | null;
  /** Fields of the request that were refused. */
  readonly errors: NonNullable<Problem['errors']>;
  /** Names the request in the log of the service. */
  readonly requestId: string | null;
  /** Milliseconds after which the service asks to try again; null when it does not. */
  readonly retryAfterMs: number | null;

  constructor(
    problem: Partial<Omit<Problem, 'code'>> & { code: ErrorCode },
    retryAfterMs: number | null = null,
    options?: ErrorOptions,
  ) {
    const { code, title = code, detail = null, status = null, errors = [] } = problem;
    super([title, detail, ...errors.map(lineOf)].filter(Boolean).join('\n'), options);
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.errors = errors;
    this.requestId = problem.requestId ?? null;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Tells whether an error is an answer with this code. */
export const isCode = (error: unknown, code: ErrorCode): error is ThreadkeepError =>
  error instanceof ThreadkeepError && error.code === code;

const lineOf = ({ pointer, message }: { pointer: string; message: string }): string =>
  `${pointer} ${message}`;

/** Reads the error that an answer is. */
export async function errorOf(response: Response): Promise<ThreadkeepError> {
  const { status, headers } = response;
  const problem = objectIn(await response.text());
  const requestId = headers.get('x-request-id');
  const known = isProblem(problem)
    ? problem
    : { code: 'client.bad_answer' as const, title: `The answer is ${status}`, status };
  return new ThreadkeepError(
    requestId === null ? known : { requestId, ...known },
    retryAfterOf(headers.get('retry-after')),
  );
}

function objectIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string';

/** Returns milliseconds. The header has seconds or a date. */
function retryAfterOf(header: string | null): number | null {
  if (header === null) return null;
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(wait) ? null : Math.max(wait, 0);
}
