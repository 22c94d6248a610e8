// How long a delivery waits for its next attempt.

const FIRST_SECONDS = 5;
const FACTOR = 3;
const MAX_SECONDS = 8 * 3_600;

/**
 * Half of the delay is random, so that deliveries that failed together do not retry together.
 * @param attempt the one that failed, from 1
 * @param retryAfterSeconds what the receiver asked for; at most eight hours of it count
 * @returns seconds until the next attempt
 */
export function retryDelaySeconds(
  attempt: number,
  retryAfterSeconds: number | null,
  random = Math.random,
): number {
  const longest = Math.min(FIRST_SECONDS * FACTOR ** (attempt - 1), MAX_SECONDS);
  const asked = Math.min(retryAfterSeconds ?? 0, MAX_SECONDS);
  return Math.max(longest * (0.5 + random() / 2), asked);
}

/**
 * Reads a `Retry-After` header: seconds, or a date.
 * @returns null for any other text
 */
export function readRetryAfter(text: string | null, now = Date.now()): number | null {
  if (text === null || text.length > 64) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, (at - now) / 1_000);
}
