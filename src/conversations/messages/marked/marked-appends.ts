// Appends of messages that have a key of the application's own, or are not complete. Other appends
// need one statement; these lock the conversation first.
import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { ScopedDatabase } from '../../../platform/database/index.js';
import { type AppError, type FieldError, RequestErrors } from '../../../platform/errors/index.js';
import { words } from '../../../platform/input/index.js';
import { MessageErrors } from '../../conversations.errors.js';
import { type MessageListDto, toMessageDto } from '../../dto/message.dto.js';
import { SealedMessages } from '../../sealing/sealed-messages.js';
import type { AppendPlace } from '../message-input.js';
import { MESSAGE_LIMITS, type MessageContent } from '../message-content.js';
import {
  type Appended,
  type CountedMessage,
  type MessageRow,
  MessagesRepository,
} from '../messages.repository.js';
import { DraftsRepository, MAX_DRAFT_BYTES, MAX_DRAFTS } from '../unfinished/drafts.repository.js';
import { joinPieces, toPiece } from '../unfinished/pieces.js';
import { UnfinishedMessages } from '../unfinished/unfinished-messages.service.js';
import { MessageTreesRepository } from '../tree/message-trees.repository.js';
import { keyAt, refuseTwice } from './keys-given-twice.js';
import type { NewMessage } from '../message-input.js';
import { MarkedMessagesRepository } from './marked-messages.repository.js';

export const isMarked = ({ key, status }: Pick<NewMessage, 'key' | 'status'>): boolean =>
  key !== undefined || status !== undefined;

/** Appends rows where they belong. Returns null when what is expected does not hold. */
type AppendRows = (messages: CountedMessage[], place: AppendPlace) => Promise<Appended | null>;

export interface MarkedPlace {
  place: AppendPlace;
  /** JSON Pointer of the list of messages; null when the body is one message. */
  path: string | null;
}

export interface MarkedResult {
  answer: MessageListDto;
  /** False when all messages were there already. */
  isNew: boolean;
}

@Injectable()
export class MarkedAppends {
  constructor(
    private readonly rows: MarkedMessagesRepository,
    private readonly drafts: DraftsRepository,
    private readonly unfinished: UnfinishedMessages,
    private readonly trees: MessageTreesRepository,
    private readonly messages: MessagesRepository,
    private readonly database: ScopedDatabase,
    private readonly sealing: SealedMessages,
  ) {}

  /**
   * Appends the messages whose keys are new, after those that are there already: these come first,
   * and stay as they are. One in progress takes what is sent.
   * @returns null when the conversation does not exist, or what is expected does not hold
   * @throws AppError 409 when a key is that of another message, or too many messages are in progress
   */
  async append(
    conversationId: string,
    messages: CountedMessage[],
    { place, path }: MarkedPlace,
    appendRows: AppendRows,
  ): Promise<MarkedResult | null> {
    // A transaction would make the user known, although the append is refused.
    const isUnknown =
      !this.database.inTransaction && (await this.messages.findHeads(conversationId)) === null;
    if (isUnknown) return null;
    return this.database.transaction(async () => {
      if (!(await this.rows.lock(conversationId))) return null;
      const known = await this.known(conversationId, messages, path);
      await this.checkParent(conversationId, known[0], place, path);
      const fresh = messages.slice(known.length);
      const at = placeAfter(known, place);
      const appended = fresh.length > 0 ? await appendRows(this.asStored(fresh), at) : null;
      if (fresh.length > 0 && !appended) return null;
      if (appended) await this.mark(conversationId, fresh, appended);
      for (const [i, row] of known.entries())
        if (row.status === 'in_progress') await this.put(conversationId, row, messages[i]!);
      const added = fresh.map((_, i) => appended!.firstSeq + i);
      const seqs = [...known.map(({ seq }) => seq), ...added];
      return { answer: await this.answer(conversationId, seqs), isNew: appended !== null };
    });
  }

  private async answer(conversationId: string, seqs: number[]): Promise<MessageListDto> {
    const rows = await this.unfinished.fill(
      conversationId,
      await this.rows.find(conversationId, seqs),
    );
    const bySeq = new Map(rows.map((row) => [row.seq, row]));
    // A replay is the same answer, whatever feedback was given since.
    const toDto = (seq: number) =>
      toMessageDto(conversationId, { ...bySeq.get(seq)!, feedback: null });
    return { data: seqs.map(toDto) };
  }

  /** @throws AppError 409 when the request names another parent than the first message has */
  private async checkParent(
    conversationId: string,
    first: MessageRow | undefined,
    { parentId }: AppendPlace,
    path: MarkedPlace['path'],
  ): Promise<void> {
    if (!first || parentId === undefined) return;
    const wanted = parentId === null ? 0 : await this.trees.findSeq(conversationId, parentId);
    if (wanted !== (first.parentSeq ?? first.seq - 1))
      throw taken([{ pointer: keyAt(path, 0), message: 'is of a message with another parent' }]);
  }

