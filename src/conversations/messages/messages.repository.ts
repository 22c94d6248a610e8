// The hot path: every statement here is one round trip, reads through one index, and costs the same however long a conversation is.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { RequestContexts } from '../../platform/context/index.js';
import {
  packedBytes,
  ScopedDatabase,
  statement,
  textBytes,
  withinBytes,
} from '../../platform/database/index.js';
import { type Measured, type PageRows, upTo } from '../../platform/list/index.js';
import type { NewMessage } from './message-input.js';
import type { SeqRange } from './message-range.js';
import type { MessageRole } from './message.entity.js';

export interface MessageRow {
  id: string;
  seq: number;
  role: MessageRole;
  content: string;
  contentIsJson: boolean;
  metadata: Record<string, unknown> | null;
  tokenCount: number;
  createdAt: string;
}

/** Where an append ended up: the first message has `firstSeq`, the others follow. */
export interface Appended {
  ids: string[];
  firstSeq: number;
  createdAt: string;
}

/** Counting up locks the conversation's row, so that numbers are given in the order of commit, without a gap. */
const appendSql = (count: string, messages: string) =>
  `with head as (
     update threadkeep.conversation
        set last_seq = last_seq + ${count}, message_bytes = message_bytes + $10, updated_at = clock_timestamp()
      where user_id = $1 and id = $2 and deleted_at is null and ($3::integer is null or last_seq = $3)
     returning last_seq - ${count} as base, updated_at
   ), added as (
     insert into threadkeep.message (user_id, conversation_id, id, created_at, seq, token_count, content_is_json, role, content, metadata)
     ${messages}
   )
   select base, updated_at as "createdAt" from head`;

type Head = { base: number; createdAt: string };

/** Arrays of one cost more than the rest of the statement's parameters. */
const APPEND_ONE = statement<Head>(
  'message.append_one',
  appendSql('1', 'select $1, $2, $4, head.updated_at, head.base + 1, $5, $6, $7, $8, $9 from head'),
);

const severalMessages = appendSql(
  'cardinality($4::uuid[])',
  `select $1, $2, m.id, head.updated_at, head.base + m.position, m.token_count, m.content_is_json, m.role, m.content, m.metadata
       from head, unnest($4::uuid[], $5::integer[], $6::boolean[], $7::text[], $8::text[], $9::jsonb[])
         with ordinality as m (id, token_count, content_is_json, role, content, metadata, position)`,
);
const APPEND_SEVERAL = statement<Head>('message.append_several', severalMessages);
const APPEND_MANY = statement<Head>('message.append_many', severalMessages, { slow: true });
/** Messages in one append that others may wait behind. */
const MAX_SHORT_APPEND = 50;

const columnsOf = (content: string, metadata: string) =>
  `m.id, m.seq, m.role, ${content} as content, m.content_is_json as "contentIsJson", ${metadata} as metadata, m.token_count as "tokenCount", m.created_at as "createdAt"`;

const seqRangeOf = (order: 'asc' | 'desc') =>
  `m.user_id = $1 and m.conversation_id = $2 and m.seq > $3 and m.seq < $4 order by m.seq ${order} limit $5`;
/** SQL for the bytes of a message, as `message_bytes` and pages count them. */
export const messageSize = (row: string) =>
  `(${textBytes(`${row}.content`)} + ${packedBytes(`${row}.metadata`)})`;
const size = messageSize('m');

/**
 * No row: no such conversation. A row without an id: the conversation is there and has no message in the range.
 * A message with an id and without content is larger than $6 bytes, and has to be read by `RANGE_WITHIN_BYTES`.
 */
const range = (order: 'asc' | 'desc') =>
  statement<RangeRow>(
    `message.range_${order}`,
    `select ${columnsOf(`case when ${size} <= $6 then m.content end`, `case when ${size} <= $6 then m.metadata end`)} from threadkeep.conversation c
       left join lateral (select * from threadkeep.message m where ${seqRangeOf(order)}) m on true
      where c.user_id = $1 and c.id = $2 and c.deleted_at is null`,
  );
const RANGE = { asc: range('asc'), desc: range('desc') };

/** The same messages, until $6 bytes are taken. */
const rangeWithinBytes = (order: 'asc' | 'desc') =>
  statement<MessageRow & Measured>(
    `message.measured_${order}`,
    withinBytes(
      `select ${columnsOf('m.content', 'm.metadata')}, ${size} as bytes from threadkeep.message m where ${seqRangeOf(order)}`,
      '$6',
    ),
    { slow: true },
  );
const RANGE_WITHIN_BYTES = { asc: rangeWithinBytes('asc'), desc: rangeWithinBytes('desc') };

type RangeRow = Omit<MessageRow, 'id' | 'content'> & { id: string | null; content: string | null };

const HEAD = statement<{ lastSeq: number }>(
  'message.head',
  `select last_seq as "lastSeq" from threadkeep.conversation where user_id = $1 and id = $2 and deleted_at is null`,
);

/** Messages that are copied by one statement: their ids are made and sent in one turn of the event loop. */
const COPY_BATCH = 1_000;

