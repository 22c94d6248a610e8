// Computes the near fingerprints of memories that an older release wrote. When none is left, the
// sweep reads only an empty index.
import { Injectable } from '@nestjs/common';
import { inBatches, JobHandler, type JobRun, Jobs, UserSweep } from '../../platform/jobs/index.js';
import { computeNearFingerprint } from './fingerprint.js';
import { NearMemoriesRepository } from './near-memories.repository.js';

const NEAR_JOB = 'memory.near';
/** How many memories one transaction reads and marks. */
const MEMORIES_PER_STEP = 100;

/** Finds users who have memories without a near fingerprint. */
@Injectable()
export class NearFingerprintSweep extends UserSweep {
  override readonly name = 'memory.near_sweep';
  override readonly system = 'find the users whose memories have no near fingerprint';
  protected override readonly userJob = { name: NEAR_JOB, key: 'near' };

  constructor(
    private readonly memories: NearMemoriesRepository,
    jobs: Jobs,
  ) {
    super(jobs);
  }

  protected override findUsers(after: string, limit: number): Promise<string[]> {
    return this.memories.usersWithUnknown(after, limit);
  }
}

/** Computes the near fingerprints of one user's memories, in that user's scope. */
@Injectable()
export class ComputeNearFingerprints extends JobHandler {
  override readonly name = NEAR_JOB;
  override readonly checkpointed = true;

  constructor(private readonly memories: NearMemoriesRepository) {
    super();
  }

  override async run(_: object, job: JobRun): Promise<void> {
    await inBatches(job, MEMORIES_PER_STEP, (limit) => this.mark(limit));
  }

  private async mark(limit: number): Promise<number> {
    await this.memories.lock();
    const memories = await this.memories.nextUnknown(limit);
    await this.memories.fill(
      memories.map(({ id, version, ...values }) => ({
        id,
        version,
        nearFingerprint: computeNearFingerprint(values)!,
      })),
    );
    return memories.length;
  }
}
