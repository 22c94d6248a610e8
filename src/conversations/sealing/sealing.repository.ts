// The SQL that converts messages in place: as the system, from plain to sealed and back.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase, statement, withinBytes } from '../../platform/database/index.js';
import { isPlainTextSql, SLICE_ROWS } from '../../platform/vault/index.js';
import { messageSize } from '../messages/message-size.js';
import { isSealedSaidSql } from './said.js';
import { MAX_UUID } from '../../platform/input/index.js';

/** The place of a message in the order in which they are converted. */
export type MessagePlace = [userId: string, id: string];

export interface StoredMessage {
  userId: string;
  id: string;
  conversationId: string;
  content: string;
  metadata: Record<string, unknown> | null;
}

/** A message as it was read, and what it gets. */
export interface ConvertedMessage {
  read: StoredMessage;
  content: string;
  /** JSON text. */
  metadata: string | null;
}

const SLOW = { slow: true };
/** Bytes of the contents and metadata of one batch, beside the last one. */
const BATCH_BYTES = 8_000_000;

const AFTER_ALL: MessagePlace = [MAX_UUID, MAX_UUID];

/** An index has all that it reads. */
const END_OF_SLICE = statement<Pick<StoredMessage, 'userId' | 'id'>>(
  'message.end_of_slice',
  `select user_id as "userId", id from threadkeep.message
    where (user_id, id) > ($1::uuid, $2::uuid)
    order by user_id, id offset ${SLICE_ROWS - 1} limit 1`,
  SLOW,
);
const messages = (condition: string) =>
  withinBytes(
    `select m.user_id as "userId", m.id, m.conversation_id as "conversationId", m.content,
       m.metadata, octet_length(m.content) + coalesce(octet_length(m.metadata::text), 0) as bytes
       from threadkeep.message m
      where (m.user_id, m.id) > ($1::uuid, $2::uuid) and (m.user_id, m.id) <= ($3::uuid, $4::uuid)
        and ${condition}
      order by m.user_id, m.id limit $5`,
    String(BATCH_BYTES),
  );
const PLAIN = statement<StoredMessage>(
  'message.list_plain',
  messages(`${isPlainTextSql('m.content')} and (m.content <> '' or m.metadata is not null)`),
  SLOW,
);
const SEALED = statement<StoredMessage>(
  'message.list_sealed',
  messages(isSealedSaidSql('m')),
  SLOW,
);

/**
 * Locks out writers of these conversations, and searches that add words to the index. Those that
 * somebody writes are left to the next run.
 */
const LOCK = statement<{ userId: string; id: string }>(
  'message.lock_converted',
  `select c.user_id as "userId", c.id from threadkeep.conversation c
     join unnest($1::uuid[], $2::uuid[]) as g (user_id, id) using (user_id, id)
    order by c.user_id, c.id for update of c skip locked`,
);

/**
 * Writes messages that are as they were read. The index of words keeps nothing of their
 * conversations, and `completions` keeps words from it that were read before.
 */
const CONVERT = statement<{ count: number }>(
  'message.convert',
  `with converted as (
     update threadkeep.message m set content = g.content, metadata = g.metadata
       from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::text[], $6::jsonb[])
         as g (user_id, id, content, metadata, read_content, read_metadata)
       join threadkeep.message o on o.user_id = g.user_id and o.id = g.id
      where m.user_id = g.user_id and m.id = g.id and m.content = g.read_content
        and m.metadata is not distinct from g.read_metadata
     returning m.user_id, m.conversation_id, ${messageSize('m')} - ${messageSize('o')} as added
   ), changed as (
     select user_id, conversation_id, sum(added) as added, count(*) as messages
       from converted group by 1, 2
   ), counted as (
     update threadkeep.conversation c
        set message_bytes = c.message_bytes + e.added,
          completions = case when c.completions is null then 1 else c.completions + 1 end
       from changed e where c.user_id = e.user_id and c.id = e.conversation_id
   ), unindexed as (
     delete from threadkeep.message_search s using changed e
      where s.user_id = e.user_id and s.conversation_id = e.conversation_id
   )
   select coalesce(sum(messages), 0)::integer as count from changed`,
  SLOW,
);

@Injectable()
export class MessageSealingRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /** @returns the place of the message that is `SLICE_ROWS` behind; null when fewer follow */
  async endOfSlice(after: MessagePlace): Promise<MessagePlace | null> {
    const [end] = await this.database.read(END_OF_SLICE, after);
    return end ? [end.userId, end.id] : null;
  }

  /** The first messages of a slice that are not stored as they should be. */
  messages(
    isOn: boolean,
    after: MessagePlace,
    end: MessagePlace | null,
    limit: number,
  ): Promise<StoredMessage[]> {
    const values = [...after, ...(end ?? AFTER_ALL), limit];
    return this.database.read(isOn ? PLAIN : SEALED, values);
  }

  /** Call it inside a transaction. @returns how many were unchanged since they were read */
  async convert(all: ConvertedMessage[]): Promise<number> {
    const places = new Map(
      all.map(({ read }) => [`${read.userId} ${read.conversationId}`, read] as const),
    );
    const wanted = [...places.values()];
    const locked = await this.database.write(LOCK, [
      wanted.map(({ userId }) => userId),
      wanted.map(({ conversationId }) => conversationId),
    ]);
    const held = new Set(locked.map(({ userId, id }) => `${userId} ${id}`));
    const rows = all.filter(({ read }) => held.has(`${read.userId} ${read.conversationId}`));
    const [row] = await this.database.write(CONVERT, [
      rows.map(({ read }) => read.userId),
      rows.map(({ read }) => read.id),
      rows.map(({ content }) => content),
      rows.map(({ metadata }) => metadata),
      rows.map(({ read }) => read.content),
      rows.map(({ read }) => read.metadata && JSON.stringify(read.metadata)),
    ]);
    return row!.count;
  }
}
