// Runs one job without the job system.
import { uuidv7 } from 'uuidv7';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { JobHandlers, JobInterruptedError, type JobRun } from '../../src/platform/jobs/index.js';
import type { TestApp } from './app.js';

/** Runs a recurring job of the system, and ends it as a crash would after so many steps. */
export async function runJob({ app }: TestApp, name: string, steps = Infinity): Promise<void> {
  const database = app.get(ScopedDatabase);
  let taken = 0;
  const step = <T>(work: () => Promise<T>): Promise<T> =>
    database.transaction(async () => {
      const result = await work();
      if (++taken > steps) throw new JobInterruptedError('died before the commit');
      return result;
    });
  const job = {
    id: uuidv7(),
    attempt: 1,
    signal: new AbortController().signal,
    report: () => undefined,
    step,
  } as unknown as JobRun;
  await database
    .runAsSystem('test a job', () => app.get(JobHandlers).get(name).run({}, job))
    .catch((error: unknown) => {
      if (!(error instanceof JobInterruptedError)) throw error;
    });
}
