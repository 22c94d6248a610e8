// Full-text search in a user's messages. Each search first updates the index.
import { Injectable } from '@nestjs/common';
import {
  ownedStatement,
  packedBytes,
  ScopedDatabase,
  textBytes,
  withinBytes,
} from '../../../platform/database/index.js';
import { type Measured, type PageRows, upTo } from '../../../platform/list/index.js';
import { MESSAGE_LIMITS } from '../message-content.js';
import type { MessageQuestion } from './message-question.js';
import { MAX_INDEXED_CHARACTERS } from './message-words.js';
import type { MessageRow } from '../messages.repository.js';

/** Messages and bytes indexed in one transaction; long messages keep the database busy. */
const INDEX_BATCH = { messages: 1_000, bytes: 500_000 };

/** Message that is not indexed yet. */
export interface PendingMessage {
  conversationId: string;
  seq: number;
  /**
   * The first characters of a text, or all of a JSON content. Null when it is larger than a message
   * may be.
   */
  content: string | null;
  isJson: boolean;
  /** Erasures in the conversation when the message was read. */
  erasures: number;
}

interface PendingRow extends PendingMessage {
  isLast: boolean;
}

export type IndexFailure = 'too_large' | 'failed' | 'timed_out';

/**
 * Messages never change and are numbered without gaps. So the index always has the first n messages
 * of a conversation, and its highest seq says where to continue.
 * Two searches may index the same messages: one insert wins.
 */
const PENDING = ownedStatement<PendingRow>(
  'message_search.pending',
  `with behind as (
     select c.id, c.erasures, coalesce(done.seq, 0) as done
       from threadkeep.conversation c
       left join lateral (
         select s.seq from threadkeep.message_search s
          where s.user_id = $1 and s.conversation_id = c.id order by s.seq desc limit 1) done on true
      where c.user_id = $1 and ($2::uuid is null or c.id = $2) and c.deleted_at is null and c.last_seq > coalesce(done.seq, 0)
   ), next as (
     select b.id as conversation_id, b.erasures, m.seq, m.content, m.content_is_json, octet_length(m.content) as size
       from behind b
       join lateral (
         select * from threadkeep.message m
          where m.user_id = $1 and m.conversation_id = b.id and m.seq > b.done order by m.seq limit ${INDEX_BATCH.messages}) m on true
      limit ${INDEX_BATCH.messages}
   ), sized as (
     select *, row_number() over (order by conversation_id, seq) as place,
            sum(case when content_is_json then size else least(size, ${MAX_INDEXED_CHARACTERS}) end) over (order by conversation_id, seq) as bytes
       from next
   ), pending as (
     select * from sized where bytes <= ${INDEX_BATCH.bytes} or place = 1
   )
   select p.conversation_id as "conversationId", p.seq, p.content_is_json as "isJson", p.erasures,
          case when p.size > ${MESSAGE_LIMITS.contentBytes} then null when p.content_is_json then p.content
               else left(p.content, ${MAX_INDEXED_CHARACTERS}) end as content,
          (select count(*) from next) < ${INDEX_BATCH.messages} and (select count(*) from pending) = (select count(*) from next) as "isLast"
     from pending p order by p.conversation_id, p.seq`,
  { slow: true },
);

/**
 * Inserts only for conversations that still exist, and in which no message was erased since the
 * messages were read. An erasure locks the conversation, so one waits for the other.
 */
const ADD = ownedStatement<{ accepted: number }>(
  'message_search.add',
  `with accepted as (
     select p.* from threadkeep.conversation c
       join unnest($2::uuid[], $3::integer[], $4::text[], $5::text[], $6::integer[])
         as p (conversation_id, seq, terms, failure, erasures)
         on c.id = p.conversation_id and c.erasures = p.erasures
      where c.user_id = $1
        for key share of c
   ), added as (
     insert into threadkeep.message_search (user_id, conversation_id, seq, terms, failure)
     select $1, conversation_id, seq, terms::tsvector, failure from accepted
     on conflict do nothing
   )
   select count(*)::integer as accepted from accepted`,
  { slow: true },
);

export interface SearchHit extends MessageRow {
  conversationId: string;
  /** Null for a conversation without branches. */
  headSeq: number | null;
  score: number;
}

/** Weight of the other forms of a word, and of words with its root. */
const OTHERS_WEIGHT = 0.1;

/**
 * Returns the best hits first, until they have $5 bytes in total. It reads all terms of the user:
 * the policy comes before `@@`, which is not leakproof, so no index of terms would be used.
 */
const SEARCH = ownedStatement<SearchHit & Measured>(
  'message_search.search',
  withinBytes(
    `select m.conversation_id as "conversationId", m.id, m.seq, m.role, m.content, m.content_is_json as "contentIsJson", m.metadata,
            m.token_count as "tokenCount", m.parent_seq as "parentSeq", c.head_seq as "headSeq",
            m.created_at as "createdAt", m.erased,
            coalesce(ts_rank(s.terms, q.exact)::float8, 0) + ${OTHERS_WEIGHT} * coalesce(ts_rank(s.terms, q.others)::float8, 0) as score,
            ${textBytes('m.content')} + ${packedBytes('m.metadata')} as bytes
       from (select $3::tsquery as match, $6::tsquery as exact, $7::tsquery as others) q
       join threadkeep.message_search s on s.user_id = $1 and s.terms @@ q.match and ($2::uuid is null or s.conversation_id = $2)
       join threadkeep.conversation c on c.user_id = $1 and c.id = s.conversation_id and c.deleted_at is null
       join threadkeep.message m on m.user_id = $1 and m.conversation_id = s.conversation_id and m.seq = s.seq
      order by score desc, m.created_at desc, m.seq desc, m.id
      limit $4`,
    '$5',
  ),
  { slow: true },
);

@Injectable()
export class MessageSearchRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /**
   * Returns the next messages that are not indexed, of one conversation or of all of the user's, in
   * order.
   * @returns also `isLast`: no others follow
   */
  async pending(
    conversationId: string | null,
  ): Promise<{ messages: PendingMessage[]; isLast: boolean }> {
    const messages = await this.database.read(PENDING, [conversationId]);
    return { messages, isLast: messages[0]?.isLast ?? true };
  }

  /**
   * Adds messages to the index. Pass them in order, because the highest seq marks where the next
   * batch begins. A message with a failure is not found by searches.
   * @returns how many are in the index now: not those of a conversation that is gone, or in which
   * something was erased since they were read
   */
  async add(
    messages: {
      conversationId: string;
      seq: number;
      terms: string;
      failure: IndexFailure | null;
      erasures: number;
    }[],
  ): Promise<number> {
    const columns = [
      messages.map(({ conversationId }) => conversationId),
      messages.map(({ seq }) => seq),
      messages.map(({ terms }) => terms),
      messages.map(({ failure }) => failure),
      messages.map(({ erasures }) => erasures),
    ];
    return (await this.database.write(ADD, columns))[0]!.accepted;
  }

  /**
   * Returns the best hits first.
   * @param maxBytes limit for all hits; `hasMore` tells that some were left out
   */
  async search(
    { match, exact, others }: MessageQuestion,
    conversationId: string | null,
    limit: number,
    maxBytes: number,
  ): Promise<PageRows<SearchHit>> {
    const values = [conversationId, match, limit, maxBytes, exact, others];
    return upTo(limit, await this.database.read(SEARCH, values));
  }
}
