// Deletes what derives from a purged conversation when it is too much for one request.
import { Injectable } from '@nestjs/common';
import { ScopedCache } from '../../platform/cache/index.js';
import { JobHandler, type JobRun } from '../../platform/jobs/index.js';
import { DerivedService, FORGET_JOB } from './derived.service.js';

interface Payload {
  conversationId: string;
}

@Injectable()
export class ForgetDerived extends JobHandler<Payload> {
  override readonly name = FORGET_JOB;
  override readonly checkpointed = true;

  constructor(
    private readonly derived: DerivedService,
    private readonly cache: ScopedCache,
  ) {
    super();
  }

  override async run({ conversationId }: Payload, job: JobRun): Promise<void> {
    for (let isDone = false; !isDone;)
      isDone = await job.step(() => this.derived.forgetSome(conversationId));
    await this.cache.forgetOwner();
  }
}
