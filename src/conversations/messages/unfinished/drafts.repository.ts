// SQL of messages in progress. What one says is in `message_piece` until it is finished: a write of
// an unfinished message adds a small row, and does not touch the message or its conversation.
import { Injectable } from '@nestjs/common';
import { ownedStatement, packedBytes, ScopedDatabase } from '../../../platform/database/index.js';
import { ChangeFeed } from '../../../platform/streams/index.js';
import { MESSAGE_LIMITS } from '../message-content.js';
import { countParts, type Piece } from './pieces.js';
import type { UnfinishedStatus } from '../message.entity.js';
import { SealedDrafts, type StoredDraft, type StoredWrite } from './sealed-drafts.js';

/** Messages that may be in progress at once, in one conversation. */
export const MAX_DRAFTS = 10;
/** Bytes of a message in progress. When it is finished it may be as large as any message. */
export const MAX_DRAFT_BYTES = 1_048_576;
/** More pieces are joined to one. */
export const MAX_PIECES = 500;

/** Where a message is, and whether it may still be written. */
export interface WrittenMessage {
  seq: number;
  /** Null when it is complete. */
  status: UnfinishedStatus | null;
  /** What the writes gave; null for none. */
  metadata: Record<string, unknown> | null;
  /** Null unless it is in progress. */
  version: number | null;
  leaseExpiresAt: string | null;
  isExpired: boolean;
  /** Parts of the message in progress, counted as `PieceParts` are. */
  parts: number | null;
  endsInText: boolean | null;
  /** Digest of the write that finished it; null unless it was in progress. */
  lastWrite: Buffer | null;
  /** The piece of the last write; null when that changed only the metadata or the lease. */
  lastPiece: Piece | null;
}

const lease = (seconds: string) => `clock_timestamp() + make_interval(secs => ${seconds})`;

/** The conversation is locked, so no two begin more drafts than it may have. */
const BEGIN = ownedStatement<{ drafts: number }>(
  'message_draft.begin',
  `with begun as (
     insert into threadkeep.message_draft (user_id, conversation_id, seq, message_id, bytes, lease_expires_at, parts, ends_in_text)
     select $1, $2, n.seq, n.id, n.bytes, ${lease('n.lease')}, n.parts, n.ends_in_text
       from unnest($3::integer[], $4::uuid[], $10::integer[], $6::integer[], $8::integer[], $9::boolean[])
         as n (seq, id, bytes, lease, parts, ends_in_text)
     returning seq
   ), pieces as (
     insert into threadkeep.message_piece (user_id, conversation_id, seq, version, is_json, content)
     select $1, $2, n.seq, 0, n.is_json, n.content
       from unnest($3::integer[], $5::text[], $7::boolean[]) as n (seq, content, is_json)
       join begun using (seq)
   )
   select count(*)::integer as drafts from threadkeep.message_draft d
    where d.user_id = $1 and d.conversation_id = $2`,
);

/** SQL that holds for a draft that its writer may still change. */
const isHeld = `d.user_id = $1 and d.conversation_id = $2 and d.message_id = $3 and d.version = $4
        and d.lease_expires_at > clock_timestamp()
        and exists (select from threadkeep.conversation c
          where c.user_id = $1 and c.id = $2 and c.deleted_at is null)`;

export interface Written {
  seq: number;
  version: number;
  pieces: number;
  leaseExpiresAt: string;
}

/** SQL for the number of parts with those of a write. */
const grownParts = `d.parts + $9::integer
  + case when $10::boolean and not d.ends_in_text then 1 else 0 end`;

const GROW = ownedStatement<Written>(
  'message_draft.grow',
  `with draft as (
     update threadkeep.message_draft d set version = d.version + 1,
         pieces = d.pieces + case when $6::text is null then 0 else 1 end,
         bytes = d.bytes + $12::integer, parts = ${grownParts},
         ends_in_text = case when $11::boolean is null then d.ends_in_text else $11::boolean end,
         metadata = coalesce($7::jsonb, d.metadata), lease_expires_at = ${lease('$8::integer')}
      where ${isHeld} and d.bytes + $12::integer <= ${MAX_DRAFT_BYTES}
        and ${grownParts} <= ${MESSAGE_LIMITS.parts}
     returning d.seq, d.version, d.pieces, d.lease_expires_at
   ), piece as (
     insert into threadkeep.message_piece (user_id, conversation_id, seq, version, is_json, content)
     select $1, $2, seq, version, $5::boolean, $6::text from draft where $6::text is not null
   )
   select seq, version, pieces, lease_expires_at as "leaseExpiresAt" from draft`,
);

