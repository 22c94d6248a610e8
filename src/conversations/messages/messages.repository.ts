// SQL of messages. Each statement of the API's hot path is one round trip, uses one index, and
// takes the same time however long the conversation is.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ownedStatement, ScopedDatabase, withinBytes } from '../../platform/database/index.js';
import { ChangeFeed } from '../../platform/streams/index.js';
import { ConversationErrors, MessageErrors } from '../conversations.errors.js';
import { type Measured, type PageRows, upTo } from '../../platform/list/index.js';
import { SealedMessages } from '../sealing/sealed-messages.js';
import { withoutWords } from './unreadable-message.js';
import type { NewMessage } from './message-input.js';
import { messageSize } from './message-size.js';
import type { SeqRange } from './message-range.js';
import type { Erasure, Feedback, MessageRole, UnfinishedStatus } from './message.entity.js';
import type { MessagePath } from './tree/message-path.js';

export interface MessageRow {
  id: string;
  seq: number;
  role: MessageRole;
  content: string;
  contentIsJson: boolean;
  metadata: Record<string, unknown> | null;
  tokenCount: number;
  /** Null means the message before. */
  parentSeq: number | null;
  createdAt: string;
  /** Null or missing while it says what was stored. */
  erased?: Erasure | null;
  /** Null or missing means `complete`. */
  status?: UnfinishedStatus | null;
  key?: string | null;
  feedback?: Feedback | null;
  /** Only of a message in progress, and only once its draft was read. */
  draft?: DraftState;
  /** True when what it says is sealed, and cannot be opened. */
  isUnreadable?: boolean;
}

/** How far a message in progress is. */
export interface DraftState {
  version: number;
  leaseExpiresAt: string;
}

/** Result of an append: the first message has `firstSeq`, the others follow. */
export interface Appended {
  ids: string[];
  firstSeq: number;
  /** `seq` of the message that the first one follows; 0 for none. */
  parentSeq: number;
  /** Of the messages whose writer gave no time. */
  createdAt: string;
}

/**
 * Updating `last_seq` locks the conversation's row, so numbers are given in commit order and
 * without gaps. Appends only where the head is the last message.
 */
const appendSql = (count: string, messages: string) =>
  `with head as (
     update threadkeep.conversation
        set last_seq = last_seq + ${count}, head_seq = head_seq + ${count},
          message_bytes = message_bytes + $10, updated_at = clock_timestamp()
      where user_id = $1 and id = $2 and deleted_at is null
        and ($3::integer is null or last_seq = $3)
        and (head_seq is null or head_seq = last_seq)
     returning last_seq - ${count} as base, updated_at
   ), added as (
     insert into threadkeep.message (user_id, conversation_id, id, created_at, seq, token_count, content_is_json, role, content, metadata)
     ${messages}
   )
   select base, updated_at as "createdAt" from head`;

type Head = { base: number; createdAt: string };

/**
 * One message is sent as plain values: arrays with one element cost more than all other parameters.
 */
const APPEND_ONE = ownedStatement<Head>(
  'message.append_one',
  appendSql(
    '1',
    `select $1, $2, $4, coalesce($11::timestamptz, head.updated_at), head.base + 1, $5, $6, $7, $8, $9
       from head`,
  ),
);

const severalMessages = appendSql(
  'cardinality($4::uuid[])',
  `select $1, $2, m.id, coalesce(m.created_at, head.updated_at), head.base + m.position, m.token_count,
    m.content_is_json, m.role, m.content, m.metadata
       from head, unnest($4::uuid[], $5::integer[], $6::boolean[], $7::text[], $8::text[], $9::jsonb[],
         $11::timestamptz[])
         with ordinality as m (id, token_count, content_is_json, role, content, metadata, created_at, position)`,
);
const APPEND_SEVERAL = ownedStatement<Head>('message.append_several', severalMessages);
const APPEND_MANY = ownedStatement<Head>('message.append_many', severalMessages, { slow: true });
/**
 * Messages of an append that may share a connection. A longer one is marked `slow`, because others
 * would wait for it.
 */
