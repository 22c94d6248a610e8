// SQL that ends drafts: what a message says is written to the message itself, once.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, statement } from '../../../platform/database/index.js';
import { ChangeFeed } from '../../../platform/streams/index.js';
import { SealedMessages } from '../../sealing/sealed-messages.js';
import type { FinalStatus } from '../message.entity.js';
import { messageSize } from '../message-size.js';

/** Locks the conversation before its draft, in the order of an erasure. */
const LOCK = ownedStatement<{ id: string }>(
  'message_draft.lock',
  `select c.id from threadkeep.conversation c where c.user_id = $1 and c.id = $2 for update`,
);

const FINISH = ownedStatement<{ seq: number }>(
  'message_draft.finish',
  `with draft as (
     delete from threadkeep.message_draft d
      where d.user_id = $1 and d.conversation_id = $2 and d.message_id = $3 and d.version = $4
        and ($5::boolean or d.lease_expires_at > clock_timestamp())
     returning d.seq
   ), finished as (
     update threadkeep.message m
        set status = $6, content = $7, content_is_json = $8, token_count = $9, metadata = $10::jsonb,
          last_write = $11
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
  /** JSON text. */
  storedMetadata: string | null;
  /** Digest of the write of its writer; null when somebody else ended it. */
  lastWrite: Buffer | null;
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
    private readonly sealing: SealedMessages,
  ) {}

  /** Writes to the copies in a fork what the messages say by now. */
  async settle(conversationId: string, given: SettledCopy[]): Promise<void> {
    const copies = await this.sealing.stored(given);
    await this.database.write(SETTLE, [
      conversationId,
      copies.map(({ seq }) => seq),
      copies.map(({ storedContent }) => storedContent),
      copies.map(({ isJson }) => isJson),
      copies.map(({ tokenCount }) => tokenCount),
      copies.map(({ storedMetadata }) => storedMetadata),
    ]);
  }

  /** Call it inside a transaction, before `finish`. */
  async lock(conversationId: string): Promise<void> {
    await this.database.write(LOCK, [conversationId]);
  }

  /**
   * Writes the message, and ends its draft.
   * @returns false when the message is not in progress at this version
   */
  async finish(conversationId: string, message: FinishedMessage): Promise<boolean> {
    const { messageId, version, isLate, status, isJson, tokenCount, lastWrite } = message;
    const [stored] = await this.sealing.stored([message]);
    const { storedContent, storedMetadata } = stored!;
    const rows = await this.database.write(FINISH, [
      ...[conversationId, messageId, version, isLate, status === 'complete' ? null : status],
      ...[storedContent, isJson, tokenCount, storedMetadata],
      lastWrite && this.sealing.mark(lastWrite),
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
