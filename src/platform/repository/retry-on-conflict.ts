/** Times something is tried that others get ahead of. */
const TRIES = 20;

/**
 * Compare-and-set, again on what is there by then.
 * @param attempt gives null when somebody else got ahead of it
 * @param contended what is thrown when that happens again and again
 */
export async function retryOnConflict<T>(
  attempt: () => Promise<T | null>,
  contended: () => Error | Promise<Error>,
): Promise<T> {
  for (let tried = 0; tried < TRIES; tried++) {
    const done = await attempt();
    if (done !== null) return done;
  }
  throw await contended();
}
