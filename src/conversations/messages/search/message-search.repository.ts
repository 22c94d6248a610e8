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
  /** Erasures in the conversation, and messages finished late, when the message was read. */
  changes: number;
}

interface PendingRow extends PendingMessage {
  isLast: boolean;
}

export type IndexFailure = 'too_large' | 'failed' | 'timed_out';

/** SQL for the number of changes of messages that were stored before. */
const CHANGES = 'c.erasures + case when c.completions is null then 0 else c.completions end';

/**
 * Messages are numbered without gaps. So the index always has the first n messages
 * of a conversation, and its highest seq says where to continue.
 * Two searches may index the same messages: one insert wins.
 */
const PENDING = ownedStatement<PendingRow>(
  'message_search.pending',
  `with behind as (
     select c.id, ${CHANGES} as changes, coalesce(done.seq, 0) as done
       from threadkeep.conversation c
       left join lateral (
         select s.seq from threadkeep.message_search s
          where s.user_id = $1 and s.conversation_id = c.id order by s.seq desc limit 1) done on true
      where c.user_id = $1 and ($2::uuid is null or c.id = $2) and c.deleted_at is null and c.last_seq > coalesce(done.seq, 0)
   ), next as (
     select b.id as conversation_id, b.changes, m.seq, m.content, m.content_is_json, octet_length(m.content) as size
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
   select p.conversation_id as "conversationId", p.seq, p.content_is_json as "isJson", p.changes,
          case when p.size > ${MESSAGE_LIMITS.contentBytes} then null when p.content_is_json then p.content
               else left(p.content, ${MAX_INDEXED_CHARACTERS}) end as content,
          (select count(*) from next) < ${INDEX_BATCH.messages} and (select count(*) from pending) = (select count(*) from next) as "isLast"
     from pending p order by p.conversation_id, p.seq`,
  { slow: true },
);

/**
 * Inserts only for conversations that still exist, and in which no message was erased or finished
 * since the messages were read. Both lock the conversation, so one waits for the other.
 */
