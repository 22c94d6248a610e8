// Deletes the rows of every table that keeps its rows for a fixed time only.
import { Injectable } from '@nestjs/common';
import { ExpiringRows } from './expiring-rows.js';
import { inBatches } from './in-batches.js';
import { JobHandler, type JobRun } from './job-handler.js';

/** Rows deleted in one transaction. */
const BATCH_ROWS = 2_000;

@Injectable()
export class ExpirySweep extends JobHandler {
  override readonly name = 'expiry.sweep';
  override readonly system = 'remove what has expired, of all users';
  override readonly every = 3600;
  override readonly checkpointed = true;

  constructor(private readonly expiring: ExpiringRows) {
    super();
  }

  override async run(_: object, job: JobRun): Promise<void> {
    let done = 0;
    const failures: unknown[] = [];
    for (const deleteExpired of this.expiring.all)
      try {
        done = await inBatches(job, BATCH_ROWS, deleteExpired, done);
      } catch (error) {
        // The other tables are swept all the same.
        failures.push(error);
      }
    if (failures.length > 0) throw failures[0];
  }
}