/** Puts one piece in the place of all. */
const REPLACE = ownedStatement<Written>(
  'message_draft.replace',
  `with draft as (
     update threadkeep.message_draft d set version = d.version + 1, pieces = 1,
         bytes = $12::integer, parts = $9::integer + case when $10::boolean then 1 else 0 end,
         ends_in_text = $11::boolean is not distinct from true, metadata = coalesce($7::jsonb, d.metadata),
         lease_expires_at = ${lease('$8::integer')}
      where ${isHeld} and $12::integer <= ${MAX_DRAFT_BYTES}
     returning d.seq, d.version, d.pieces, d.lease_expires_at
   ), dropped as (
     delete from threadkeep.message_piece p using draft
      where p.user_id = $1 and p.conversation_id = $2 and p.seq = draft.seq
   ), piece as (
     insert into threadkeep.message_piece (user_id, conversation_id, seq, version, is_json, content)
     select $1, $2, seq, version, $5::boolean, $6::text from draft
   )
   select seq, version, pieces, lease_expires_at as "leaseExpiresAt" from draft`,
);

/** Joins all pieces but the last one, which tells whether a write is the last one again. */
const JOIN = ownedStatement(
  'message_draft.join',
  `with draft as (
     update threadkeep.message_draft d set pieces = 2 where ${isHeld}
     returning d.seq, d.version
   ), dropped as (
     delete from threadkeep.message_piece p using draft
      where p.user_id = $1 and p.conversation_id = $2 and p.seq = draft.seq
        and p.version < draft.version - 1
   )
   insert into threadkeep.message_piece (user_id, conversation_id, seq, version, is_json, content)
   select $1, $2, seq, version - 1, $5, $6 from draft
   on conflict (user_id, conversation_id, seq, version)
     do update set is_json = excluded.is_json, content = excluded.content`,
  { slow: true },
);

const WRITTEN = ownedStatement<Omit<WrittenMessage, 'lastPiece'> & Partial<Piece>>(
  'message_draft.written',
  `select m.seq, m.status, m.last_write as "lastWrite", d.parts, d.ends_in_text as "endsInText",
     d.metadata, d.version, d.lease_expires_at as "leaseExpiresAt", p.is_json as "isJson", p.content,
     case when d.seq is null then false else d.lease_expires_at <= clock_timestamp() end as "isExpired"
     from threadkeep.message m
     join threadkeep.conversation c on c.user_id = $1 and c.id = $2 and c.deleted_at is null
     left join threadkeep.message_draft d on d.user_id = $1 and d.conversation_id = $2
       and d.seq = m.seq
     left join threadkeep.message_piece p on p.user_id = $1 and p.conversation_id = $2
       and p.seq = m.seq and p.version = d.version
    where m.user_id = $1 and m.id = $3 and m.conversation_id = $2`,
);

/** Reads messages together with their drafts, so that both are of one moment. */
const READ = ownedStatement<StoredDraft>(
  'message_draft.read',
  `select m.seq, m.status, m.content, m.content_is_json as "contentIsJson",
     m.metadata, d.metadata as "draftMetadata", m.token_count as "tokenCount", d.version,
     d.lease_expires_at as "leaseExpiresAt",
     case when d.seq is null then false else d.lease_expires_at <= clock_timestamp() end as "isExpired",
     p.texts, p."isJson"
     from threadkeep.message m
     left join threadkeep.message_draft d on d.user_id = $1 and d.conversation_id = $2
       and d.seq = m.seq
     left join lateral (
       select array_agg(p.content order by p.version) as texts,
         array_agg(p.is_json order by p.version) as "isJson"
         from threadkeep.message_piece p
        where p.user_id = $1 and p.conversation_id = $2 and p.seq = d.seq) p on true
    where m.user_id = $1 and m.conversation_id = $2 and m.seq = any($3::integer[])`,
  { slow: true },
);

/** The numbers of messages in progress, and the bytes of what they say. */
const SIZES = ownedStatement<DraftSize>(
  'message_draft.sizes',
  `select d.seq, (d.bytes + ${packedBytes('d.metadata')})::integer as bytes from threadkeep.message_draft d
    where d.user_id = $1 and d.conversation_id = $2 order by d.seq`,
);

