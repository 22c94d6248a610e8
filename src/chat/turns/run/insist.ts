import { setTimeout as sleep } from 'node:timers/promises';
import { toAppError } from '../../../platform/errors/index.js';

/** How often, and how soon again, something is stored when the database fails. */
const MAX_ATTEMPTS = 10;
const RETRY_MS = 1_000;
const NO_MORE_ROOM = 507;

/**
 * Stores something, and tries again while the database fails: it may be back before the lease of the
 * turn is over. `work` does nothing the second time.
 * @throws what the last attempt threw
 */
export async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await work();
    } catch (thrown) {
      const { status } = toAppError(thrown).definition;
      if (status < 500 || status === NO_MORE_ROOM || attempt === MAX_ATTEMPTS) throw thrown;
      await sleep(RETRY_MS);
    }
}
