// Runs one job without the job system.
import { uuidv7 } from 'uuidv7';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { JobHandlers, JobInterruptedError, type JobRun } from '../../src/platform/jobs/index.js';
import type { TestApp } from './app.js';

/**
 * Runs a recurring job of the system, and ends it as a crash would after so many steps.
 * @param payload what an earlier attempt kept
 * @returns what it kept for the next attempt
 */
export async function runJob(
  { app }: TestApp,
  name: string,
  steps = Infinity,
  payload: object = {},
): Promise<object> {
  const database = app.get(ScopedDatabase);
  let taken = 0;
  let [next, kept] = [payload, payload];
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    const stepped = await database.transaction(async () => {
      const result = await work();
      if (++taken > steps) throw new JobInterruptedError('died before the commit');
      return result;
    });
    kept = next;
    return stepped;
  };
  const job: JobRun = {
    id: uuidv7(),
    attempt: 1,
    signal: new AbortController().signal,
    report: () => undefined,
    keep: (given) => void (next = given),
    again: () => undefined,
    step,
  };
  await database
    .runAsSystem('test a job', () => app.get(JobHandlers).get(name).run(payload, job))
    .catch((error: unknown) => {
      if (!(error instanceof JobInterruptedError)) throw error;
    });
  return kept;
}