export interface DraftSize {
  seq: number;
  bytes: number;
}

/** The writer's side of one write. */
export interface DraftWrite {
  messageId: string;
  expectedVersion: number;
  piece: Piece | null;
  /** JSON text; null keeps what the message has. */
  storedMetadata: string | null;
  leaseSeconds: number;
}

/** A message in progress that was just stored. */
export interface BegunMessage {
  seq: number;
  id: string;
  piece: Piece;
  leaseSeconds: number;
}

@Injectable()
export class DraftsRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly feed: ChangeFeed,
    private readonly sealed: SealedDrafts,
  ) {}

  /**
   * Call it in the transaction that stored the messages.
   * @returns how many messages of the conversation were in progress before
   */
  async begin(conversationId: string, messages: BegunMessage[]): Promise<number> {
    const counts = messages.map(({ piece }) => countParts(piece));
    const [row] = await this.database.write(BEGIN, [
      conversationId,
      messages.map(({ seq }) => seq),
      messages.map(({ id }) => id),
      await this.sealed.contents(messages.map(({ piece }) => piece)),
      messages.map(({ leaseSeconds }) => leaseSeconds),
      messages.map(({ piece }) => piece.isJson),
      counts.map(({ listed, isText }) => listed + (isText ? 1 : 0)),
      counts.map(({ endsInText }) => endsInText ?? false),
      messages.map(({ piece }) => bytesOfPiece(piece)),
    ]);
    return row!.drafts;
  }

  /** Returns null when the message is not in progress at this version, or would be too large. */
  async grow(conversationId: string, write: DraftWrite): Promise<Written | null> {
    return this.written(conversationId, write, GROW);
  }

  /** Puts a piece in the place of all. Returns null as `grow` does. */
  async replace(conversationId: string, write: DraftWrite): Promise<Written | null> {
    return this.written(conversationId, write, REPLACE);
  }

  private async written(
    conversationId: string,
    write: DraftWrite,
    query: typeof GROW,
  ): Promise<Written | null> {
    const stored = await this.sealed.stored(write);
    const [row] = await this.database.write(query, valuesOf(conversationId, write, stored));
    if (row) this.feed.changed(conversationId);
    return row ?? null;
  }

  /**
   * Joins all pieces but that of the last write. Does nothing when there was another write.
   * @param before those pieces, as one
   */
  async join(
    conversationId: string,
    messageId: string,
    version: number,
    before: Piece,
  ): Promise<void> {
    const [content] = await this.sealed.contents([before]);
    const values = [conversationId, messageId, version, before.isJson, content];
    await this.database.write(JOIN, values);
  }

  /** Returns null when the conversation has no such message. */
  async findWritten(conversationId: string, messageId: string): Promise<WrittenMessage | null> {
    const [row] = await this.database.write(WRITTEN, [conversationId, messageId]);
    if (!row) return null;
    const { isJson, content, ...found } = row;
    const hasPiece = typeof content === 'string' && typeof isJson === 'boolean';
    const [lastPiece = null] = hasPiece ? await this.sealed.pieces([{ isJson, content }]) : [];
    return { ...found, metadata: await this.sealed.metadata(found.metadata), lastPiece };
  }

  /** Tells whether a write has finished the message. */
  isLastWrite({ lastWrite }: WrittenMessage, digest: Buffer): boolean {
    return this.sealed.isKept(lastWrite, digest);
  }

  /** Reads messages with what their drafts say, in no order. */
  async read(conversationId: string, seqs: number[]) {
    return this.sealed.opened(await this.database.read(READ, [conversationId, seqs]));
  }

  /** Lists the messages in progress. */
  sizes(conversationId: string): Promise<DraftSize[]> {
    return this.database.read(SIZES, [conversationId]);
  }
}

const bytesOfPiece = (piece: Piece | null): number =>
  piece === null ? 0 : Buffer.byteLength(piece.content);

function valuesOf(
  conversationId: string,
  { messageId, expectedVersion, piece, leaseSeconds }: DraftWrite,
  { content, metadata }: StoredWrite,
): unknown[] {
  const { listed, isText, endsInText } = countParts(piece);
  return [
    ...[conversationId, messageId, expectedVersion, piece?.isJson ?? false, content],
    ...[metadata, leaseSeconds, listed, isText, endsInText, bytesOfPiece(piece)],
  ];
}
