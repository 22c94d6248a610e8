// Reads which conversations lack vectors, saves vectors of messages, and reads them for an index.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../../platform/database/index.js';

/** A conversation with messages after `upTo`, which were not looked through for the model. */
export interface UnembeddedConversation {
  id: string;
  upTo: number;
  lastSeq: number;
}

/** How far the messages of a conversation have been looked through. */
export interface EmbeddedConversation {
  id: string;
  upTo: number;
}

/** Numbers of messages in a conversation: those above `after`, up to `upTo`. */
export interface SeqRange {
  conversationId: string;
  after: number;
  upTo: number;
}

export interface MessageVector {
  id: string;
  conversationId: string;
  vector: Buffer;
}

/** What is saved of one conversation. */
export interface EmbeddedMessages {
  conversationId: string;
  upTo: number;
  vectors: { id: string; vector: Int8Array }[];
}

const COUNT = ownedStatement<{ count: number }>(
  'message_embedding.count_messages',
  `select coalesce(sum(last_seq), 0)::float8 as count from threadkeep.conversation
    where user_id = $1 and deleted_at is null`,
);

const NEXT = ownedStatement<UnembeddedConversation>(
  'message_embedding.next',
  `select c.id, coalesce(h.up_to, 0) as "upTo", c.last_seq as "lastSeq"
     from threadkeep.conversation c
     left join threadkeep.message_embedding_head h
       on h.user_id = $1 and h.conversation_id = c.id and h.model = $2
    where c.user_id = $1 and c.deleted_at is null and c.last_seq > coalesce(h.up_to, 0)
    order by c.updated_at desc, c.id desc limit $3`,
  { slow: true },
);

/**
 * Holds each message, so that one that is being erased gets no vector: this waits for the erasure,
 * or the erasure waits for this and then drops the vector. The conversation is held first, because a
 * purge begins with it.
 */
const SAVE = ownedStatement(
  'message_embedding.save',
  `with held as materialized (
     select id from threadkeep.conversation
      where user_id = $1 and id = $2 and deleted_at is null for key share),
   messages as materialized (
     select m.id from held join threadkeep.message m on m.user_id = $1
       and m.conversation_id = held.id and m.id = any($5::uuid[]) and m.erased is null
       and substr(m.content, 1, 10) <> ':sealed:1:' for share of m),
   head as (
     insert into threadkeep.message_embedding_head (user_id, conversation_id, model, up_to)
     select $1, id, $3, $4 from held
     on conflict (user_id, conversation_id) do update
       set model = excluded.model, up_to = excluded.up_to)
   insert into threadkeep.message_embedding (user_id, message_id, model, vector)
   select $1, id, $3, given.vector
     from messages join unnest($5::uuid[], $6::bytea[]) as given (id, vector) using (id)
   on conflict (user_id, message_id) do update
     set model = excluded.model, vector = excluded.vector`,
);

const HEADS = ownedStatement<EmbeddedConversation>(
  'message_embedding.heads',
  `select conversation_id as id, up_to as "upTo" from threadkeep.message_embedding_head
    where user_id = $1 and model = $2`,
);

const VECTORS = ownedStatement<MessageVector>(
  'message_embedding.vectors',
  `select m.id, m.conversation_id as "conversationId", e.vector
     from unnest($3::uuid[], $4::integer[], $5::integer[]) as given (id, after, up_to)
     cross join lateral (
       select m.id, m.conversation_id from threadkeep.message m
        where m.user_id = $1 and m.conversation_id = given.id and m.seq > given.after
          and m.seq <= given.up_to offset 0) m
     join threadkeep.message_embedding e
       on e.user_id = $1 and e.message_id = m.id and e.model = $2`,
  { slow: true },
);

@Injectable()
export class MessageEmbeddingRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /** Counts the messages of the user, also removed ones. */
  async countMessages(): Promise<number> {
    return (await this.database.read(COUNT, []))[0]!.count;
  }

  /** Finds conversations that are not looked through, first those that were written to last. */
  next(model: string, limit: number): Promise<UnembeddedConversation[]> {
    return this.database.read(NEXT, [model, limit]);
  }

  /** Saves vectors of messages, and how far the conversation is looked through. */
  async save(model: string, { conversationId, upTo, vectors }: EmbeddedMessages): Promise<void> {
    const ids = vectors.map(({ id }) => id);
    const bytes = vectors.map(({ vector: { buffer, byteOffset, byteLength } }) =>
      Buffer.from(buffer, byteOffset, byteLength),
    );
    await this.database.write(SAVE, [conversationId, model, upTo, ids, bytes]);
  }

  /** Lists how far the conversations are looked through, in no order. */
  heads(model: string): Promise<EmbeddedConversation[]> {
    return this.database.read(HEADS, [model]);
  }

  /** Reads the vectors of messages in some conversations, in no order. */
  vectors(model: string, ranges: readonly SeqRange[]): Promise<MessageVector[]> {
    return this.database.read(VECTORS, [
      model,
      ranges.map(({ conversationId }) => conversationId),
      ranges.map(({ after }) => after),
      ranges.map(({ upTo }) => upTo),
    ]);
  }
}