const MAX_SHORT_APPEND = 50;

/** SQL for the columns of a `MessageRow`. */
export const contentColumnsSql = (content: string, metadata: string) =>
  `m.id, m.seq, m.role, ${content} as content, m.content_is_json as "contentIsJson",
    ${metadata} as metadata, m.token_count as "tokenCount", m.parent_seq as "parentSeq",
    m.created_at as "createdAt", m.erased, m.status, m.key, m.feedback`;

const seqRangeSql = (order: 'asc' | 'desc') =>
  `m.user_id = $1 and m.conversation_id = $2 and m.seq > $3 and m.seq < $4 order by m.seq ${order} limit $5`;
const size = messageSize('m');

/**
 * Returns no row when the conversation does not exist, and a row without id when the range is
 * empty, or when the conversation has branches and $7 does not ask for all of them.
 * A message with an id but without content is larger than $6 bytes: read the page by
 * `RANGE_WITHIN_BYTES`.
 */
const range = (order: 'asc' | 'desc') =>
  ownedStatement<RangeRow>(
    `message.range_${order}`,
    `select ${contentColumnsSql(`case when ${size} <= $6 then m.content end`, `case when ${size} <= $6 then m.metadata end`)},
       c.head_seq as "headSeq"
       from threadkeep.conversation c
       left join lateral (
         select * from threadkeep.message m
          where (c.head_seq is null or $7::boolean) and ${seqRangeSql(order)}) m on true
      where c.user_id = $1 and c.id = $2 and c.deleted_at is null`,
  );
const RANGE = { asc: range('asc'), desc: range('desc') };

/** Reads the same messages until they have $6 bytes in total. */
const rangeWithinBytes = (order: 'asc' | 'desc') =>
  ownedStatement<MessageRow & Measured>(
    `message.measured_${order}`,
    withinBytes(
      `select ${contentColumnsSql('m.content', 'm.metadata')}, ${size} as bytes from threadkeep.message m
        where ${seqRangeSql(order)}`,
      '$6',
    ),
    { slow: true },
  );
const RANGE_WITHIN_BYTES = { asc: rangeWithinBytes('asc'), desc: rangeWithinBytes('desc') };

type RangeRow = Omit<MessageRow, 'id' | 'content'> & {
  id: string | null;
  content: string | null;
  headSeq: number | null;
};

/** What a range gives of a conversation with branches, when only one of them is wanted. */
export const BRANCHED = Symbol('branched');

export interface Heads {
  lastSeq: number;
  headSeq: number;
  isBranched: boolean;
}

const HEAD = ownedStatement<Heads>(
  'message.head',
  `select last_seq as "lastSeq",
     case when head_seq is null then last_seq else head_seq end as "headSeq",
     head_seq is not null as "isBranched"
     from threadkeep.conversation where user_id = $1 and id = $2 and deleted_at is null`,
);

/** Messages that one statement copies. More ids would be generated without a pause. */
const COPY_BATCH = 1_000;

/** Copies the messages with the numbers $5, under the ids $4 and the numbers after $6. */
const COPY = ownedStatement<{ copied: number }>(
  'message.copy',
  `with copied as (
     insert into threadkeep.message (user_id, conversation_id, id, created_at, seq, token_count,
       content_is_json, role, content, metadata, erased, origin_id, status, key)
     select $1, $3, n.id, m.created_at, $6::integer + n.place, m.token_count, m.content_is_json,
       m.role, m.content, m.metadata, m.erased, coalesce(m.origin_id, m.id), m.status, m.key
       from unnest($4::uuid[], $5::integer[]) with ordinality as n (id, seq, place)
       join threadkeep.message m on m.user_id = $1 and m.conversation_id = $2 and m.seq = n.seq
     returning 1)
   select count(*)::integer as copied from copied`,
  { slow: true },
);

const ONE = ownedStatement<MessageRow>(
  'message.one',
  `select ${contentColumnsSql('m.content', 'm.metadata')} from threadkeep.message m
     join threadkeep.conversation c on c.user_id = $1 and c.id = $2 and c.deleted_at is null
    where m.user_id = $1 and m.id = $3 and m.conversation_id = $2`,
);

