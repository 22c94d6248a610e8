// Full-text search over a user's messages, on an index that is brought up to date by the search itself.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../../platform/context/index.js';
import { packedBytes, ScopedDatabase, statement, textBytes, withinBytes } from '../../platform/database/index.js';
import { type Measured, type PageRows, upTo } from '../../platform/list/index.js';
import type { MessageRow } from './messages.repository.js';

/** Messages indexed in one transaction, and the bytes of them: long ones take the database long. */
const INDEX_BATCH = { messages: 1_000, bytes: 2_000_000 };

/** Characters of one message that are indexed: a tsvector holds one megabyte, and the densest text, pairs of rare letters, takes 7.5 bytes for each. */
const INDEXED_CHARACTERS = 125_000;

/** The words of parts: fields a person or a model reads, not types, ids and addresses. */
const WORDS_OF_PARTS = `
  (select string_agg(word #>> '{}', ' ') from (
     select jsonb_path_query(p.content::jsonb, 'strict $.** ? (@.type() == "object").keyvalue() ? (@.key like_regex "^(text|thinking|reasoning|summary|refusal|name|arguments|args|input|content|output|result)$" && @.value.type() == "string").value', '{}', true) as word
     union all
     select jsonb_path_query(p.content::jsonb, 'strict $.** ? (@.type() == "object").keyvalue() ? (@.key like_regex "^(arguments|args|input|output|result)$" && (@.value.type() == "object")).value.** ? (@.type() == "string")', '{}', true)
   ) words)`;

/**
 * Messages are immutable and numbered without gaps, so what is indexed of a conversation is always its first n messages,
 * and the highest indexed number says where to go on. Two searches at once index the same messages, and one insert wins.
 */
const INDEX_NEXT = statement<{ done: boolean }>(
  'message_search.index_next',
  `with behind as (
     select c.id, coalesce(done.seq, 0) as done
       from threadkeep.conversation c
       left join lateral (
         select s.seq from threadkeep.message_search s
          where s.user_id = $1 and s.conversation_id = c.id order by s.seq desc limit 1) done on true
      where c.user_id = $1 and ($2::uuid is null or c.id = $2) and c.deleted_at is null and c.last_seq > coalesce(done.seq, 0)
   ), next as (
     select b.id as conversation_id, m.seq, m.content, m.content_is_json
       from behind b
       join lateral (
         select * from threadkeep.message m
          where m.user_id = $1 and m.conversation_id = b.id and m.seq > b.done order by m.seq limit ${INDEX_BATCH.messages}) m on true
      limit ${INDEX_BATCH.messages}
   ), sized as (
     select *, sum(least(octet_length(content), ${INDEXED_CHARACTERS})) over (order by conversation_id, seq) as bytes from next
   ), pending as (
     select * from sized where bytes <= ${INDEX_BATCH.bytes}
   ), added as (
     insert into threadkeep.message_search (user_id, conversation_id, seq, lexemes)
     select $1, p.conversation_id, p.seq,
            to_tsvector('english', left(case when p.content_is_json then coalesce(${WORDS_OF_PARTS}, '') else p.content end, ${INDEXED_CHARACTERS}))
       from pending p
     on conflict do nothing)
   select (select count(*) from next) < ${INDEX_BATCH.messages} and (select count(*) from pending) = (select count(*) from next) as done`,
  { slow: true },
);

export interface SearchHit extends MessageRow {
  conversationId: string;
  score: number;
}

/** Best first, until $5 bytes are taken. */
const SEARCH = statement<SearchHit & Measured>(
  'message_search.search',
  withinBytes(
    `select m.conversation_id as "conversationId", m.id, m.seq, m.role, m.content, m.content_is_json as "contentIsJson", m.metadata,
            m.token_count as "tokenCount", m.created_at as "createdAt", ts_rank(s.lexemes, q)::float8 as score,
            ${textBytes('m.content')} + ${packedBytes('m.metadata')} as bytes
       from websearch_to_tsquery('english', $3) q
       join threadkeep.message_search s on s.user_id = $1 and s.lexemes @@ q and ($2::uuid is null or s.conversation_id = $2)
       join threadkeep.conversation c on c.user_id = $1 and c.id = s.conversation_id and c.deleted_at is null
       join threadkeep.message m on m.user_id = $1 and m.conversation_id = s.conversation_id and m.seq = s.seq
      order by score desc, m.created_at desc, m.seq desc
      limit $4`,
    '$5',
  ),
  { slow: true },
);

@Injectable()
export class MessageSearchRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
  ) {}

  /** Indexes the next messages of the user, or of one conversation. @returns true when none are left. */
  async indexNext(conversationId: string | null): Promise<boolean> {
    // A user who is created by the first write has nothing to index, and a search must not be that write.
    if (this.contexts.userScope().provision) return true;
    const [row] = await this.database.write(INDEX_NEXT, () => [this.userId, conversationId]);
    return row!.done;
  }

  /** Best first. `query` is what people type: words, "a phrase", or, -not. @param maxBytes of the hits; those beyond are left out, and `hasMore` */
  async search(query: string, conversationId: string | null, limit: number, maxBytes: number): Promise<PageRows<SearchHit>> {
    return upTo(limit, await this.database.read(SEARCH, () => [this.userId, conversationId, query, limit, maxBytes]));
  }

  private get userId(): string {
    return this.contexts.userScope().userId;
  }
}