const ADD = ownedStatement<{ accepted: number }>(
  'message_search.add',
  `with accepted as (
     select p.* from threadkeep.conversation c
       join unnest($2::uuid[], $3::integer[], $4::text[], $5::text[], $6::integer[])
         as p (conversation_id, seq, terms, failure, changes)
         on c.id = p.conversation_id and ${CHANGES} = p.changes
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
  /** What the words as they were asked for add to the score. */
  words: number;
  /** What their other forms, and words with their root, add. */
  forms: number;
  /** What words add that a mistyped one may be. */
  typos: number;
}

const FORMS_WEIGHT = 0.1;
const TYPOS_WEIGHT = 0.5;

const rankBy = (query: string, weight: number): string =>
  `${weight} * coalesce(ts_rank(s.terms, ${query})::float8, 0)`;

const HIT_COLUMNS = `m.conversation_id as "conversationId", m.id, m.seq, m.role, m.content, m.content_is_json as "contentIsJson", m.metadata,
            m.token_count as "tokenCount", m.parent_seq as "parentSeq", c.head_seq as "headSeq",
            m.created_at as "createdAt", m.erased, m.status, m.key, m.feedback`;
const HIT_BYTES = `${textBytes('m.content')} + ${packedBytes('m.metadata')} as bytes`;

/** One look into an index for each row: a plain join may read all of the user's messages for each. */
const MESSAGE_OF_N = `cross join lateral (
         select o.* from threadkeep.message o
          where o.user_id = $1 and o.conversation_id = n.conversation_id and o.seq = n.seq
          offset 0) m`;

/**
 * Returns the best hits first, until they have $5 bytes in total. It reads all terms of the user:
 * the policy comes before `@@`, which is not leakproof, so no index of terms would be used.
 */
const SEARCH = ownedStatement<SearchHit & Measured>(
  'message_search.search',
  withinBytes(
    `select ${HIT_COLUMNS}, n.words, n.forms, n.typos, ${HIT_BYTES}
       from (
         select s.conversation_id, s.seq, ${rankBy('q.words', 1)} as words,
           ${rankBy('q.forms', FORMS_WEIGHT)} as forms, ${rankBy('q.typos', TYPOS_WEIGHT)} as typos
           from (select $3::tsquery as match, $6::tsquery as words, $7::tsquery as forms, $8::tsquery as typos) q
           join threadkeep.message_search s on s.user_id = $1 and s.terms @@ q.match and ($2::uuid is null or s.conversation_id = $2)
         offset 0) n
       join threadkeep.conversation c on c.user_id = $1 and c.id = n.conversation_id and c.deleted_at is null
       ${MESSAGE_OF_N}
      order by n.words + n.forms + n.typos desc, m.created_at desc, m.seq desc, m.id
      limit $4`,
    '$5',
  ),
  { slow: true },
);

/** Tells of each of some words whether any message has it, in any form. Reads until it is found. */
const HELD = ownedStatement<{ held: boolean[] }>(
  'message_search.held',
  `select array(
     select exists (
       select 1 from threadkeep.message_search s
         join threadkeep.conversation c on c.user_id = $1 and c.id = s.conversation_id and c.deleted_at is null
        where s.user_id = $1 and ($2::uuid is null or s.conversation_id = $2) and s.terms @@ w.form::tsquery)
       from unnest($3::text[]) with ordinality as w (form, place) order by w.place) as held`,
  { slow: true },
);

/** Characters of a content that are scanned, including signs of JSON. */
const MAX_SCANNED_CHARACTERS = 2 * MAX_INDEXED_CHARACTERS;

/**
 * Finds the words that no index has, in the newest $6 bytes of the user's messages: those with words
 * as they were written first, then the newest. $3 are regular expressions for lower case, of which
 * all ($4) or any must match, and $5 those for the words as written.
 */
const SCAN = ownedStatement<MessageRow & Pick<SearchHit, 'conversationId' | 'headSeq'> & Scanned>(
  'message_search.scan',
  `with measured as (
     select m.conversation_id, m.seq, c.head_seq, m.created_at, least(octet_length(m.content), ${MAX_SCANNED_CHARACTERS}) as bytes,
            sum(least(octet_length(m.content), ${MAX_SCANNED_CHARACTERS})) over (order by m.created_at desc, m.id desc rows unbounded preceding) as total
       from threadkeep.message m
       join threadkeep.conversation c on c.user_id = $1 and c.id = m.conversation_id and c.deleted_at is null
      where m.user_id = $1 and ($2::uuid is null or m.conversation_id = $2)
   ), matched as materialized (
     select n.conversation_id, n.seq, n.head_seq, n.created_at, written.written
       from measured n
       ${MESSAGE_OF_N}
      cross join lateral (select left(m.content, ${MAX_SCANNED_CHARACTERS}) as text offset 0) t
      cross join lateral (
        select case when $4::boolean then bool_and(found) else bool_or(found) end as found
          from (select lower(t.text collate "C") ~ p as found from unnest($3::text[]) p) each) f
      cross join lateral (select (select count(*) from unnest($5::text[]) p where t.text ~ p) as written offset 0) written
      where n.total - n.bytes < $6 and f.found
      order by written.written desc, n.created_at desc, n.seq desc
      limit $7
   ), whole as (
     select coalesce(max(total), 0) <= $6 as "isWhole" from measured
   )
   select w."isWhole", hits.* from whole w
     left join lateral (${withinBytes(
       `select ${HIT_COLUMNS.replace('c.head_seq', 'n.head_seq')}, n.written::integer, ${HIT_BYTES}
          from matched n
          ${MESSAGE_OF_N}
         order by n.written desc, m.created_at desc, m.seq desc, m.id`,
       '$8',
     )}) hits on true`,
  { slow: true },
);

interface Scanned {
  /** How many of the words it has as they were written. */
  written: number;
  /** True when all messages were scanned, and not only the newest. */
  isWhole: boolean;
  /** Null in the only row when nothing was found. */
  id: string | null;
  found: number;
}

export interface WordScan {
  patterns: string[];
  needsAll: boolean;
  /** For words as they were written. */
  writtenPatterns: string[];
}

export type ScannedMessage = MessageRow &
  Pick<SearchHit, 'conversationId' | 'headSeq'> & { written: number };

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
      changes: number;
    }[],
  ): Promise<number> {
    const columns = [
      messages.map(({ conversationId }) => conversationId),
      messages.map(({ seq }) => seq),
      messages.map(({ terms }) => terms),
      messages.map(({ failure }) => failure),
      messages.map(({ changes }) => changes),
    ];
    return (await this.database.write(ADD, columns))[0]!.accepted;
  }

  /**
   * Returns the best hits first.
   * @param maxBytes limit for all hits; `hasMore` tells that some were left out
   */
  async search(
    { match, words, forms, typos }: MessageQuestion,
    conversationId: string | null,
    limit: number,
    maxBytes: number,
  ): Promise<PageRows<SearchHit>> {
    const values = [conversationId, match, limit, maxBytes, words, forms, typos];
    return upTo(limit, await this.database.read(SEARCH, values));
  }

  /**
   * Tells of each condition whether any message meets it.
   * @param conditions texts of tsqueries
   */
  async areHeld(conditions: string[], conversationId: string | null): Promise<boolean[]> {
    return (await this.database.read(HELD, [conversationId, conditions]))[0]!.held;
  }

  /**
   * Scans the newest messages for words. Takes time linear in the bytes scanned.
   * @returns also `isWhole`: all messages were scanned, and all that matched are returned
   */
  async scan(
    { patterns, needsAll, writtenPatterns }: WordScan,
    conversationId: string | null,
    { messages, scannedBytes, bytes }: { messages: number; scannedBytes: number; bytes: number },
  ): Promise<{ rows: ScannedMessage[]; isWhole: boolean }> {
    const values = [
      conversationId,
      ...[patterns, needsAll, writtenPatterns],
      ...[scannedBytes, messages, bytes],
    ];
    const rows = await this.database.read(SCAN, values);
    const found = rows.filter((row): row is typeof row & ScannedMessage => row.id !== null);
    const matched = rows[0]!.id === null ? 0 : rows[0]!.found;
    return {
      rows: found,
      isWhole: rows[0]!.isWhole && matched === found.length && matched < messages,
    };
  }
}
