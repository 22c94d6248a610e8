// SQL of what a viewer of a conversation has to compare.
import { Injectable } from '@nestjs/common';
import { shown, type ShownTurn } from '../turns/turn-row.js';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';

export interface ConversationState {
  lastSeq: number;
  headSeq: number;
  /** Null when the conversation shows no message. */
  headId: string | null;
  /** `seq` of the last message that was marked as read; null without a mark. */
  readUpTo: number | null;
  /** Number of erasures so far. */
  erasures: number;
  /** Milliseconds since 1970, before anything of this was read. */
  at: number;
  /** `seq` and version of each message in progress. */
  drafts: [number, number][];
}

const STATE = ownedStatement<Omit<ConversationState, 'at'>>(
  'conversation_events.state',
  `select c.last_seq as "lastSeq", h.seq as "headSeq", c.erasures,
     c.read_up_to as "readUpTo",
     (select m.id from threadkeep.message m
       where m.user_id = $1 and m.conversation_id = $2 and m.seq = h.seq) as "headId",
     (select coalesce(json_agg(json_build_array(d.seq, d.version)), '[]')
        from threadkeep.message_draft d where d.user_id = $1 and d.conversation_id = $2) as drafts
     from threadkeep.conversation c
     cross join lateral (
       select case when c.head_seq is null then c.last_seq else c.head_seq end as seq) h
    where c.user_id = $1 and c.id = $2 and c.deleted_at is null`,
);

/** Messages up to $4 that were erased since $3. */
const ERASED = ownedStatement<{ seq: number }>(
  'conversation_events.erased',
  `select m.seq from threadkeep.message m
    where m.user_id = $1 and m.conversation_id = $2 and m.seq <= $4 and m.erased is not null
      and (m.erased ->> 'at')::timestamptz >= to_timestamp($3::float8 / 1000)
    order by m.seq limit $5`,
  { slow: true },
);

/** The newest $4 turns of a conversation, and those of $3. */
const TURNS = ownedStatement<ShownTurn>(
  'conversation_events.turns',
  `select ${shown} from threadkeep.turn t
    where t.user_id = $1 and t.id in (
      (select n.id from threadkeep.turn n where n.user_id = $1 and n.conversation_id = $2
        order by n.id desc limit $4)
      union all select unnest($3::uuid[]))
      and t.conversation_id = $2
    order by t.id`,
);

@Injectable()
export class ConversationStateRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /** Returns null without the conversation. */
  async find(conversationId: string): Promise<ConversationState | null> {
    const at = Date.now();
    const [row] = await this.database.read(STATE, [conversationId]);
    return row ? { ...row, at } : null;
  }

  /**
   * Lists the `seq` of messages that were erased.
   * @param since milliseconds since 1970
   */
  async erasedSince(
    conversationId: string,
    since: number,
    lastSeq: number,
    limit: number,
  ): Promise<number[]> {
    const values = [conversationId, since, lastSeq, limit];
    return (await this.database.read(ERASED, values)).map(({ seq }) => seq);
  }

  /**
   * Reads all that a viewer has to compare, in one round trip. The state is at least as new as the
   * turns. Returns null without the conversation.
   * @param known ids of turns to list beside the newest ones, oldest first
   */
  async look(
    conversationId: string,
    known: readonly string[],
    limit: number,
  ): Promise<{ state: ConversationState; turns: ShownTurn[] } | null> {
    const at = Date.now();
    const [turns, [row]] = await this.database.readAll([
      { query: TURNS, values: [conversationId, known, limit] },
      { query: STATE, values: [conversationId] },
    ]);
    return row ? { state: { ...row, at }, turns } : null;
  }
}
