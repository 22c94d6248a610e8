// What has expired is shown to nobody from that moment on; here its content goes, too.
import { Injectable } from '@nestjs/common';
import { eachUser, JobHandler, JobHandlers, type JobRun, Jobs } from '../../platform/jobs/index.js';
import { MemoryErasure } from '../writes/memory-erasure.js';
import { MemoryExpiryRepository } from './memory-expiry.repository.js';
import { MemoryWritesRepository } from '../writes/memory-writes.repository.js';

const EXPIRE_JOB = 'memory.expire';
/** Memories that are erased in one transaction. */
const MEMORIES = 100;

@Injectable()
export class MemoryExpirySweep extends JobHandler {
  override readonly name = 'memory.expiry_sweep';
  override readonly system = 'find the users who have memories that have expired';
  override readonly every = 60;
  override readonly checkpointed = true;

  constructor(
    private readonly expired: MemoryExpiryRepository,
    private readonly jobs: Jobs,
    handlers: JobHandlers,
  ) {
    super();
    handlers.add(this);
  }

  override run(_: object, job: JobRun): Promise<void> {
    return eachUser(
      job,
      (after, limit) => this.expired.users(after, limit),
      (userId) => this.jobs.enqueue(EXPIRE_JOB, {}, { key: 'expire', userId }),
    );
  }
}

/** In the user's own scope: it could touch nobody else's rows. */
@Injectable()
export class ExpireMemories extends JobHandler {
  override readonly name = EXPIRE_JOB;
  override readonly checkpointed = true;

  constructor(
    private readonly expired: MemoryExpiryRepository,
    private readonly writes: MemoryWritesRepository,
    private readonly erasure: MemoryErasure,
    handlers: JobHandlers,
  ) {
    super();
    handlers.add(this);
  }

  override async run(_: object, job: JobRun): Promise<void> {
    for (let done = 0, gone = MEMORIES; gone === MEMORIES;) {
      gone = await job.step(() => this.expire());
      job.report((done += gone));
    }
    await this.erasure.dropCached();
  }

  private async expire(): Promise<number> {
    const written = await this.writes.next();
    const ids = await this.expired.next(MEMORIES);
    for (const id of ids) await this.erasure.erase(id, written, { action: 'expire' });
    await this.erasure.record(ids.length, 'expire');
    return ids.length;
  }
}
