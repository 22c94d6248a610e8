// SQL of conversations with branches. What is compared with `seq` is computed in a sub-select of its
// own: under row-level security an index is used for plain columns only.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, withinBytes } from '../../../platform/database/index.js';
import { ChangeFeed } from '../../../platform/streams/index.js';
import { type Measured, type PageRows, upTo } from '../../../platform/list/index.js';
import { SealedMessages } from '../../sealing/sealed-messages.js';
import type { AppendPlace } from '../message-input.js';
import { messageSize } from '../message-size.js';
import { withoutWords } from '../unreadable-message.js';
import {
  type Appended,
  bytesOf,
  contentColumnsSql,
  type CountedMessage,
  type MessageRow,
  timesOf,
  toColumns,
} from '../messages.repository.js';
import type { MessagePath } from './message-path.js';

export interface ConversationHead {
  lastSeq: number;
  /** Null for a conversation without branches, which ends with its last message. */
  headSeq: number | null;
  createdAt: string;
}

export interface ConversationShape extends ConversationHead {
  /** First messages of runs. Null when they are those that are known already. */
  starts: number[] | null;
  /** Their parents. */
  parents: number[] | null;
}

/** SQL for the number of the head. `coalesce` would be evaluated for each row of a policy. */
const headOf = (row: string) =>
  `case when ${row}.head_seq is null then ${row}.last_seq else ${row}.head_seq end`;

/**
 * Reads the shape, unless $3 and $4 say that it is known: a tree only grows, so it is the same while
 * the last message is.
 */
const SHAPE = ownedStatement<ConversationShape>(
  'message_tree.shape',
  `select c.last_seq as "lastSeq", c.head_seq as "headSeq", c.created_at as "createdAt",
     s.starts, s.parents
     from threadkeep.conversation c
     left join lateral (
       select array_agg(b.seq) as starts, array_agg(b.parent_seq) as parents from (
         select m.seq, m.parent_seq from threadkeep.message m
          where m.user_id = $1 and m.conversation_id = $2 and m.parent_seq is not null
            and c.head_seq is not null
            and (c.last_seq is distinct from $3::integer
              or c.created_at is distinct from $4::timestamptz)
          order by m.seq) b) s on true
    where c.user_id = $1 and c.id = $2 and c.deleted_at is null`,
);

/**
 * Appends below any message. The first CTE locks the conversation, so heads are compared in the
 * order of commits.
 */
const APPEND = ownedStatement<{ base: number; parent: number; createdAt: string }>(
  'message_tree.append',
  `with old as materialized (
     select c.last_seq, ${headOf('c')} as head from threadkeep.conversation c
      where c.user_id = $1 and c.id = $2 and c.deleted_at is null
        for no key update
   ), parent as materialized (
     select case when $12::boolean then 0 when $13::uuid is null then old.head else m.seq end as seq
       from old left join threadkeep.message m
         on m.user_id = $1 and m.id = $13 and m.conversation_id = $2
      where ($3::integer is null or old.last_seq = $3)
        and ($11::integer is null or old.head = $11)
        and ($13::uuid is null or m.seq is not null)
   ), head as (
     update threadkeep.conversation c
        set last_seq = c.last_seq + cardinality($4::uuid[]),
          message_bytes = c.message_bytes + $10, updated_at = clock_timestamp(),
          head_seq = case when not $14::boolean then ${headOf('c')}
            when c.head_seq is null and p.seq = c.last_seq then null
            else c.last_seq + cardinality($4::uuid[]) end
       from parent p where c.user_id = $1 and c.id = $2
     returning c.last_seq - cardinality($4::uuid[]) as base, c.updated_at, p.seq as parent
   ), added as (
     insert into threadkeep.message (user_id, conversation_id, id, created_at, seq, parent_seq,
       token_count, content_is_json, role, content, metadata)
     select $1, $2, m.id, coalesce(m.created_at, head.updated_at), head.base + m.position,
       case when m.position = 1 and head.parent <> head.base then head.parent end,
       m.token_count, m.content_is_json, m.role, m.content, m.metadata
       from head, unnest($4::uuid[], $5::integer[], $6::boolean[], $7::text[], $8::text[],
         $9::jsonb[], $15::timestamptz[]) with ordinality
           as m (id, token_count, content_is_json, role, content, metadata, created_at, position)
   )
   select base, parent, updated_at as "createdAt" from head`,
  { slow: true },
);

const SEQ_OF = ownedStatement<{ seq: number }>(
  'message_tree.seq_of',
  `select m.seq from threadkeep.message m
    where m.user_id = $1 and m.id = $3 and m.conversation_id = $2`,
);

/** Moves the head. A conversation that never had another head than its last message stays plain. */
const MOVE_HEAD = ownedStatement<{ head: number }>(
  'message_tree.move_head',
  `update threadkeep.conversation c
      set head_seq = case when c.head_seq is null and $3 = c.last_seq then null else $3 end,
        context_version = c.context_version + 1, updated_at = clock_timestamp()
    where c.user_id = $1 and c.id = $2 and c.deleted_at is null and $3 <= c.last_seq
      and ($4::integer is null or ${headOf('c')} = $4)
      and ($5::integer is null or c.last_seq = $5)
   returning ${headOf('c')} as head`,
);

