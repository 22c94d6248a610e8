// Messages that grow until they are finished: a reply that is streamed, a call that waits for its
// result. Their writer names the version that it knows, and holds the message by a lease.
import { Injectable, Logger } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { ScopedDatabase } from '../../../platform/database/index.js';
import type { AppError } from '../../../platform/errors/index.js';
import { emptyAsNull } from '../../../platform/input/index.js';
import { Quotas } from '../../../platform/quotas/index.js';
import { ConversationErrors, MessageErrors } from '../../conversations.errors.js';
import type { WrittenMessageDto } from '../../dto/unfinished.dto.js';
import { MESSAGE_LIMITS, type MessageContent } from '../message-content.js';
import { MessageCounter } from '../message-counter.js';
import { MessageGuard } from '../message-guard.js';
import type { FinalStatus, MessageStatus } from '../message.entity.js';
import { type MessageRow, MessagesRepository } from '../messages.repository.js';
import type { MessagePath } from '../tree/message-path.js';
import {
  type DraftSize,
  DraftsRepository,
  MAX_DRAFT_BYTES,
  MAX_PIECES,
  type Written,
} from './drafts.repository.js';
import { DraftEndingsRepository, type FinishedMessage } from './draft-endings.repository.js';
import { upToBytes } from './draft-sizes.js';
import {
  digestOf,
  hasMetadata,
  hasTooManyParts,
  type MessageChange,
  pieceOf,
  tooLarge,
  tooManyParts,
  toWrite,
} from './message-change.js';
import { joinPieces, type Piece, toPiece } from './pieces.js';

@Injectable()
export class UnfinishedMessages {
  private readonly logger = new Logger(UnfinishedMessages.name);

  constructor(
    private readonly drafts: DraftsRepository,
    private readonly endings: DraftEndingsRepository,
    private readonly messages: MessagesRepository,
    private readonly counter: MessageCounter,
    private readonly guard: MessageGuard,
    private readonly quotas: Quotas,
    private readonly database: ScopedDatabase,
  ) {}

  /**
   * Adds to a message in progress, replaces what it says, or finishes it. The same write again
   * answers as it did, and changes nothing.
   * @throws AppError 404 without the conversation or the message; 409 with `messageStatus` when it is
   * finished, or with `version` when that is another; 422 when it becomes too large, or the guard
   * finds a secret; 507 over a quota
   */
  async write(
    conversationId: string,
    messageId: string,
    change: MessageChange,
  ): Promise<WrittenMessageDto> {
    const { status } = change;
    return status === 'in_progress'
      ? this.grow(conversationId, messageId, change)
      : this.finish(conversationId, messageId, { ...change, status });
  }

  /**
   * Gives rows of messages in progress what they say so far.
   * @param maxBytes limit for all rows; the first row is given however large it is, and those that do
   *   not fit are left out
   */
  async fill<Row extends MessageRow>(
    conversationId: string,
    rows: Row[],
    maxBytes = Infinity,
  ): Promise<Row[]> {
    if (rows.every(({ status }) => status !== 'in_progress')) return rows;
    const sizes = maxBytes === Infinity ? [] : await this.drafts.sizes(conversationId);
    return this.filled(conversationId, upToBytes(rows, sizes, maxBytes));
  }

  private async filled<Row extends MessageRow>(
    conversationId: string,
    rows: Row[],
  ): Promise<Row[]> {
    const open = rows.filter(({ status }) => status === 'in_progress').map(({ seq }) => seq);
    if (open.length === 0) return rows;
    const found = new Map(
      (await this.drafts.read(conversationId, open)).map((row) => [row.seq, row]),
    );
    return rows.map((row) => {
      const read = found.get(row.seq);
      if (!read) return row;
      const { content, contentIsJson, metadata, tokenCount, status } = read;
      // Finished meanwhile.
      if (status !== 'in_progress')
        return { ...row, content, contentIsJson, metadata, tokenCount, status };
      const piece = toPiece(joinPieces(read.pieces));
      const { version, leaseExpiresAt, isExpired } = read;
      return {
        ...row,
        content: piece.content,
        contentIsJson: piece.isJson,
        metadata,
        ...(isExpired
          ? { status: 'interrupted' as const }
          : { draft: { version: version!, leaseExpiresAt: leaseExpiresAt! } }),
      };
    });
  }

  /** How far a message in progress is; null when it is finished. Its conversation may be deleted. */
  async progressOf(
    conversationId: string,
    seq: number,
  ): Promise<{ version: number; isEmpty: boolean } | null> {
    const [read] = await this.drafts.read(conversationId, [seq]);
    if (read?.status !== 'in_progress') return null;
    const isEmpty = joinPieces(read.pieces).length === 0;
    return { version: read.version ?? 0, isEmpty };
  }

  /**
   * Finishes a message in progress with what it says so far, in place of its writer. The conversation
   * may be deleted: it can be restored.
   */
  async endAsIs(
    conversationId: string,
    { id, seq }: { id: string; seq: number },
    status: FinalStatus,
  ): Promise<void> {
    await this.end(conversationId, id, seq, status);
  }

