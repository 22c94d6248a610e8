// Removes manifests that are older than their retention: the contexts they describe can no longer be made again.
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { eachUser, JobHandler, JobHandlers, type JobRun } from '../../platform/jobs/index.js';
import { ManifestExpiryRepository } from './manifest-expiry.repository.js';

/** Rows of a user that one run removes; those of a batch of users go in one transaction. */
const ROWS = 200;

@Injectable()
export class ManifestExpiry extends JobHandler {
  override readonly name = 'context.manifest_expiry';
  override readonly system = 'remove manifests of contexts that are older than their retention';
  override readonly every = 3600;
  override readonly checkpointed = true;

  constructor(
    private readonly manifests: ManifestExpiryRepository,
    private readonly config: Config,
    handlers: JobHandlers,
  ) {
    super();
    handlers.add(this);
  }

  override run(_: object, job: JobRun): Promise<void> {
    const days = this.config.retention.contextManifestDays;
    let done = 0;
    // Each run takes a part of every user's, and comes back for those who still have some.
    return eachUser(
      job,
      (after, limit) => this.manifests.users(days, after, limit),
      async (userId) => {
        job.report((done += await this.manifests.expire(userId, days, ROWS)));
      },
    );
  }
}
