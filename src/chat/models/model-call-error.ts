// The one error of a call of a model.

/**
 * - `model.not_configured`: no such provider is configured. The message tells what to set.
 * - `model.refused`: the provider refuses the request or the key (400, 401, 403, 404, 422). Another
 *   try would fail alike.
 * - `model.rate_limited`: 429, and the provider asks for a longer wait than is allowed here.
 * - `model.unavailable`: the provider cannot be reached, fails (5xx), or is not called for a time
 *   because it failed several times.
 * - `model.busy`: the limits of the provider in this process left no place for the call in time.
 * - `model.timeout`: the head of the answer, the next bytes, or the whole answer took too long.
 * - `model.interrupted`: the connection or the provider failed after the answer had begun.
 * - `model.bad_answer`: what came is no answer of a model: HTML, a redirect, no finish, too much.
 * - `model.aborted`: the signal of the call was aborted.
 */
export const MODEL_ERROR_CODES = [
  'model.not_configured',
  'model.refused',
  'model.rate_limited',
  'model.unavailable',
  'model.busy',
  'model.timeout',
  'model.interrupted',
  'model.bad_answer',
  'model.aborted',
] as const;
export type ModelErrorCode = (typeof MODEL_ERROR_CODES)[number];

export interface ModelErrorDetails {
  /** True when the same call may succeed later. This service has made its own tries already. */
  retryable?: boolean;
  /** The HTTP status of the provider. */
  status?: number;
  /** Seconds after which the provider may be asked again. */
  retryAfterSeconds?: number;
  /** The provider's id of the request. */
  requestId?: string;
}

/**
 * A call of a model failed. The message may quote the provider, with at most 500 characters and
 * without keys; it may be shown to operators and, unlike a fault of ours, to users.
 */
export class ModelCallError extends Error {
  override readonly name = 'ModelCallError';
  readonly retryable: boolean;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly requestId: string | undefined;

  constructor(
    readonly code: ModelErrorCode,
    message: string,
    details: ModelErrorDetails = {},
  ) {
    super(message);
    this.retryable = details.retryable ?? false;
    this.status = details.status;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.requestId = details.requestId;
  }
}