/** Selects the messages of the spans from $3 to $4, at most $5. */
const onPath = (order: 'asc' | 'desc') => `
  unnest($3::integer[], $4::integer[]) as s ("from", "to")
    cross join lateral (
      select * from threadkeep.message m
       where m.user_id = $1 and m.conversation_id = $2 and m.seq >= s."from" and m.seq <= s."to"
       order by m.seq ${order} limit $5) m`;

const size = messageSize('m');

/** A message without content is larger than $6 bytes: read the page by `PAGE_WITHIN_BYTES`. */
const PAGE = ownedStatement<Omit<MessageRow, 'content'> & { content: string | null }>(
  'message_tree.page',
  `select ${contentColumnsSql(`case when ${size} <= $6 then m.content end`, `case when ${size} <= $6 then m.metadata end`)}
     from ${onPath('asc')}`,
);
const pageWithinBytes = (order: 'asc' | 'desc') =>
  ownedStatement<MessageRow & Measured>(
    `message_tree.measured_${order}`,
    withinBytes(
      `select ${contentColumnsSql('m.content', 'm.metadata')}, ${size} as bytes
         from ${onPath(order)} order by m.seq ${order}`,
      '$6',
    ),
    { slow: true },
  );
const PAGE_WITHIN_BYTES = { asc: pageWithinBytes('asc'), desc: pageWithinBytes('desc') };

@Injectable()
export class MessageTreesRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly feed: ChangeFeed,
    private readonly sealing: SealedMessages,
  ) {}

  /**
   * Reads the shape of a conversation, null without the conversation.
   * @param known what was read before; its shape is not read again while it is the same
   */
  async shape(
    conversationId: string,
    known: Pick<ConversationHead, 'lastSeq' | 'createdAt'> | null,
  ): Promise<ConversationShape | null> {
    const values = [conversationId, known?.lastSeq ?? null, known?.createdAt ?? null];
    return (await this.database.read(SHAPE, values))[0] ?? null;
  }

  /**
   * Appends below the head or below another message. Returns null when the conversation or the
   * parent does not exist, or what is expected does not hold.
   */
  async append(
    conversationId: string,
    messages: CountedMessage[],
    { expectedSeq, expectedHead, parentId, movesHead }: AppendPlace,
  ): Promise<Appended | null> {
    const columns = toColumns(await this.sealing.stored(messages));
    const [row] = await this.database.write(APPEND, [
      conversationId,
      expectedSeq,
      ...columns,
      bytesOf(messages),
      expectedHead,
      parentId === null,
      parentId ?? null,
      movesHead,
      timesOf(messages),
    ]);
    if (row) this.feed.changed(conversationId);
    return row
      ? {
          ids: columns[0],
          firstSeq: row.base + 1,
          parentSeq: row.parent,
          createdAt: row.createdAt,
        }
      : null;
  }

  /** Returns the number of a message, null when the conversation has no such message. */
  async findSeq(conversationId: string, messageId: string): Promise<number | null> {
    return (await this.database.read(SEQ_OF, [conversationId, messageId]))[0]?.seq ?? null;
  }

  /** Returns false when the conversation does not exist, or what is expected does not hold. */
  async moveHead(
    conversationId: string,
    seq: number,
    { expectedHead, expectedSeq }: Pick<AppendPlace, 'expectedHead' | 'expectedSeq'>,
  ): Promise<boolean> {
    const values = [conversationId, seq, expectedHead, expectedSeq];
    const hasMoved = (await this.database.write(MOVE_HEAD, values)).length > 0;
    if (hasMoved) this.feed.changed(conversationId);
    return hasMoved;
  }

  /**
   * Reads messages of a path. Not from a replica, which may lack some of them.
   * @param path at most `limit + 1` messages
   * @param maxBytes limit for content and metadata; the first message is returned however large it
   *   is
   */
  async page(
    conversationId: string,
    path: MessagePath,
    order: 'asc' | 'desc',
    limit: number,
    maxBytes: number,
  ): Promise<PageRows<MessageRow>> {
    if (path.length === 0) return { rows: [], hasMore: false };
    const values = [conversationId, ...path.bounds, limit + 1];
    const rows = await this.database.read(PAGE, [...values, Math.floor(maxBytes / (limit + 1))]);
    const read = rows.every(({ content }) => content !== null)
      ? (rows as MessageRow[])
      : await this.database.read(PAGE_WITHIN_BYTES[order], [...values, maxBytes]);
    const sorted = read.sort((a, b) => (order === 'asc' ? a.seq - b.seq : b.seq - a.seq));
    return upTo(limit, await this.sealing.openAll(sorted, withoutWords));
  }
}
