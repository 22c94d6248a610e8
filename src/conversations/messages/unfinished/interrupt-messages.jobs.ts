// Finishes messages whose writers are gone: they are interrupted, with what they said until then.
import { Injectable } from '@nestjs/common';
import {
  inBatches,
  JobHandler,
  type JobRun,
  Jobs,
  UserSweep,
} from '../../../platform/jobs/index.js';
import { DraftEndingsRepository } from './draft-endings.repository.js';
import { UnfinishedMessages } from './unfinished-messages.service.js';

const INTERRUPT_JOB = 'message.interrupt';
/** Messages that are finished in one transaction. Each may have a megabyte. */
const BATCH_MESSAGES = 10;

@Injectable()
export class InterruptSweep extends UserSweep {
  override readonly name = 'message.interrupt_sweep';
  override readonly system = 'find the users with messages that their writers left unfinished';
  override readonly every = 15;
  protected override readonly userJob = { name: INTERRUPT_JOB, key: 'interrupt' };

  constructor(
    private readonly drafts: DraftEndingsRepository,
    jobs: Jobs,
  ) {
    super(jobs);
  }

  protected override findUsers(after: string, limit: number): Promise<string[]> {
    return this.drafts.usersWithExpired(after, limit);
  }
}

@Injectable()
export class InterruptMessages extends JobHandler {
  override readonly name = INTERRUPT_JOB;
  override readonly checkpointed = true;

  constructor(private readonly unfinished: UnfinishedMessages) {
    super();
  }

  override async run(_: object, job: JobRun): Promise<void> {
    await inBatches(job, BATCH_MESSAGES, (limit) => this.unfinished.interruptExpired(limit));
  }
}
