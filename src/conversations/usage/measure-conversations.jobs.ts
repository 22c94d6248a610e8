// Measures conversations that an older release has written. When none is left, a sweep looks at an empty index.
import { Injectable } from '@nestjs/common';
import { eachUser, JobHandler, JobHandlers, type JobRun, Jobs } from '../../platform/jobs/index.js';
import { ConversationUsageRepository } from './conversation-usage.repository.js';

const MEASURE_JOB = 'conversation.measure';
/** Conversations whose rows are locked at a time. */
const CONVERSATIONS = 20;

@Injectable()
export class MeasureSweep extends JobHandler {
  override readonly name = 'conversation.measure_sweep';
  override readonly system = 'find the users who have conversations that were never measured';
  override readonly every = 60;
  override readonly checkpointed = true;

  constructor(
    private readonly usage: ConversationUsageRepository,
    private readonly jobs: Jobs,
    handlers: JobHandlers,
  ) {
    super();
    handlers.add(this);
  }

  override run(_: object, job: JobRun): Promise<void> {
    return eachUser(
      job,
      (after, limit) => this.usage.users(after, limit),
      (userId) => this.jobs.enqueue(MEASURE_JOB, {}, { key: 'measure', userId }),
    );
  }
}

@Injectable()
export class MeasureConversations extends JobHandler {
  override readonly name = MEASURE_JOB;
  override readonly checkpointed = true;

  constructor(
    private readonly usage: ConversationUsageRepository,
    handlers: JobHandlers,
  ) {
    super();
    handlers.add(this);
  }

  override async run(_: object, job: JobRun): Promise<void> {
    for (let measured = CONVERSATIONS; measured === CONVERSATIONS;)
      measured = await job.step(() => this.usage.measure(CONVERSATIONS));
  }
}
