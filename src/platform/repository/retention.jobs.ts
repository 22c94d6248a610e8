// What was deleted, and could be restored for a while, goes for good. Features keep such rows; nothing else needs to be said here.
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { eachUser, JobHandler, JobHandlers, type JobRun, Jobs } from '../jobs/index.js';
import { KeptTables } from './kept-tables.js';

/** Rows that are purged in one transaction. */
const ROWS = 500;

/** Finds the users who have something to purge, and leaves the purging to a job of each. */
@Injectable()
export class RetentionSweep extends JobHandler {
  override readonly name = 'retention.sweep';
  override readonly system = 'find the users who have rows deleted long ago';
  override readonly every = 600;
  override readonly inSteps = true;

  constructor(
    private readonly kept: KeptTables,
    private readonly jobs: Jobs,
    private readonly config: Config,
    handlers: JobHandlers,
  ) {
    super();
    handlers.add(this);
  }

  override async run(_: object, job: JobRun): Promise<void> {
    const days = this.config.deletedRetentionDays;
    for (const table of this.kept.names) {
      await eachUser(
        job,
        (after, limit) => this.kept.usersToPurge(table, days, limit, after),
        (userId) => this.jobs.enqueue('retention.purge', {}, { key: 'retention', userId }),
      );
    }
  }
}

/** In the user's own scope: it could touch nobody else's rows. */
@Injectable()
export class RetentionPurge extends JobHandler {
  override readonly name = 'retention.purge';
  override readonly inSteps = true;

  constructor(
    private readonly kept: KeptTables,
    private readonly config: Config,
    handlers: JobHandlers,
  ) {
    super();
    handlers.add(this);
  }

  override async run(_: object, job: JobRun): Promise<void> {
    const days = this.config.deletedRetentionDays;
    const total = await job.step(() => this.kept.countToPurge(days));
    // A conversation takes its messages along. If so many rows were too much for one statement, the next try takes fewer.
    const limit = Math.max(1, Math.floor(ROWS / 4 ** (job.attempt - 1)));
    let done = 0;
    job.report(done, total);
    for (const table of this.kept.names) {
      let purged: number;
      do {
        purged = await job.step(async () => {
          const count = await this.kept.purge(table, days, limit);
          job.report(done + count);
          return count;
        });
        done += purged;
      } while (purged === limit);
    }
  }
}
