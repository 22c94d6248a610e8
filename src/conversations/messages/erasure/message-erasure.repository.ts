// Erases what a message says, in place, with all that was made of its text in this feature.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, withinBytes } from '../../../platform/database/index.js';
import { ChangeFeed } from '../../../platform/streams/index.js';
import type { ErasedMessage } from '../../derived/derivations.js';
import { isSealedSaidSql } from '../../sealing/said.js';
import { SealedMessages } from '../../sealing/sealed-messages.js';
import { toPlainText } from '../../../platform/vault/index.js';
import type { Erasure } from '../message.entity.js';
import { messageSize } from '../message-size.js';
import { withoutWords } from '../unreadable-message.js';
import type { StoredContent } from './redacted-content.js';

/** Locks out appends and forks. */
const LOCK = ownedStatement<{ id: string }>(
  'message_erasure.lock',
  `select id from threadkeep.conversation
    where user_id = $1 and id = $2 and deleted_at is null for update`,
);

/**
 * The message, its copies in forks, and their copies. A copy names its origin, which is enough for
 * the first message also when a fork in between was purged. A fork of an earlier release, whose first
 * message names no origin, has the `seq` of the original.
 */
const COPIES = `
  with recursive copy as (
    select m.id, m.conversation_id, m.seq, m.origin_id, ${messageSize('m')} as size
      from threadkeep.message m where m.user_id = $1 and m.conversation_id = $2 and m.id = $3
    union
    select n.id, n.conversation_id, n.seq, n.origin_id, ${messageSize('n')} as size
      from copy cross join lateral (
        select m.* from threadkeep.message m where m.user_id = $1 and m.origin_id = copy.id
        union all
        select m.* from threadkeep.conversation f
          join threadkeep.message m on m.user_id = $1 and m.origin_id = copy.origin_id
            and m.conversation_id = f.id
         where f.user_id = $1 and f.forked_from_id = copy.conversation_id
        union all
        select m.* from threadkeep.conversation f
          join threadkeep.message m on m.user_id = $1 and m.conversation_id = f.id
            and m.seq = copy.seq and m.seq <= f.forked_from_seq and m.origin_id is null
         where f.user_id = $1 and f.forked_from_id = copy.conversation_id
           and (select origin_id from threadkeep.message first where first.user_id = $1
             and first.conversation_id = f.id and first.seq = 1) is null) n)`;

/** A fork that was being made while others were locked is found by the next run. */
const LOCK_COPIES = ownedStatement<{ id: string }>(
  'message_erasure.lock_copies',
  `${COPIES}
   select c.id from threadkeep.conversation c
    where c.user_id = $1 and c.id in (select conversation_id from copy) order by c.id for update`,
  { slow: true },
);

/**
 * Messages that were removed before stay as they are: nothing takes their place. $10 keeps to some of
 * the copies; null is all. A title that a model made of one is taken away. Words that a process of the
 * release before this one keeps in `message_search` go, too.
 */
const ERASE = ownedStatement<ErasedMessage>(
  'message_erasure.erase',
  `${COPIES}, erased as (
     update threadkeep.message m
        set content = $4, content_is_json = $5, token_count = $6,
          metadata = case when $7 then m.metadata else $8::jsonb end, erased = $9::jsonb,
          feedback = null, last_write = null,
          status = case when m.status = 'in_progress' then 'interrupted' else m.status end
       from copy
      where m.user_id = $1 and m.conversation_id = copy.conversation_id and m.seq = copy.seq
        and m.erased ->> 'how' is distinct from 'removed'
        and ($10::uuid[] is null or copy.id = any($10::uuid[]))
     returning m.conversation_id, m.seq, m.id, copy.size - ${messageSize('m')} as freed
   ), counted as (
     update threadkeep.conversation c
        set erasures = c.erasures + 1, context_version = c.context_version + 1,
          message_bytes = greatest(c.message_bytes - e.freed, 0),
          title = case when e.first_seq <= (c.title_source ->> 'toSeq')::integer then null
            else c.title end,
          title_source = case when e.first_seq > (c.title_source ->> 'toSeq')::integer
            then c.title_source end
       from (select conversation_id, sum(freed) as freed, min(seq) as first_seq
               from erased group by 1) e
      where c.user_id = $1 and c.id = e.conversation_id
   ), ended as (
     delete from threadkeep.message_draft d using erased e
      where d.user_id = $1 and d.conversation_id = e.conversation_id and d.seq = e.seq
   ), indexed as (
     update threadkeep.message_search s set terms = '', failure = null
       from erased e
      where s.user_id = $1 and s.conversation_id = e.conversation_id and s.seq = e.seq)
   select conversation_id as "conversationId", seq, id from erased order by id`,
  { slow: true },
);