/** Returns the total bytes of the messages from $3 to $4, for each of several spans. */
const BYTES = ownedStatement<{ bytes: number }>(
  'message.bytes',
  `select coalesce(sum(${size}), 0)::float8 as bytes from unnest($3::integer[], $4::integer[]) as s ("from", "to")
     join threadkeep.message m on m.user_id = $1 and m.conversation_id = $2
       and m.seq >= s."from" and m.seq <= s."to"`,
  { slow: true },
);

/** Needs the conversations of the messages created or locked in the same transaction. */
const IMPORT = ownedStatement(
  'message.import',
  `insert into threadkeep.message (user_id, conversation_id, id, created_at, seq, parent_seq, token_count, content_is_json, role, content, metadata)
   select $1, m.conversation_id, m.id, m.created_at, m.seq, m.parent_seq, m.token_count, m.content_is_json,
     m.role, m.content, m.metadata
     from unnest($2::uuid[], $3::integer[], $4::boolean[], $5::text[], $6::text[], $7::jsonb[], $8::uuid[],
       $9::timestamptz[], $10::integer[], $11::integer[])
       as m (id, token_count, content_is_json, role, content, metadata, conversation_id, created_at, seq, parent_seq)`,
  { slow: true },
);

/** Message as texts, before they are sealed where they are, and the bytes that it takes then. */
export interface CountedMessage extends NewMessage {
  tokenCount: number;
  storedContent: string;
  storedMetadata: string | null;
  bytes: number;
}

/** Of a message that is imported: `parentSeq` as of `MessageRow`. */
export interface ImportedRow {
  conversationId: string;
  message: CountedMessage;
  seq: number;
  parentSeq: number | null;
}

export const bytesOf = (messages: CountedMessage[]): number =>
  messages.reduce((sum, { bytes }) => sum + bytes, 0);