  /** Finishes messages of the user whose writers are gone. @returns how many */
  async interruptExpired(limit: number): Promise<number> {
    const expired = await this.endings.expired(limit);
    // One that cannot be ended keeps no other from it.
    for (const { conversationId, messageId, seq } of expired)
      await this.end(conversationId, messageId, seq, 'interrupted').catch((err: unknown) =>
        this.logger.warn({ msg: 'a message could not be interrupted', messageId, err }),
      );
    return expired.length;
  }

  /**
   * Gives the copies of messages in progress in a fork what these say by now. Call it in the
   * transaction that copied them: the fork keeps its original from being changed meanwhile.
   */
  async settleCopies(fromId: string, toId: string, path: MessagePath): Promise<void> {
    const copied = await this.onPath(fromId, path);
    if (copied.length === 0) return;
    const rows = await this.drafts.read(
      fromId,
      copied.map(({ seq }) => seq),
    );
    const contents: MessageContent[] = [];
    for (const { pieces } of rows) {
      const content = storable(pieces);
      contents.push((await this.isRefused(content)) ? '' : content);
    }
    const counted = await this.counter.counted(
      contents.map((content) => ({ role: 'assistant', content, metadata: null })),
    );
    await this.endings.settle(
      toId,
      counted.map(({ storedContent, tokenCount, content }, i) => ({
        seq: path.placeOf(rows[i]!.seq)!,
        isJson: typeof content !== 'string',
        storedMetadata: metadataOf(rows[i]!.metadata),
        ...{ storedContent, tokenCount },
      })),
    );
  }