/** Copies `cardinality($4)` messages after the first $5, under new ids. */
const COPY = statement<{ copied: number }>(
  'message.copy',
  `with copied as (
     insert into threadkeep.message (user_id, conversation_id, id, created_at, seq, token_count, content_is_json, role, content, metadata)
     select $1, $3, n.id, m.created_at, m.seq, m.token_count, m.content_is_json, m.role, m.content, m.metadata
       from unnest($4::uuid[]) with ordinality as n (id, place)
       join threadkeep.message m on m.user_id = $1 and m.conversation_id = $2 and m.seq = $5::integer + n.place
     returning 1)
   select count(*)::integer as copied from copied`,
  { slow: true },
);

/** Adds up the bytes of the first $3 messages. */
const BYTES = statement<{ bytes: number }>(
  'message.bytes',
  `select coalesce(sum(${size}), 0)::float8 as bytes from threadkeep.message m where m.user_id = $1 and m.conversation_id = $2 and m.seq <= $3`,
  { slow: true },
);

/** Messages of an import, which bring their own times. The conversation is new and its row made in the same transaction. */
const IMPORT = statement(
  'message.import',
  `insert into threadkeep.message (user_id, conversation_id, id, created_at, seq, token_count, content_is_json, role, content, metadata)
   select $1, $2, m.id, m.created_at, m.position, m.token_count, m.content_is_json, m.role, m.content, m.metadata
     from unnest($3::uuid[], $4::integer[], $5::boolean[], $6::text[], $7::text[], $8::jsonb[], $9::timestamptz[])
       with ordinality as m (id, token_count, content_is_json, role, content, metadata, created_at, position)`,
  { slow: true },
);

/** As it is stored, with its size. */
export interface CountedMessage extends NewMessage {
  tokenCount: number;
  storedContent: string;
  storedMetadata: string | null;
  bytes: number;
}

export const bytesOf = (messages: CountedMessage[]): number =>
  messages.reduce((sum, { bytes }) => sum + bytes, 0);

@Injectable()
export class MessagesRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
  ) {}

  /** Null when the conversation does not exist, or its head is not `expectedSeq`. */
  async append(
    conversationId: string,
    messages: CountedMessage[],
    expectedSeq: number | null,
  ): Promise<Appended | null> {
    const columns = arraysOf(messages);
    const [query, values] =
      messages.length === 1
        ? [APPEND_ONE, columns.map(([value]) => value)]
        : [messages.length > MAX_SHORT_APPEND ? APPEND_MANY : APPEND_SEVERAL, columns];
    // The owner is read when the statement is sent: a user who is created by this write gets an id only then.
    const [row] = await this.database.write(query, () => [
      this.userId,
      conversationId,
      expectedSeq,
      ...values,
      bytesOf(messages),
    ]);
    return row ? { ids: columns[0], firstSeq: row.base + 1, createdAt: row.createdAt } : null;
  }

  /** Null when the conversation does not exist. @param maxBytes of content and metadata; the first message is read whatever it has */
  async list(
    conversationId: string,
    { afterSeq, beforeSeq, order }: SeqRange,
    limit: number,
    maxBytes: number,
  ): Promise<PageRows<MessageRow> | null> {
    const values = () => [this.userId, conversationId, afterSeq, beforeSeq, limit + 1];
    const rows = await this.database.readReplica(RANGE[order], () => [
      ...values(),
      Math.floor(maxBytes / (limit + 1)),
    ]);
    if (rows.length === 0) return null;
    if (rows[0]!.id === null) return { rows: [], hasMore: false };
    const isWhole = rows.every(({ content }) => content !== null);
    const read = isWhole
      ? (rows as MessageRow[])
      : await this.database.readReplica(RANGE_WITHIN_BYTES[order], () => [...values(), maxBytes]);
    // They come in this order, from one index; SQL does not promise it of a join, and a sort there costs more than this look.
    return upTo(
      limit,
      read.sort((a, b) => (order === 'asc' ? a.seq - b.seq : b.seq - a.seq)),
    );
  }

  /** The number of the last message, or null when the conversation does not exist. */
  async findHead(conversationId: string): Promise<number | null> {
    const [row] = await this.database.read(HEAD, () => [this.userId, conversationId]);
    return row?.lastSeq ?? null;
  }

  /** Adds up the bytes of the first `count` messages. */
  async bytes(conversationId: string, count: number): Promise<number> {
    return (await this.database.read(BYTES, () => [this.userId, conversationId, count]))[0]!.bytes;
  }

  /** Copies the first `count` messages, in a transaction of the caller. @returns how many of them there were. */
  async copy(fromId: string, toId: string, count: number): Promise<number> {
    let copied = 0;
    for (let seq = 0; seq < count; seq += COPY_BATCH) {
      const ids = Array.from({ length: Math.min(COPY_BATCH, count - seq) }, () => uuidv7());
      const [row] = await this.database.write(COPY, () => [this.userId, fromId, toId, ids, seq]);
      copied += row!.copied;
    }
    return copied;
  }

  async import(conversationId: string, messages: CountedMessage[], times: string[]): Promise<void> {
    await this.database.write(IMPORT, () => [
      this.userId,
      conversationId,
      ...arraysOf(messages),
      times,
    ]);
  }

  private get userId(): string {
    return this.contexts.userScope().userId;
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

function arraysOf(messages: CountedMessage[]): Columns {
  return [
    messages.map(() => uuidv7()),
    messages.map((message) => message.tokenCount),
    messages.map((message) => typeof message.content !== 'string'),
    messages.map((message) => message.role),
    messages.map((message) => message.storedContent),
    messages.map((message) => message.storedMetadata),
  ];
}
