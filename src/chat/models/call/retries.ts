// Decides whether a call that has given nothing yet is tried again, and when.
import type { ModelCallError } from '../model-call-error.js';

const MAX_RETRIES = 2;
const FIRST_WAIT_MS = 500;
const MIN_JITTER = 0.75;
const JITTER = 0.5;

/** A provider that was silent for a whole time limit is not asked again. */
const RETRIED = new Set<ModelCallError['code']>(['model.unavailable', 'model.rate_limited']);

/**
 * @param tries how often the provider was asked
 * @returns milliseconds to wait before the next try; null when there is none
 */
export function waitBeforeRetry(failure: ModelCallError, tries: number): number | null {
  if (!failure.retryable || !RETRIED.has(failure.code) || tries > MAX_RETRIES) return null;
  if (failure.retryAfterSeconds !== undefined) return failure.retryAfterSeconds * 1_000;
  return FIRST_WAIT_MS * 2 ** (tries - 1) * (MIN_JITTER + Math.random() * JITTER);
}
