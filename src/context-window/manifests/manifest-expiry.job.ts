// Removes manifests older than their retention. Their contexts can no longer be reproduced.
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { eachUser, JobHandler, type JobRun } from '../../platform/jobs/index.js';
import { ManifestExpiryRepository } from './manifest-expiry.repository.js';

/** How many manifests of one user a step removes. A batch of users shares one transaction. */
const MANIFESTS_PER_USER_STEP = 200;

@Injectable()
export class ManifestExpiry extends JobHandler {
  override readonly name = 'context.manifest_expiry';
  override readonly system = 'remove manifests of contexts that are older than their retention';
  override readonly every = 3600;
  override readonly checkpointed = true;

  constructor(
    private readonly manifests: ManifestExpiryRepository,
    private readonly config: Config,
  ) {
    super();
  }

  override run(_: object, job: JobRun): Promise<void> {
    const days = this.config.retention.contextManifestDays;
    let done = 0;
    // Each run removes a part for every user, and the next run continues with users who have more.
    return eachUser(
      job,
      (after, limit) => this.manifests.usersWithExpired(days, after, limit),
      async (userId) => {
        job.report((done += await this.manifests.expire(userId, days, MANIFESTS_PER_USER_STEP)));
      },
    );
  }
}