const LIST_COPIES = ownedStatement<ErasedMessage>(
  'message_erasure.copies',
  `${COPIES} select conversation_id as "conversationId", seq, id from copy order by id`,
  { slow: true },
);

/**
 * The message and its copies, but for removed ones, and whether they say $4. Null: that is sealed, and
 * not as a fork copies it.
 */
const COMPARE = ownedStatement<ComparedCopy>(
  'message_erasure.compare',
  `${COPIES}
   select copy.id, copy.conversation_id as "conversationId", copy.seq,
     case when ${isSealedSaidSql('m')} then case when m.content = o.content then true end
          else m.content = $4 and m.content_is_json = $5 end as "isSame",
     m.erased is not null as "isErased"
     from copy join threadkeep.message m on m.user_id = $1
       and m.conversation_id = copy.conversation_id and m.seq = copy.seq
     join threadkeep.message o on o.user_id = $1 and o.id = $3
    where m.erased ->> 'how' is distinct from 'removed' order by copy.id`,
  { slow: true },
);

/** What messages with the same bytes say. */
export interface SaidRow extends StoredContent {
  ids: string[];
  metadata: Record<string, unknown> | null;
}

/** Messages that are read at once, and bytes of what they say, beside the last one. */
const BATCH_ROWS = 100;
const BATCH_BYTES = 8_000_000;

/**
 * What messages say, but for removed ones, once for those with the same bytes. $3 reads plain contents,
 * too.
 */
const SAID = ownedStatement<SaidRow & { found: number }>(
  'message_erasure.said',
  withinBytes(
    `select array_agg(m.id order by m.id) as ids, said.content, m.content_is_json as "contentIsJson",
       m.metadata, octet_length(said.content) + coalesce(octet_length(m.metadata::text), 0) as bytes
       from threadkeep.message m cross join lateral (
         select case when $3 or ${isSealedSaidSql('m')} then m.content else '' end as content) said
      where m.user_id = $1 and m.id = any($2::uuid[]) and m.erased ->> 'how' is distinct from 'removed'
      group by said.content, m.content_is_json, m.metadata
      order by (array_agg(m.id order by m.id))[1]`,
    String(BATCH_BYTES),
  ),
  { slow: true },
);

export interface ComparedCopy extends ErasedMessage {
  /** Null when only its opened content tells. */
  isSame: boolean | null;
  isErased: boolean;
}

/** What takes the place of what a message said. */
export interface Replacement {
  storedContent: string;
  isJson: boolean;
  tokenCount: number;
  /** JSON text; undefined keeps the metadata. */
  storedMetadata: string | null | undefined;
}

