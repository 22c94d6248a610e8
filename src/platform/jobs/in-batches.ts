import type { JobRun } from './job-handler.js';

/**
 * Runs a step again and again, until it handles less than a whole batch. Each step commits with the
 * number of rows that were handled so far as the job's progress.
 * @param step handles up to `limit` rows, and returns how many it handled
 * @param done rows handled before
 * @returns rows handled in all
 */
export async function inBatches(
  job: JobRun,
  limit: number,
  step: (limit: number) => Promise<number>,
  done = 0,
): Promise<number> {
  let handled: number;
  do {
    // A step may run twice, so it only reports what it adds.
    handled = await job.step(async () => {
      const count = await step(limit);
      job.report(done + count);
      return count;
    });
    done += handled;
  } while (handled === limit);
  return done;
}
