import type { JobRun } from './job-handler.js';

/** Users that are found in one transaction. */
const USERS = 500;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** Steps through the users of a sweep by their ids, and does for each what leaves the work to a job of that user. */
export async function eachUser(
  job: JobRun,
  find: (after: string, limit: number) => Promise<string[]>,
  order: (userId: string) => Promise<unknown>,
): Promise<void> {
  let after: string | undefined = BEFORE_ALL;
  while (after !== undefined) {
    const from: string = after;
    after = await job.step(async () => {
      const users = await find(from, USERS);
      for (const userId of users) await order(userId);
      // After the last of a full batch there may be others.
      return users.length === USERS ? users.at(-1) : undefined;
    });
  }
}
