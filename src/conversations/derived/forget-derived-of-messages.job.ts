// Deletes what was made from erased messages when it is too much for one request.
import { Injectable } from '@nestjs/common';
import { ScopedCache } from '../../platform/cache/index.js';
import { JobHandler, type JobRun } from '../../platform/jobs/index.js';
import type { ErasedMessage } from './derivations.js';
import { DerivedOfMessages, FORGET_OF_MESSAGES_JOB } from './derived-of-messages.js';

interface Payload {
  messages: ErasedMessage[];
}

@Injectable()
export class ForgetDerivedOfMessages extends JobHandler<Payload> {
  override readonly name = FORGET_OF_MESSAGES_JOB;
  override readonly checkpointed = true;

  constructor(
    private readonly derived: DerivedOfMessages,
    private readonly cache: ScopedCache,
  ) {
    super();
  }

  override async run({ messages }: Payload, job: JobRun): Promise<void> {
    for (let isDone = false; !isDone;)
      isDone = await job.step(() => this.derived.forgetSome(messages));
    await this.cache.forgetOwner();
  }
}
