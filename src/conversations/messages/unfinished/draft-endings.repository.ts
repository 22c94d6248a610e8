// SQL that ends drafts: what a message says is written to the message itself, once.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, statement } from '../../../platform/database/index.js';
import { ChangeFeed } from '../../../platform/streams/index.js';
import type { FinalStatus } from '../message.entity.js';
import { messageSize } from '../messages.repository.js';

/** Locks out searches that add words of the conversation to the index. */
const LOCK = ownedStatement<{ id: string }>(
  'message_draft.lock',
  `select c.id from threadkeep.conversation c where c.user_id = $1 and c.id = $2 for update`,
);

/** A statement of its own, after the lock: it sees what a search added while it was waited for. */
const IS_INDEXED = ownedStatement<{ seq: number }>(
  'message_draft.is_indexed',
  `select s.seq from threadkeep.message_search s
    where s.user_id = $1 and s.conversation_id = $2 and s.seq = $3`,
);

const FINISH = ownedStatement<{ seq: number }>(
  'message_draft.finish',
  `with draft as (
     delete from threadkeep.message_draft d
      where d.user_id = $1 and d.conversation_id = $2 and d.message_id = $3 and d.version = $4
        and ($5::boolean or d.lease_expires_at > clock_timestamp())
     returning d.seq, d.metadata
   ), finished as (
     update threadkeep.message m
        set status = $6, content = $7, content_is_json = $8, token_count = $9, last_write = $14,
          metadata = case when $10::boolean then $11::jsonb
            when draft.metadata is null then m.metadata
            when draft.metadata = '{}' then null else draft.metadata end
       from draft join threadkeep.message o on o.user_id = $1 and o.conversation_id = $2
         and o.seq = draft.seq
      where m.user_id = $1 and m.conversation_id = $2 and m.seq = draft.seq
     returning m.seq, ${messageSize('m')} - ${messageSize('o')} as added
   ), counted as (
     update threadkeep.conversation c
        set completions = case when c.completions is null then 1 else c.completions + 1 end,
          context_version = c.context_version + 1, updated_at = clock_timestamp(),
          message_bytes = c.message_bytes + finished.added
       from finished where c.user_id = $1 and c.id = $2
   ), indexed as (
     update threadkeep.message_search s set terms = $12::tsvector, failure = $13
       from finished
      where $12::text is not null and s.user_id = $1 and s.conversation_id = $2
        and s.seq = finished.seq
   )
   select seq from finished`,
);

/** A finished message as it is written. */
export interface FinishedMessage {
  messageId: string;
  version: number;
  /** True finishes it although its lease is over. */
  isLate: boolean;
  status: FinalStatus;
  storedContent: string;
  isJson: boolean;
  tokenCount: number;
  /** JSON text; undefined keeps what the draft or the message has. */
  storedMetadata: string | null | undefined;
  /** Digest of the write of its writer; null when somebody else ended it. */
  lastWrite: Buffer | null;
}

export interface MessageTerms {
  terms: string;
  failure: 'failed' | null;
}

/** A copy of a message in progress is interrupted: nobody writes it. */
const SETTLE = ownedStatement(
  'message_draft.settle',
  `with settled as (
     update threadkeep.message m
        set status = 'interrupted', content = n.content, content_is_json = n.is_json,
          token_count = n.token_count, metadata = n.metadata
       from unnest($3::integer[], $4::text[], $5::boolean[], $6::integer[], $7::jsonb[])
         as n (seq, content, is_json, token_count, metadata)
       join threadkeep.message o on o.user_id = $1 and o.conversation_id = $2 and o.seq = n.seq
      where m.user_id = $1 and m.conversation_id = $2 and m.seq = n.seq
     returning ${messageSize('m')} - ${messageSize('o')} as size
   )
   update threadkeep.conversation c
      set message_bytes = c.message_bytes + (select coalesce(sum(size), 0) from settled)
    where c.user_id = $1 and c.id = $2`,
  { slow: true },
);

export interface SettledCopy {
  seq: number;
  storedContent: string;
  isJson: boolean;
  tokenCount: number;
  /** JSON text. */
  storedMetadata: string | null;
}

const USERS = statement<{ id: string }>(
  'message_draft.users_with_expired',
  `select distinct user_id as id from threadkeep.message_draft
    where lease_expires_at <= now() and user_id > $1 order by 1 limit $2`,
);

const EXPIRED = ownedStatement<{ conversationId: string; messageId: string; seq: number }>(
  'message_draft.expired',
  `select d.conversation_id as "conversationId", d.message_id as "messageId", d.seq
     from threadkeep.message_draft d
    where d.user_id = $1 and d.lease_expires_at <= clock_timestamp()
    order by d.lease_expires_at limit $2`,
);

@Injectable()
export class DraftEndingsRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly feed: ChangeFeed,
  ) {}

  /** Writes to the copies in a fork what the messages say by now. */
  async settle(conversationId: string, copies: SettledCopy[]): Promise<void> {
    await this.database.write(SETTLE, [
      conversationId,
      copies.map(({ seq }) => seq),
      copies.map(({ storedContent }) => storedContent),
      copies.map(({ isJson }) => isJson),
      copies.map(({ tokenCount }) => tokenCount),
      copies.map(({ storedMetadata }) => storedMetadata),
    ]);
  }

  /**
   * Call it inside a transaction, before `finish`.
   * @returns whether the index of words has the message already
   */
  async lock(conversationId: string, seq: number): Promise<boolean> {
    await this.database.write(LOCK, [conversationId]);
    return this.isIndexed(conversationId, seq);
  }

  /** Whether the index of words has the message. */
  async isIndexed(conversationId: string, seq: number): Promise<boolean> {
    return (await this.database.write(IS_INDEXED, [conversationId, seq])).length > 0;
  }

  /**
   * Writes the message, and ends its draft.
   * @param terms its words, when the index has the message already
   * @returns false when the message is not in progress at this version
   */
  async finish(
    conversationId: string,
    message: FinishedMessage,
    terms: MessageTerms | null,
  ): Promise<boolean> {
    const { messageId, version, isLate, status, storedContent, isJson, tokenCount } = message;
    const { storedMetadata, lastWrite } = message;
    const rows = await this.database.write(FINISH, [
      ...[conversationId, messageId, version, isLate, status === 'complete' ? null : status],
      ...[storedContent, isJson, tokenCount, storedMetadata !== undefined, storedMetadata ?? null],
      ...[terms?.terms ?? null, terms?.failure ?? null, lastWrite],
    ]);
    if (rows.length > 0) this.feed.changed(conversationId);
    return rows.length > 0;
  }

  /** Lists users with messages whose lease is over. Call it as the system. */
  async usersWithExpired(after: string, limit: number): Promise<string[]> {
    return (await this.database.read(USERS, [after, limit])).map(({ id }) => id);
  }

  /** Lists messages of the user whose lease is over. */
  expired(limit: number) {
    return this.database.write(EXPIRED, [limit]);
  }
}
