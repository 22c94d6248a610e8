import { Injectable } from '@nestjs/common';
import type { Derived } from '../../conversations/index.js';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';

/**
 * Finds memories with content in any version. Looks up ids of conversations only, because their
 * rows may be gone.
 */
const FIND = ownedStatement<Derived>(
  'memory.derived',
  `with derived as (
     select o.id from (
       select s.memory_id as id from threadkeep.memory_source s where s.user_id = $1
         and s.conversation_id = any($2::uuid[])
       union
       select m.id from threadkeep.memory m where m.user_id = $1
         and m.conversation_id = any($2::uuid[])) o
      where exists (select from threadkeep.memory m
        where m.user_id = $1 and m.id = o.id and m.content is not null))
   select (select count(*) from derived)::integer as count,
     array(select id from derived order by id limit $3) as ids`,
);

/** Finds memories that have one of the messages as a source, in any version. */
const FIND_OF_MESSAGES = ownedStatement<Derived>(
  'memory.derived_of_messages',
  `with derived as (
     select m.id from (
       select distinct s.memory_id as id from threadkeep.memory_source s
        where s.user_id = $1 and s.message_id = any($2::uuid[])) o
       join threadkeep.memory m on m.user_id = $1 and m.id = o.id and m.superseded_at is null
      where exists (select from threadkeep.memory said
        where said.user_id = $1 and said.id = o.id and said.content is not null))
   select (select count(*) from derived)::integer as count,
     array(select id from derived order by id limit $3) as ids`,
);

@Injectable()
export class DerivedMemoriesRepository {
  constructor(private readonly database: ScopedDatabase) {}

  async find(conversationIds: string[], limit: number): Promise<Derived> {
    return (await this.database.read(FIND, [conversationIds, limit]))[0]!;
  }

  async findOfMessages(messageIds: string[], limit: number): Promise<Derived> {
    return (await this.database.read(FIND_OF_MESSAGES, [messageIds, limit]))[0]!;
  }
}