@Injectable()
export class MessagesRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly feed: ChangeFeed,
    private readonly sealing: SealedMessages,
  ) {}

  /**
   * Appends the messages. Returns null when the conversation does not exist, `expectedSeq` is not
   * its last seq, or its head is another message than its last one.
   */
  async append(
    conversationId: string,
    messages: CountedMessage[],
    expectedSeq: number | null,
  ): Promise<Appended | null> {
    const columns = toColumns(await this.sealing.stored(messages));
    const [query, values] =
      messages.length === 1
        ? [APPEND_ONE, columns.map(([value]) => value)]
        : [messages.length > MAX_SHORT_APPEND ? APPEND_MANY : APPEND_SEVERAL, columns];
    const [row] = await this.database.write(query, [
      conversationId,
      expectedSeq,
      ...values,
      bytesOf(messages),
      messages.length === 1 ? (messages[0]!.createdAt ?? null) : timesOf(messages),
    ]);
    if (!row) return null;
    this.feed.changed(conversationId);
    const { base, createdAt } = row;
    return { ids: columns[0], firstSeq: base + 1, parentSeq: base, createdAt };
  }

  /**
   * Reads a page of a conversation without branches. Returns null when there is no such
   * conversation, and `BRANCHED` when it has branches.
   * @param maxBytes limit for content and metadata; the first message is returned however large
   *   it is
   */
  list(conversationId: string, range: SeqRange, limit: number, maxBytes: number) {
    return this.readRange(conversationId, range, limit, maxBytes, false);
  }

  /**
   * Reads a page of the messages of all branches, in the order of their arrival. Returns null when
   * there is no such conversation.
   * @param maxBytes as of `list`
   */
  async listAll(
    conversationId: string,
    range: SeqRange,
    limit: number,
    maxBytes: number,
  ): Promise<PageRows<MessageRow> | null> {
    const page = await this.readRange(conversationId, range, limit, maxBytes, true);
    return page === BRANCHED ? null : page;
  }

  private async readRange(
    conversationId: string,
    { afterSeq, beforeSeq, order }: SeqRange,
    limit: number,
    maxBytes: number,
    all: boolean,
  ): Promise<PageRows<MessageRow> | typeof BRANCHED | null> {
    const values = [conversationId, afterSeq, beforeSeq, limit + 1];
    const rows = await this.database.readReplica(RANGE[order], [
      ...values,
      Math.floor(maxBytes / (limit + 1)),
      all,
    ]);
    const [first] = rows;
    if (!first) return null;
    if (!all && first.headSeq !== null) return BRANCHED;
    if (first.id === null) return { rows: [], hasMore: false };
    const isWhole = rows.every(({ content }) => content !== null);
    const read = isWhole
      ? (rows as MessageRow[])
      : await this.database.readReplica(RANGE_WITHIN_BYTES[order], [...values, maxBytes]);
    // Sorted already by the index scan, but SQL does not promise the order of a join. Sorting
    // sorted rows here is cheaper than `order by`.
    const sorted = read.sort((a, b) => (order === 'asc' ? a.seq - b.seq : b.seq - a.seq));
    return upTo(limit, await this.opened(sorted));
  }

  /** Opens rows. One that cannot be opened says nothing. */
  opened = <R extends MessageRow>(rows: R[]): Promise<R[]> =>
    this.sealing.openAll(rows, withoutWords);

  async findOne(conversationId: string, id: string): Promise<MessageRow | null> {
    return (await this.opened(await this.database.read(ONE, [conversationId, id])))[0] ?? null;
  }

  /** @throws AppError 404 without the conversation or the message */
  async get(conversationId: string, id: string): Promise<MessageRow> {
    const row = await this.findOne(conversationId, id);
    if (row) return row;
    const heads = await this.findHeads(conversationId);
    throw heads === null ? ConversationErrors.notFound() : MessageErrors.notFound();
  }

  /** Returns the seq of the last message and of the head, null without the conversation. */
  async findHeads(conversationId: string): Promise<Heads | null> {
    return (await this.database.read(HEAD, [conversationId]))[0] ?? null;
  }

  /** Returns the total bytes of the messages of a path. */
  async bytes(conversationId: string, path: MessagePath): Promise<number> {
    return (await this.database.read(BYTES, [conversationId, ...path.bounds]))[0]!.bytes;
  }

  /**
   * Copies the messages of a path, numbered from 1. Call it inside a transaction.
   * @returns how many were copied
   */
  async copy(fromId: string, toId: string, path: MessagePath): Promise<number> {
    let copied = 0;
    for (let done = 0; done < path.length; done += COPY_BATCH) {
      const seqs = [...path.slice(done, done + COPY_BATCH).seqs()];
      const ids = seqs.map(() => uuidv7());
      const [row] = await this.database.write(COPY, [fromId, toId, ids, seqs, done]);
      copied += row!.copied;
    }
    return copied;
  }

  /** Stores messages of one or several conversations, each with its time. */
  async import(rows: readonly ImportedRow[]): Promise<void> {
    await this.database.write(IMPORT, [
      ...toColumns(await this.sealing.stored(rows.map(({ message }) => message))),
      rows.map(({ conversationId }) => conversationId),
      rows.map(({ message }) => message.createdAt),
      rows.map(({ seq }) => seq),
      rows.map(({ parentSeq }) => parentSeq),
    ]);
  }
}

type Columns = [
  ids: string[],
  tokenCounts: number[],
  isJson: boolean[],
  roles: string[],
  contents: string[],
  metadata: (string | null)[],
];

/** Returns the times that the writer gave, one for each message; null when there are none. */
export const timesOf = (messages: CountedMessage[]): (string | null)[] | null =>
  messages.some(({ createdAt }) => createdAt !== undefined)
    ? messages.map(({ createdAt }) => createdAt ?? null)
    : null;

export function toColumns(messages: CountedMessage[]): Columns {
  return [
    messages.map(() => uuidv7()),
    messages.map((message) => message.tokenCount),
    messages.map((message) => typeof message.content !== 'string'),
    messages.map((message) => message.role),
    messages.map((message) => message.storedContent),
    messages.map((message) => message.storedMetadata),
  ];
}