  /**
   * Returns the messages that are there already, which must be the first ones.
   * @throws AppError 409 when one says something else, or follows a new one
   */
  private async known(
    conversationId: string,
    messages: CountedMessage[],
    path: MarkedPlace['path'],
  ): Promise<MessageRow[]> {
    const keys = messages.flatMap(({ key }) => key ?? []);
    if (keys.length === 0) return [];
    refuseTwice(messages, path);
    const found = new Map(
      (await this.rows.findByKeys(conversationId, keys)).map((row) => [row.key!, row]),
    );
    const rows = messages.map(({ key }) => (key === undefined ? undefined : found.get(key)));
    const firstNew = rows.findIndex((row) => row === undefined);
    const known = (firstNew === -1 ? rows : rows.slice(0, firstNew)) as MessageRow[];
    const faults = rows.flatMap((row, i): FieldError[] => {
      if (!row) return [];
      const pointer = keyAt(path, i);
      if (i >= known.length)
        return [{ pointer, message: 'is of a message that is there, and follows a new one' }];
      return isSame(row, messages[i]!)
        ? []
        : [{ pointer, message: 'is of a message with another content' }];
    });
    if (faults.length > 0) throw taken(faults);
    return known;
  }

  private async mark(
    conversationId: string,
    messages: CountedMessage[],
    { ids, firstSeq }: Appended,
  ): Promise<void> {
    const marked = messages.map((message, i) => ({ message, id: ids[i]!, seq: firstSeq + i }));
    await this.rows.mark(
      conversationId,
      marked
        .filter(({ message }) => isMarked(message))
        .map(({ message: { key, status }, seq }) => ({ seq, key, status })),
    );
    const open = marked.filter(({ message }) => message.status === 'in_progress');
    if (open.length === 0) return;
    for (const { message } of open)
      if (Buffer.byteLength(toPiece(message.content).content) > MAX_DRAFT_BYTES)
        throw RequestErrors.invalidBody({
          errors: [{ pointer: '/messages', message: words.maxBytes(MAX_DRAFT_BYTES) }],
        });
    const before = await this.drafts.begin(
      conversationId,
      open.map(({ message, id, seq }) => ({
        ...{ id, seq },
        piece: toPiece(message.content),
        leaseSeconds: message.leaseSeconds ?? MESSAGE_LIMITS.defaultLeaseSeconds,
      })),
    );
    if (before + open.length > MAX_DRAFTS)
      throw MessageErrors.tooManyInProgress({
        detail: `At most ${MAX_DRAFTS} messages of a conversation may be in progress.`,
      });
  }

  /** What a message in progress says is kept with its draft. */
  private asStored(messages: CountedMessage[]): CountedMessage[] {
    return messages.map((message) => {
      if (message.status !== 'in_progress') return message;
      const empty = { ...message, content: '', storedContent: '', tokenCount: 0 };
      return { ...empty, bytes: this.sealing.bytesOf(empty) };
    });
  }

  /** Replaces what a message in progress says. */
  private async put(conversationId: string, row: MessageRow, sent: CountedMessage): Promise<void> {
    const [read] = await this.drafts.read(conversationId, [row.seq]);
    // The first append again takes nothing back of what was added since.
    if (sent.status === 'in_progress' && begins(joinPieces(read?.pieces ?? []), sent.content))
      return;
    await this.unfinished.write(conversationId, row.id, {
      expectedVersion: read?.version ?? 0,
      added: null,
      content: sent.content,
      metadata: sent.metadata ?? {},
      status: sent.status ?? 'complete',
      leaseSeconds: sent.leaseSeconds ?? MESSAGE_LIMITS.defaultLeaseSeconds,
    });
  }
}

/** New messages follow those that are there already. */
function placeAfter(known: MessageRow[], place: AppendPlace): AppendPlace {
  const last = known.at(-1);
  return last ? { ...place, parentId: last.id } : place;
}

const begins = (content: MessageContent | null, sent: MessageContent): boolean =>
  typeof content === 'string' && typeof sent === 'string' && content.startsWith(sent);

/** An erased message stays as it is, whatever is sent; so does one that cannot be opened. */
function isSame(row: MessageRow, sent: CountedMessage): boolean {
  if (row.role !== sent.role) return false;
  if (row.erased || row.isUnreadable || row.status === 'in_progress') return true;
  // The append that began it, sent again after its end.
  if (sent.status === 'in_progress')
    return begins(row.contentIsJson ? null : row.content, sent.content);
  return (
    (row.status ?? 'complete') === (sent.status ?? 'complete') &&
    row.content === sent.storedContent &&
    row.contentIsJson === (typeof sent.content !== 'string') &&
    isDeepStrictEqual(row.metadata ?? {}, JSON.parse(sent.storedMetadata ?? '{}'))
  );
}

const taken = (errors: FieldError[]): AppError => MessageErrors.keyTaken({ errors });
