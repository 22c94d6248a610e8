import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, statement } from '../../platform/database/index.js';

const hasExpired = `superseded_at is null and expires_at <= now() and content is not null`;

const USERS = statement<{ id: string }>(
  'memory_expiry.users',
  `select distinct user_id as id from threadkeep.memory where ${hasExpired} and user_id > $1
    order by 1 limit $2`,
  { slow: true },
);
const NEXT = ownedStatement<{ id: string }>(
  'memory_expiry.next',
  `select id from threadkeep.memory where user_id = $1 and ${hasExpired} order by expires_at
    limit $2`,
);

@Injectable()
export class MemoryExpiryRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /** Runs as the system. Lists users who have expired memories. */
  async usersWithExpired(after: string, limit: number): Promise<string[]> {
    return (await this.database.read(USERS, [after, limit])).map(({ id }) => id);
  }

  /** Lists the user's expired memories, those that expired first. */
  async next(limit: number): Promise<string[]> {
    return (await this.database.read(NEXT, [limit])).map(({ id }) => id);
  }
}
