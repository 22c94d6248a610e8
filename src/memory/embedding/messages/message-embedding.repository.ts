// Reads which conversations lack vectors, saves vectors of messages, and reads them for an index.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../../platform/database/index.js';
import { isPlainTextSql } from '../../../platform/vault/index.js';

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

/** Vectors of the messages in a range. */
export interface EmbeddedMessages extends SeqRange {
  vectors: { id: string; vector: Int8Array }[];
}

const COUNT = ownedStatement<{ count: number }>(
  'message_embedding.count_messages',
  `select coalesce(sum(last_seq), 0)::float8 as count from threadkeep.conversation
    where user_id = $1 and deleted_at is null`,
);

/** One whose next message is in progress or sealed has to wait. */
const NEXT = ownedStatement<UnembeddedConversation>(
  'message_embedding.next',
  `select c.id, coalesce(h.up_to, 0) as "upTo", c.last_seq as "lastSeq"
     from threadkeep.conversation c
     left join threadkeep.message_embedding_head h
       on h.user_id = $1 and h.conversation_id = c.id and h.model = $2
    where c.user_id = $1 and c.deleted_at is null and c.last_seq > coalesce(h.up_to, 0)
      and not exists (
        select from threadkeep.message m where m.user_id = $1 and m.conversation_id = c.id
           and m.seq = coalesce(h.up_to, 0) + 1
           and (m.status = 'in_progress' or not ${isPlainTextSql('m.content')}))
    order by c.updated_at desc, c.id desc limit $3`,
  { slow: true },
);

/**
 * Holds the messages, so that one that is being erased or sealed gets no vector: this waits for it, or
 * it waits for this and then drops the vector. The conversation is held first, because a purge begins
 * with it. Nothing is saved when one of the messages is sealed by now, or when the conversation is
 * not looked through up to $5 any more: what was read is then out of date.
 */
const SAVE = ownedStatement<{ isSaved: boolean }>(
  'message_embedding.save',
  `with held as materialized (
     select id from threadkeep.conversation
      where user_id = $1 and id = $2 and deleted_at is null for key share),
   looked as materialized (
     select m.id, m.erased is not null as erased, not ${isPlainTextSql('m.content')} as sealed
       from held join threadkeep.message m on m.user_id = $1 and m.conversation_id = held.id
         and m.seq > $5 and m.seq <= $4 for share of m),
   current as materialized (
     select id from held where not exists (select from looked where sealed)),
   begun as (
     insert into threadkeep.message_embedding_head as h (user_id, conversation_id, model, up_to)
     select $1, id, $3, $4 from current where $5 = 0
     on conflict (user_id, conversation_id) do update
       set model = excluded.model, up_to = excluded.up_to where h.model <> excluded.model
     returning 1),
   moved as (
     update threadkeep.message_embedding_head h set up_to = $4 from current
      where h.user_id = $1 and h.conversation_id = current.id and h.model = $3 and h.up_to = $5
        and $5 > 0
     returning 1),
   saved as materialized (select from begun union all select from moved),
   vectors as (
     insert into threadkeep.message_embedding (user_id, message_id, model, vector)
     select $1, id, $3, given.vector
       from looked join unnest($6::uuid[], $7::bytea[]) as given (id, vector) using (id)
      where not erased and exists (select from saved)
     on conflict (user_id, message_id) do update
       set model = excluded.model, vector = excluded.vector)
   select exists (select from saved) as "isSaved"`,
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

  /** Finds conversations that can be looked through further, first those that were written to last. */
  next(model: string, limit: number): Promise<UnembeddedConversation[]> {
    return this.database.read(NEXT, [model, limit]);
  }

  /**
   * Saves vectors of messages, and that the conversation is looked through up to `upTo`.
   * @returns false when the messages are to be read again: then nothing is saved
   */
  async save(model: string, messages: EmbeddedMessages): Promise<boolean> {
    const { conversationId, after, upTo, vectors } = messages;
    const ids = vectors.map(({ id }) => id);
    const bytes = vectors.map(({ vector: { buffer, byteOffset, byteLength } }) =>
      Buffer.from(buffer, byteOffset, byteLength),
    );
    const values = [conversationId, model, upTo, after, ids, bytes];
    return (await this.database.write(SAVE, values))[0]!.isSaved;
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
