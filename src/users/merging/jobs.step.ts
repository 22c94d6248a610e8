// What a merge does about jobs: it waits for those that name what they work on, because they would
// find the rows of the other user, too.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ScopedDatabase, statement } from '../../platform/database/index.js';
import { type MergeStep, MergeSteps } from './merge-steps.js';

/** A recurring job of a user has no payload, and works on whatever it finds. */
const ACTIVE = statement<{ found: boolean }>(
  'job.active_of_users',
  `select exists (select from threadkeep.job where user_id = any ($1) and (status = 'running'
    or status = 'queued' and payload <> '{}')) as found`,
);

const RENAME_KEYS = statement(
  'job.rename_keys_of_merged',
  `update threadkeep.job set key = left(key, 200) || '-' || id
    where user_id = $1 and key is not null and status in ('queued', 'running')`,
);

/** The keys of jobs that have waited since the merge. */
const RESTORE_KEYS = statement(
  'job.restore_keys_of_merged',
  `update threadkeep.job set key = left(key, -37)
    where user_id = $1 and right(key, 37) = '-' || id and status in ('queued', 'running')`,
);

/** A failed job cannot be tried again after 72 hours: it would work on rows of both users. */
const END_RETRIES = statement(
  'job.end_retries_of_users',
  `update threadkeep.job set payload = '{}', finished_at = finished_at - interval '72 hours'
    where user_id = any ($1) and status = 'failed' and payload <> '{}'`,
);

@Injectable()
export class JobsStep implements MergeStep, OnModuleInit {
  readonly name = 'jobs';
  readonly settles = { job__active_of_user: 'true' };

  constructor(
    private readonly database: ScopedDatabase,
    private readonly steps: MergeSteps,
  ) {}

  onModuleInit(): void {
    this.steps.register(this);
  }

  async isActive(...userIds: string[]): Promise<boolean> {
    return (await this.database.read(ACTIVE, [userIds]))[0]!.found;
  }

  async run(from: string, to: string): Promise<readonly unknown[]> {
    await this.database.write(RENAME_KEYS, [from]);
    await this.database.write(END_RETRIES, [[from, to]]);
    return [];
  }

  async undo(from: string, to: string): Promise<void> {
    await this.database.write(RESTORE_KEYS, [from]);
    await this.database.write(END_RETRIES, [[from, to]]);
  }
}
