// Measures what a user stores in conversations. Each row of a conversation has its totals; messages
// are read only for conversations of older releases, which have none.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, statement } from '../../platform/database/index.js';
import { type Amounts, Quotas } from '../../platform/quotas/index.js';
import { messageSize } from '../messages/message-size.js';

/**
 * Messages read for one usage query. Further messages of unmeasured conversations are not counted
 * until the job has measured them.
 */
const MAX_UNMEASURED_MESSAGES = 100_000;

const USAGE = ownedStatement<Amounts>(
  'conversation.usage',
  `select c.conversations, c.messages, c.bytes + u.bytes + d.bytes as "messageBytes"
     from (select count(*)::float8 as conversations, coalesce(sum(last_seq), 0)::float8 as messages, coalesce(sum(message_bytes), 0)::float8 as bytes
             from threadkeep.conversation where user_id = $1) c,
          (select coalesce(sum(size), 0)::float8 as bytes from (
             select ${messageSize('m')} as size
               from threadkeep.conversation o join threadkeep.message m on m.user_id = $1
                 and m.conversation_id = o.id
              where o.user_id = $1 and o.message_bytes is null limit ${MAX_UNMEASURED_MESSAGES}) unmeasured) u,
          (select coalesce(sum(bytes), 0)::float8 as bytes from threadkeep.message_draft
            where user_id = $1) d`,
  { slow: true },
);

const USERS = statement<{ id: string }>(
  'conversation.unmeasured_users',
  `select distinct user_id as id from threadkeep.conversation where message_bytes is null
    and user_id > $1 order by 1 limit $2`,
  { slow: true },
);
const LOCK = ownedStatement<{ id: string }>(
  'conversation.lock_unmeasured',
  `select id from threadkeep.conversation where user_id = $1 and message_bytes is null order by id
    limit $2 for update`,
);
const MEASURE = ownedStatement(
  'conversation.measure',
  `update threadkeep.conversation c set message_bytes = (
     select coalesce(sum(${messageSize('m')}), 0) from threadkeep.message m where m.user_id = $1
       and m.conversation_id = c.id)
    where c.user_id = $1 and c.id = any($2::uuid[])`,
  { slow: true },
);

@Injectable()
export class ConversationUsageRepository implements OnModuleInit {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly quotas: Quotas,
  ) {}

  onModuleInit(): void {
    this.quotas.register({ area: 'conversations', statement: USAGE });
  }

  /** Lists the next users with unmeasured conversations. Call it as the system. */
  async users(after: string, limit: number): Promise<string[]> {
    return (await this.database.read(USERS, [after, limit])).map(({ id }) => id);
  }

  /**
   * Measures the next conversations of the user. Call it inside a transaction: the rows are locked
   * first, so that no append happens between reading and writing the totals.
   * @returns the number of conversations measured
   */
  async measure(limit: number): Promise<number> {
    const ids = (await this.database.write(LOCK, [limit])).map(({ id }) => id);
    if (ids.length > 0) await this.database.write(MEASURE, [ids]);
    return ids.length;
  }
}
