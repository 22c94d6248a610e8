// Removes what is only needed for a while: answers that can no longer be replayed, and jobs that nobody will ask for.
import { Injectable } from '@nestjs/common';
import { IdempotencyRepository } from '../http/index.js';
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
    handlers: JobHandlers,
  ) {
    super();
    handlers.add(this);
  }

  override async run(_: object, job: JobRun): Promise<void> {
    let done = 0;
    for (const expire of [() => this.answers.expire(ROWS), () => this.answers.expireOfService(ROWS), () => this.jobs.expire(ROWS)]) {
      let gone: number;
      do {
        gone = await job.step(expire);
        job.report((done += gone));
      } while (gone === ROWS);
    }
  }
}
