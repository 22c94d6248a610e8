// Finds the forks of a conversation and the forks of those. A fork keeps the id of its origin, so
// they are found after the origin was purged.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import type { Derived } from './derivations.js';

const FORKS = `
  with recursive fork as (
    select id, 1 as depth from threadkeep.conversation where user_id = $1 and forked_from_id = $2
    union all
    select c.id, fork.depth + 1 from fork join threadkeep.conversation c on c.user_id = $1
      and c.forked_from_id = fork.id)`;

const FIND = ownedStatement<Derived>(
  'fork.find',
  `${FORKS} select (select count(*) from fork)::integer as count,
    array(select id from fork order by id limit $3) as ids`,
);
const DEEPEST = ownedStatement<{ id: string }>(
  'fork.deepest',
  `${FORKS} select id from fork order by depth desc, id limit $3`,
);
const PURGE = ownedStatement(
  'fork.purge',
  `delete from threadkeep.conversation where user_id = $1 and id = any($2::uuid[])`,
);

@Injectable()
export class ForksRepository {
  constructor(private readonly database: ScopedDatabase) {}

  async find(conversationId: string, limit: number): Promise<Derived> {
    return (await this.database.read(FIND, [conversationId, limit]))[0]!;
  }

  /**
   * Lists the forks at the end of the chain first, so that no fork is purged before its own forks.
   */
  async deepest(conversationId: string, limit: number): Promise<string[]> {
    return (await this.database.read(DEEPEST, [conversationId, limit])).map(({ id }) => id);
  }

  async purge(ids: string[]): Promise<void> {
    await this.database.write(PURGE, [ids]);
  }
}
