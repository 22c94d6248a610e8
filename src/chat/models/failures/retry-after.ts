// Reads how long a provider asks to wait.

const MAX_SECONDS = 86_400;

/**
 * @param headers with names in lower case
 * @returns seconds; undefined when the provider names no time that makes sense
 */
export function retryAfterSeconds(
  headers: Readonly<Record<string, string>> | undefined,
  now = Date.now(),
): number | undefined {
  const milliseconds = Number(headers?.['retry-after-ms'] ?? Number.NaN);
  if (isWait(milliseconds / 1_000)) return milliseconds / 1_000;
  const text = headers?.['retry-after'];
  if (text === undefined) return undefined;
  const seconds = text.trim() === '' ? Number.NaN : Number(text);
  const wait = Number.isNaN(seconds) ? (Date.parse(text) - now) / 1_000 : seconds;
  return isWait(wait) ? wait : undefined;
}

const isWait = (seconds: number): boolean => seconds >= 0 && seconds <= MAX_SECONDS;