@Injectable()
export class MessageErasureRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly feed: ChangeFeed,
    private readonly sealing: SealedMessages,
  ) {}

  /** Call it inside a transaction. Returns false when the conversation does not exist. */
  async lock(conversationId: string, id: string): Promise<boolean> {
    if ((await this.database.write(LOCK, [conversationId])).length === 0) return false;
    for (let known = 0; ;) {
      const { length } = await this.database.write(LOCK_COPIES, [conversationId, id]);
      if (length <= Math.max(1, known)) return true;
      known = length;
    }
  }

  /** Lists the message and its copies. */
  copies(conversationId: string, id: string): Promise<ErasedMessage[]> {
    return this.database.read(LIST_COPIES, [conversationId, id]);
  }

  /** Compares a message and its copies with what it says. */
  compare(
    conversationId: string,
    id: string,
    { content, contentIsJson }: StoredContent,
  ): Promise<ComparedCopy[]> {
    const plain = toPlainText(content);
    return this.database.write(COMPARE, [conversationId, id, plain, contentIsJson]);
  }

  /**
   * Reads and opens what messages say, batch by batch. One that cannot be opened says nothing.
   * @param withPlain false leaves plain contents out
   */
  async *said(ids: string[], withPlain: boolean): AsyncGenerator<SaidRow[]> {
    for (let left = ids; left.length > 0;) {
      const batch = left.slice(0, BATCH_ROWS);
      const rows = await this.database.write(SAID, [batch, withPlain]);
      const read = new Set(rows.flatMap((row) => row.ids));
      const isWhole = rows.length === (rows[0]?.found ?? 0);
      left = [...(isWhole ? [] : batch.filter((id) => !read.has(id))), ...left.slice(BATCH_ROWS)];
      yield this.sealing.openAll<SaidRow>(rows, withoutWords);
    }
  }

  /**
   * Call it after `lock`, in the same transaction.
   * @param only ids of the message and its copies to erase; null for all
   * @returns the message and its copies; none when it was removed before
   */
  async erase(
    conversationId: string,
    id: string,
    replacement: Replacement,
    erasure: Erasure,
    only: string[] | null = null,
  ): Promise<ErasedMessage[]> {
    const erased: ErasedMessage[] = [];
    for (const { ids, metadata } of await this.kept(conversationId, id, replacement, only)) {
      const given = { ...replacement, storedMetadata: metadata };
      erased.push(...(await this.eraseThese(conversationId, id, given, erasure, ids)));
    }
    for (const { conversationId: changed } of erased) this.feed.changed(changed);
    return erased;
  }

  /**
   * Call it before a transaction that erases: in one the service cannot ask whether anything is
   * sealed, and every copy would be looked at.
   */
  lookForSealed(): Promise<boolean> {
    return this.sealing.mayBeSealed();
  }

  /**
   * The metadata that messages keep. Sealed ones are in no column of their own: they are opened, and
   * sealed again with what takes the place of the content.
   */
  private async kept(
    conversationId: string,
    id: string,
    { storedMetadata }: Replacement,
    only: string[] | null,
  ): Promise<{ ids: string[] | null; metadata: string | null | undefined }[]> {
    const asGiven = [{ ids: only, metadata: storedMetadata }];
    if (storedMetadata !== undefined || !(await this.sealing.mayBeSealed())) return asGiven;
    const all = only ?? (await this.copies(conversationId, id)).map((copy) => copy.id);
    const groups = new Map<string | null, string[]>();
    for await (const rows of this.said(all, false)) {
      for (const { ids, metadata } of rows) {
        const json = metadata && JSON.stringify(metadata);
        groups.set(json, [...(groups.get(json) ?? []), ...ids]);
      }
    }
    return [...groups].map(([metadata, ids]) => ({ ids, metadata }));
  }

  private async eraseThese(
    conversationId: string,
    id: string,
    replacement: Replacement,
    erasure: Erasure,
    only: string[] | null,
  ): Promise<ErasedMessage[]> {
    const { isJson, tokenCount } = replacement;
    const keepsMetadata = replacement.storedMetadata === undefined;
    const said = {
      storedContent: replacement.storedContent,
      storedMetadata: replacement.storedMetadata ?? null,
    };
    const [stored] = await this.sealing.stored([said]);
    const { storedContent, storedMetadata } = stored!;
    return this.database.write(ERASE, [
      ...[conversationId, id, storedContent, isJson, tokenCount],
      ...[keepsMetadata, storedMetadata, JSON.stringify(erasure)],
      only,
    ]);
  }
}
