const MAX_ATTEMPTS = 20;

/**
 * Repeats a compare-and-set until it succeeds.
 * @param attempt reads the current state, and returns null when another write came first
 * @param contended makes the error to throw when every attempt lost
 */
export async function retryOnConflict<T>(
  attempt: () => Promise<T | null>,
  contended: () => Error | Promise<Error>,
): Promise<T> {
  for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
    const result = await attempt();
    if (result !== null) return result;
  }
  throw await contended();
}
