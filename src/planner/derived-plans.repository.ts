// Finds and deletes the tasks and events that came from a conversation, soft-deleted ones included.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Derivations, type Derived } from '../conversations/index.js';
import { ownedStatement, ScopedDatabase } from '../platform/database/index.js';

const KINDS = ['task', 'event'] as const;

const statementsOf = (table: (typeof KINDS)[number]) => {
  const derived = `from threadkeep.${table} where user_id = $1
    and conversation_id = any($2::uuid[])`;
  return {
    find: ownedStatement<Derived>(
      `${table}.derived`,
      `select (select count(*) ${derived})::integer as count,
        array(select id ${derived} order by id limit $3) as ids`,
    ),
    forget: ownedStatement<{ count: number }>(
      `${table}.forget_derived`,
      `with gone as (delete from threadkeep.${table}
        where user_id = $1 and id = any(array(select id ${derived} limit $3)) returning 1)
       select count(*)::integer as count from gone`,
    ),
  };
};

@Injectable()
export class DerivedPlansRepository implements OnModuleInit {
  constructor(
    private readonly derivations: Derivations,
    private readonly database: ScopedDatabase,
  ) {}

  onModuleInit(): void {
    for (const kind of KINDS) {
      const { find, forget } = statementsOf(kind);
      this.derivations.register({
        kind,
        find: async (conversationIds, limit) =>
          (await this.database.read(find, [conversationIds, limit]))[0]!,
        forget: async (conversationIds, limit) =>
          (await this.database.write(forget, [conversationIds, limit]))[0]!.count,
      });
    }
  }
}
