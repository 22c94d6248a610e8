// Purges soft-deleted rows after the retention time, for every table that is registered as
// soft-deleted.
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { eachUser, inBatches, JobHandler, type JobRun, Jobs } from '../jobs/index.js';
import { SoftDeletedTables } from './soft-deleted-tables.js';

/** Rows purged in one transaction. */
const BATCH_ROWS = 500;

/** Finds the users with rows to purge, and enqueues a job for each. */
@Injectable()
export class RetentionSweep extends JobHandler {
  override readonly name = 'retention.sweep';
  override readonly system = 'find the users who have rows deleted long ago';
  override readonly every = 600;
  override readonly checkpointed = true;

  constructor(
    private readonly deleted: SoftDeletedTables,
    private readonly jobs: Jobs,
    private readonly config: Config,
  ) {
    super();
  }

  override async run(_: object, job: JobRun): Promise<void> {
    const days = this.config.deletedRetentionDays;
    for (const table of this.deleted.names) {
      await eachUser(
        job,
        (after, limit) => this.deleted.usersToPurge(table, days, limit, after),
        (userId) => this.jobs.enqueue('retention.purge', {}, { key: 'retention', userId }),
      );
    }
  }
}

/** Purges the rows of one user, in that user's scope. */
@Injectable()
export class RetentionPurge extends JobHandler {
  override readonly name = 'retention.purge';
  override readonly checkpointed = true;

  constructor(
    private readonly deleted: SoftDeletedTables,
    private readonly config: Config,
  ) {
    super();
  }

  override async run(_: object, job: JobRun): Promise<void> {
    const days = this.config.deletedRetentionDays;
    const total = await job.step(() => this.deleted.countToPurge(days));
    // Purging a row also deletes its dependent rows, which may be many. If that was too much for
    // one statement, the next attempt purges fewer rows.
    const limit = Math.max(1, Math.floor(BATCH_ROWS / 4 ** (job.attempt - 1)));
    let done = 0;
    job.report(done, total);
    for (const table of this.deleted.names)
      done = await inBatches(job, limit, () => this.deleted.purge(table, days, limit), done);
  }
}
