// Measures conversations that an older release wrote. When none is left, the sweep reads only an
// empty index.
import { Injectable } from '@nestjs/common';
import { inBatches, JobHandler, type JobRun, Jobs, UserSweep } from '../../platform/jobs/index.js';
import { ConversationUsageRepository } from './conversation-usage.repository.js';

const MEASURE_JOB = 'conversation.measure';
/** Conversations that are locked and measured in one transaction. */
const MEASURE_BATCH = 20;

@Injectable()
export class MeasureSweep extends UserSweep {
  override readonly name = 'conversation.measure_sweep';
  override readonly system = 'find the users who have conversations that were never measured';
  protected override readonly userJob = { name: MEASURE_JOB, key: 'measure' };

  constructor(
    private readonly usage: ConversationUsageRepository,
    jobs: Jobs,
  ) {
    super(jobs);
  }

  protected override findUsers(after: string, limit: number): Promise<string[]> {
    return this.usage.users(after, limit);
  }
}

@Injectable()
export class MeasureConversations extends JobHandler {
  override readonly name = MEASURE_JOB;
  override readonly checkpointed = true;

  constructor(private readonly usage: ConversationUsageRepository) {
    super();
  }

  override async run(_: object, job: JobRun): Promise<void> {
    await inBatches(job, MEASURE_BATCH, (limit) => this.usage.measure(limit));
  }
}
