// Removes users who registered and never proved their address, so that the address is free again.
import { Injectable } from '@nestjs/common';
import { JobHandler, type JobRun } from '../../platform/jobs/index.js';
import { MergeSchemaRepository, type OwnerColumn } from '../merging/merge-schema.repository.js';
import { MergingRepository } from '../merging/merging.repository.js';
import { UsersService } from '../users.service.js';
import { AccountsRepository } from './accounts.repository.js';

/** Secrets in mails are valid for a day, and can be asked for again. */
export const UNPROVED_DAYS = 7;
/** Users looked at in one transaction. */
const BATCH_USERS = 100;
/** Tables that registering alone writes. `data_key` is one of them while users are sealed. */
const BY_REGISTERING = ['account', 'data_key', 'job', 'mailed_secret'];

@Injectable()
export class SweepUnproved extends JobHandler {
  override readonly name = 'account.sweep_unproved';
  override readonly system = 'remove users who registered and never proved their address';
  override readonly every = 3_600;
  override readonly checkpointed = true;

  constructor(
    private readonly accounts: AccountsRepository,
    private readonly users: UsersService,
    private readonly schema: MergeSchemaRepository,
    private readonly rows: MergingRepository,
  ) {
    super();
  }

  override async run(_: object, job: JobRun): Promise<void> {
    let found: string[] = [];
    do {
      const after = found.at(-1) ?? null;
      found = await job.step(() => this.sweep(after));
    } while (found.length === BATCH_USERS);
  }

  /** @returns the users who were looked at */
  private async sweep(after: string | null): Promise<string[]> {
    const found = await this.accounts.lockUnproved(after, UNPROVED_DAYS, BATCH_USERS);
    if (found.length === 0) return found;
    const { columns } = await this.schema.read();
    const others = columns.filter(({ table }) => !BY_REGISTERING.includes(table));
    // Statements that begin after the lock, so they see each row that was added before.
    for (const id of await this.accounts.notAwaited(found))
      if (!(await this.hasRows(id, others))) await this.users.remove(id);
    return found;
  }

  private async hasRows(id: string, columns: OwnerColumn[]): Promise<boolean> {
    return Object.values(await this.rows.countRows(id, columns)).some((count) => count > 0);
  }
}
