// Removes what is only needed for a while: answers that can no longer be replayed, jobs that nobody will ask for, and audit records that are older than they are kept.
import { Injectable } from '@nestjs/common';
import { AuditRecords } from '../audit/index.js';
import { Config } from '../config/config.js';
import { IdempotencyRepository } from '../idempotency/index.js';
import { JobHandler, type JobRun } from './job-handler.js';
import { JobHandlers } from './job-handlers.js';
import { JobsRepository } from './jobs.repository.js';

/** Rows of one transaction. */
const ROWS = 2_000;

@Injectable()
export class ExpirySweep extends JobHandler {
  override readonly name = 'expiry.sweep';
  override readonly system = 'remove what has expired, of all users';
  override readonly every = 3600;
  override readonly inSteps = true;

  constructor(
    private readonly answers: IdempotencyRepository,
    private readonly jobs: JobsRepository,
    private readonly records: AuditRecords,
    private readonly config: Config,
    handlers: JobHandlers,
  ) {
    super();
    handlers.add(this);
  }

  override async run(_: object, job: JobRun): Promise<void> {
    let done = 0;
    const days = this.config.identity.auditRetentionDays;
    const tables = [
      () => this.answers.expire(ROWS),
      () => this.answers.expireOfService(ROWS),
      () => this.jobs.expire(ROWS),
      () => this.records.expire(days, ROWS),
    ];
    for (const expire of tables) {
      let gone: number;
      do {
        gone = await job.step(expire);
        job.report((done += gone));
      } while (gone === ROWS);
    }
  }
}
