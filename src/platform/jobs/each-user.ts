import type { JobRun } from './job-handler.js';
import { NIL_UUID } from '../input/index.js';

/** Users that one transaction handles. */
const BATCH_USERS = 500;

/**
 * Goes through users in order of their ids, and calls `enqueue` for each, which leaves the work to
 * a job of that user.
 */
export async function eachUser(
  job: JobRun,
  find: (after: string, limit: number) => Promise<string[]>,
  enqueue: (userId: string) => Promise<unknown>,
): Promise<void> {
  let after: string | undefined = NIL_UUID;
  while (after !== undefined) {
    const from: string = after;
    after = await job.step(async () => {
      const users = await find(from, BATCH_USERS);
      for (const userId of users) await enqueue(userId);
      // After a full batch there may be more users.
      return users.length === BATCH_USERS ? users.at(-1) : undefined;
    });
  }
}
