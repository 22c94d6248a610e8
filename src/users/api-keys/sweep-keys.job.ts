// Deletes keys that were revoked or expired longer than API_KEY_RETENTION_DAYS ago.
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { inBatches, JobHandler, type JobRun } from '../../platform/jobs/index.js';
import { ApiKeysRepository } from './api-keys.repository.js';

/** Rows deleted in one transaction. */
const SWEEP_BATCH = 1_000;

@Injectable()
export class SweepKeys extends JobHandler {
  override readonly name = 'api_key.sweep';
  override readonly system = 'remove API keys that were revoked, or expired, long ago';
  override readonly every = 3_600;
  override readonly checkpointed = true;

  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly config: Config,
  ) {
    super();
  }

  override async run(_: object, job: JobRun): Promise<void> {
    const { apiKeyRetentionDays } = this.config.identity;
    await inBatches(job, SWEEP_BATCH, (limit) => this.keys.sweep(apiKeyRetentionDays, limit));
  }
}