  /** The bytes of what messages in progress of a path say by now. */
  async bytes(conversationId: string, path: MessagePath): Promise<number> {
    const sizes = await this.onPath(conversationId, path);
    return sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  private async onPath(conversationId: string, path: MessagePath): Promise<DraftSize[]> {
    const sizes = await this.drafts.sizes(conversationId);
    return sizes.filter(({ seq }) => path.placeOf(seq) !== null);
  }

  private async grow(
    conversationId: string,
    messageId: string,
    change: MessageChange,
  ): Promise<WrittenMessageDto> {
    const { added, content } = change;
    const piece = pieceOf(content ?? added);
    await this.refuseSecrets(change);
    const write = toWrite(messageId, change, piece);
    const run = content === null ? 'grow' : 'replace';
    const messageBytes = piece === null ? 0 : Buffer.byteLength(piece.content);
    const written = await this.quotas.within({ messageBytes }, () =>
      this.drafts[run](conversationId, write),
    );
    if (!written) return this.repeated(conversationId, messageId, change);
    if (piece && written.pieces >= MAX_PIECES) await this.join(conversationId, messageId, written);
    return toDto(conversationId, messageId, written);
  }

  /** Another write meanwhile leaves it to the next one. */
  private async join(
    conversationId: string,
    messageId: string,
    { seq, version }: Written,
  ): Promise<void> {
    const [read] = await this.drafts.read(conversationId, [seq]);
    if (read?.version !== version) return;
    const before = toPiece(joinPieces(read.pieces.slice(0, -1)));
    await this.drafts.join(conversationId, messageId, version, before);
  }

  private async finish(
    conversationId: string,
    messageId: string,
    change: MessageChange & { status: FinalStatus },
  ): Promise<WrittenMessageDto> {
    const { added, expectedVersion, metadata, status } = change;
    const found = await this.drafts.findWritten(conversationId, messageId);
    const isOpen = found?.status === 'in_progress' && !found.isExpired;
    if (!isOpen || found.version !== expectedVersion)
      return this.repeated(conversationId, messageId, change);
    const [read] = await this.drafts.read(conversationId, [found.seq]);
    const pieces = [...(read?.pieces ?? []), ...(added === null ? [] : [toPiece(added)])];
    const content = change.content ?? joinPieces(pieces);
    await this.refuseSecrets(change);
    // A secret may have come in pieces.
    if (this.guard.isOn) await this.guard.refuseFields({ '/content': content });
    if (typeof content !== 'string' && content.length > MESSAGE_LIMITS.parts)
      throw tooManyParts(change);
    const lastWrite = digestOf(change);
    const finished = { messageId, version: expectedVersion, isLate: false, status, lastWrite };
    const kept = (read?.pieces ?? []).reduce(
      (sum, piece) => sum + Buffer.byteLength(piece.content),
      0,
    );
    const had = read?.metadata ?? null;
    const isDone = await this.store(conversationId, finished, { content, metadata, had, kept });
    if (!isDone) return this.repeated(conversationId, messageId, change);
    return toDto(conversationId, messageId, { seq: found.seq, status });
  }

  /** What a guard refuses is not kept: nobody is there to be told. */
  private async end(
    conversationId: string,
    messageId: string,
    seq: number,
    status: FinalStatus,
  ): Promise<void> {
    const [read] = await this.drafts.read(conversationId, [seq]);
    if (!read || read.pieces.length === 0) return;
    const joined = storable(read.pieces);
    const isRefused = await this.isRefused(joined);
    const finished = { messageId, version: read.version!, isLate: true, lastWrite: null };
    const content = isRefused ? '' : joined;
    const kept = Infinity;
    const said = { content, metadata: undefined, had: read.metadata, kept };
    await this.store(conversationId, { ...finished, status }, said);
  }

  /** What the guard refuses is not kept where nobody can be told. */
  private async isRefused(content: MessageContent): Promise<boolean> {
    if (!this.guard.isOn) return false;
    return this.guard.refuseFields({ '/content': content }).then(
      () => false,
      () => true,
    );
  }

  /**
   * @param said what it says, and how many bytes of that are counted for the user already; `had` stays
   *   the metadata when none are given
   */
  private async store(
    conversationId: string,
    finished: Pick<FinishedMessage, 'messageId' | 'version' | 'isLate' | 'status' | 'lastWrite'>,
    said: {
      content: MessageContent;
      metadata: Record<string, unknown> | undefined;
      had: Record<string, unknown> | null;
      kept: number;
    },
  ): Promise<boolean> {
    const { content, had } = said;
    const metadata = said.metadata ?? emptyAsNull(had ?? undefined);
    const message = { role: 'assistant' as const, content, metadata };
    const [counted] = await this.counter.counted([message]);
    const { storedContent, storedMetadata, tokenCount, bytes } = counted!;
    if (Buffer.byteLength(storedContent) > MESSAGE_LIMITS.contentBytes)
      throw tooLarge(MESSAGE_LIMITS.contentBytes);
    const isJson = typeof content !== 'string';
    const row = { ...finished, storedContent, storedMetadata, isJson, tokenCount };
    const kept = said.kept + (said.metadata ? 0 : Buffer.byteLength(storedMetadata ?? ''));
    const write = () =>
      this.database.transaction(async () => {
        await this.endings.lock(conversationId);
        return this.endings.finish(conversationId, row);
      });
    return this.quotas.within({ messageBytes: Math.max(0, bytes - kept) }, write);
  }

  private async refuseSecrets({ added, content, metadata }: MessageChange): Promise<void> {
    if (!this.guard.isOn) return;
    await this.guard.refuseFields({ '/append': added, '/content': content, '/metadata': metadata });
  }

  /**
   * Answers a write that changed nothing: as before when it is the last one again.
   * @throws AppError why it changed nothing
   */
  private async repeated(
    conversationId: string,
    messageId: string,
    change: MessageChange,
  ): Promise<WrittenMessageDto> {
    const found = await this.drafts.findWritten(conversationId, messageId);
    if (!found) throw await this.missing(conversationId);
    const { seq, version, leaseExpiresAt } = found;
    if (found.status === 'in_progress' && !found.isExpired) {
      if (change.status === 'in_progress' && version === change.expectedVersion + 1) {
        const isSamePiece = isDeepStrictEqual(
          found.lastPiece,
          pieceOf(change.content ?? change.added),
        );
        if (isSamePiece && hasMetadata(found.metadata, change))
          return toDto(conversationId, messageId, { seq, version, leaseExpiresAt });
      }
      if (version === change.expectedVersion)
        throw hasTooManyParts(found, change) ? tooManyParts(change) : tooLarge(MAX_DRAFT_BYTES);
      throw MessageErrors.versionMismatch({ extra: { version } });
    }
    const status = found.isExpired ? 'interrupted' : (found.status ?? 'complete');
    if (this.drafts.isLastWrite(found, digestOf(change)))
      return toDto(conversationId, messageId, { seq, status: change.status });
    throw MessageErrors.finished({ extra: { messageStatus: status } });
  }

  private async missing(conversationId: string): Promise<AppError> {
    const heads = await this.messages.findHeads(conversationId);
    return heads === null ? ConversationErrors.notFound() : MessageErrors.notFound();
  }
}

/** Escaped in the JSON of parts, a text may be too long; as a text it never is. */
function storable(pieces: readonly Piece[]): MessageContent {
  const joined = joinPieces(pieces);
  const { content } = toPiece(joined);
  return Buffer.byteLength(content) <= MESSAGE_LIMITS.contentBytes
    ? joined
    : pieces.map((piece) => piece.content).join('');
}

const metadataOf = (metadata: Record<string, unknown> | null): string | null =>
  metadata === null || Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata);

const toDto = (
  conversationId: string,
  id: string,
  {
    seq,
    status = 'in_progress',
    version = null,
    leaseExpiresAt = null,
  }: {
    seq: number;
    status?: MessageStatus;
    version?: number | null;
    leaseExpiresAt?: string | null;
  },
): WrittenMessageDto => ({ id, conversationId, seq, status, version, leaseExpiresAt });
