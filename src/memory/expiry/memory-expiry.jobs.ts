// Erases the content of expired memories. Reads leave them out from the moment they expire; these
// jobs remove them from the database.
import { Injectable } from '@nestjs/common';
import { inBatches, JobHandler, type JobRun, Jobs, UserSweep } from '../../platform/jobs/index.js';
import { MemoryErasure } from '../writes/memory-erasure.js';
import { MemoryExpiryRepository } from './memory-expiry.repository.js';
import { MemoryWritesRepository } from '../writes/memory-writes.repository.js';

const EXPIRE_JOB = 'memory.expire';
/** How many memories one transaction erases. */
const MEMORIES_PER_STEP = 100;

/** Finds users who have expired memories. */
@Injectable()
export class MemoryExpirySweep extends UserSweep {
  override readonly name = 'memory.expiry_sweep';
  override readonly system = 'find the users who have memories that have expired';
  protected override readonly userJob = { name: EXPIRE_JOB, key: 'expire' };

  constructor(
    private readonly expired: MemoryExpiryRepository,
    jobs: Jobs,
  ) {
    super(jobs);
  }

  protected override findUsers(after: string, limit: number): Promise<string[]> {
    return this.expired.usersWithExpired(after, limit);
  }
}

/** Erases the expired memories of one user, in that user's scope. */
@Injectable()
export class ExpireMemories extends JobHandler {
  override readonly name = EXPIRE_JOB;
  override readonly checkpointed = true;

  constructor(
    private readonly expired: MemoryExpiryRepository,
    private readonly writes: MemoryWritesRepository,
    private readonly erasure: MemoryErasure,
  ) {
    super();
  }

  override async run(_: object, job: JobRun): Promise<void> {
    await inBatches(job, MEMORIES_PER_STEP, (limit) => this.expire(limit));
    await this.erasure.dropCached();
  }

  private async expire(limit: number): Promise<number> {
    const written = await this.writes.nextRevision();
    const ids = await this.expired.next(limit);
    for (const id of ids) await this.erasure.erase(id, written, { action: 'expire' });
    await this.erasure.record(ids.length, 'expire');
    return ids.length;
  }
}
