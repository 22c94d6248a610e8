// The index of one user's messages: how far each conversation has been read.
import { Logger } from '@nestjs/common';
import { Slices } from '../../platform/fairness/index.js';
import { MemoryErrors } from '../memories.errors.js';
import {
  type MessageEmbeddingRepository,
  type MessageVector,
  type SeqRange,
} from '../embedding/messages/message-embedding.repository.js';
import { TextIndex } from '../search/text-index.js';
import { searchableMessage } from './indexed-text.js';
import {
  IndexGauge,
  type IndexLimits,
  IndexTooLargeError,
  RETRY_AFTER_MS,
} from './index-limits.js';
import {
  type IndexedMessage,
  type ConversationHead,
  type MessageIndexRepository,
  MESSAGE_PAGE,
} from './message-index.repository.js';

/** Limits of what one request reads before it answers 503 and asks the client to come back. */
const MAX_PER_REQUEST = { messages: 20_000, characters: 32_000_000 };
/** Up to this many messages are read without waiting in the queue. */
const MAX_UNQUEUED_MESSAGES = 500;
/** Vectors per read; each has at most 4,096 bytes. */
const VECTORS_PER_READ = 1_000;
/** Bytes of a message in this index besides its text. */
const BYTES_PER_REF = 100;

interface ReadConversation {
  createdAt: string;
  erasures: number;
  seq: number;
  /** `seq` up to which its vectors were read. */
  vectorSeq: number;
  refs: string[];
  /** Numbers of messages that were in progress when they were read, by their ids. */
  open: Map<string, number>;
  /** The first number of a message that was stored sealed when it was read; Infinity without any. */
  firstSealed: number;
}

export interface MessageIndexSettings {
  /** The model of the vectors; null for an index of words only. */
  model: string | null;
  /** With more messages, the index has words only. */
  maxMessagesWithVectors: number;
  limits: IndexLimits;
  /** Runs a build when it is its turn in the queue. */
  runQueued: <T>(build: () => Promise<T>) => Promise<T>;
}

/** Numbers whose vectors are to be read, and the conversation as it was when that was found. */
interface IndexRange extends SeqRange {
  log: ReadConversation;
}

interface ReadBudget {
  messages: number;
  characters: number;
}

export class MessageIndex {
  texts = new TextIndex();
  /** Number of messages that cannot be searched. */
  unreadable = 0;
  private noRoomUntil = -Infinity;
  /** When vectors are asked for again that sealed messages lack. */
  private asksAgainAt = -Infinity;
  private currentVectors: Promise<boolean> | undefined;
  private readonly logger = new Logger(MessageIndex.name);
  private readonly conversations = new Map<string, ReadConversation>();
  private gauge: IndexGauge;
  private currentRead: Promise<void> | undefined;
  private tooLargeUntil = -Infinity;

  constructor(
    private readonly rows: MessageIndexRepository,
    private readonly vectors: MessageEmbeddingRepository,
    private readonly settings: MessageIndexSettings,
  ) {
    this.gauge = new IndexGauge(settings.limits);
  }

  get bytes(): number {
    return this.texts.bytes + BYTES_PER_REF * this.texts.size;
  }

  /** As in `MemoryIndex`. */
  get isTooLarge(): boolean {
    return performance.now() < this.tooLargeUntil;
  }

  /**
   * Reads new messages.
   * @throws AppError 503 while a long history is read for the first time: each try gets further
   */
  async catchUp(): Promise<void> {
    // One read at a time: an earlier one may have started before the last message.
    while (this.currentRead) await this.currentRead.catch(() => undefined);
    this.currentRead = this.read().finally(() => (this.currentRead = undefined));
    return this.currentRead;
  }

  private async read(): Promise<void> {
    if (this.isTooLarge) return;
    const logs = await this.rows.conversations();
    this.removeMissing(logs);
    const behind = logs.reduce(
      (sum, { id, lastSeq }) => sum + lastSeq - (this.conversations.get(id)?.seq ?? 0),
      0,
    );
    try {
      await this.readFinished();
      if (behind > 0)
        await (behind <= MAX_UNQUEUED_MESSAGES
          ? this.readConversations(logs)
          : this.settings.runQueued(() => this.readConversations(logs)));
    } catch (error) {
      if (!(error instanceof IndexTooLargeError)) throw error;
      if (!this.texts.hasVectors) return this.discard();
      // The words may fit without them.
      this.leaveOutVectors();
      await this.read();
    }
  }

  /** Reads messages that were in progress before. */
  private async readFinished(): Promise<void> {
    const open = [...this.conversations.values()].flatMap((log) => [...log.open.keys()]);
    if (open.length === 0) return;
    const slices = new Slices();
    for (const message of await this.rows.texts(open.slice(0, MESSAGE_PAGE.rows))) {
      const log = this.conversations.get(message.conversationId);
      if (message.isOpen || !log?.open.has(message.id)) continue;
      await this.put(message.conversationId, message, slices);
      if (message.isSealed) log.firstSealed = Math.min(log.firstSealed, message.seq);
      log.open.delete(message.id);
      this.gauge.check(this);
    }
    await this.texts.prepare(slices);
  }

  /**
   * Reads vectors that were made since. Call it after `catchUp`.
   * @returns whether messages lack vectors that they may have
   */
  async catchUpVectors(): Promise<boolean> {
    while (this.currentVectors) await this.currentVectors.catch(() => undefined);
    this.currentVectors = this.readVectors().finally(() => (this.currentVectors = undefined));
    return this.currentVectors;
  }

  private async readVectors(): Promise<boolean> {
    const { model } = this.settings;
    if (model === null || this.isTooLarge || this.hasNoRoomForVectors) return false;
    const embedded = new Map((await this.vectors.heads(model)).map(({ id, upTo }) => [id, upTo]));
    const ranges: IndexRange[] = [];
    let [isBehind, isWaiting, messages] = [false, false, 0];
    for (const [conversationId, log] of this.conversations) {
      const upTo = embedded.get(conversationId) ?? 0;
      const ready = Math.min(log.seq, firstOpen(log) - 1);
      // It waits until the message is unsealed, which the index does not learn of.
      if (upTo + 1 === log.firstSealed) isWaiting ||= upTo < ready;
      else isBehind ||= upTo < ready;
      messages += log.seq;
      // Vectors of messages that the index does not have yet would be lost.
      const end = Math.min(upTo, ready);
      if (end > log.vectorSeq)
        ranges.push({ conversationId, after: log.vectorSeq, upTo: end, log });
    }
    if (messages > this.settings.maxMessagesWithVectors) {
      this.dropVectors();
      return false;
    }
    if (isWaiting && performance.now() >= this.asksAgainAt) {
      this.asksAgainAt = performance.now() + RETRY_AFTER_MS;
      isBehind = true;
    }
    const slices = new Slices();
    for (const part of inParts(ranges, VECTORS_PER_READ)) {
      const read = await this.vectors.vectors(model, part);
      if (this.hasNoRoomForVectors) return false;
      this.putVectors(part, read);
      if (this.gauge.isOver(this)) {
        this.leaveOutVectors();
        return false;
      }
      if (slices.isDue) await slices.next();
    }
    return isBehind;
  }

  /** Leaves out what was read again meanwhile: it may say something else, or be missing yet. */
  private putVectors(ranges: readonly IndexRange[], vectors: readonly MessageVector[]): void {
    const current = ranges.filter(
      ({ conversationId, after, log }) =>
        this.conversations.get(conversationId) === log && log.vectorSeq === after,
    );
    const ids = new Set(current.map(({ conversationId }) => conversationId));
    for (const { id, conversationId, vector } of vectors)
      if (ids.has(conversationId)) this.texts.setVector(id, new Int8Array(vector));
    for (const { log, upTo } of current) log.vectorSeq = upTo;
  }

  /** True for some minutes after the words did fit, and the vectors did not. */
  private get hasNoRoomForVectors(): boolean {
    return performance.now() < this.noRoomUntil;
  }

  private leaveOutVectors(): void {
    this.noRoomUntil = performance.now() + RETRY_AFTER_MS;
    this.dropVectors();
  }

  private dropVectors(): void {
    this.texts.dropVectors();
    for (const log of this.conversations.values()) log.vectorSeq = 0;
  }

  private discard(): void {
    this.texts = new TextIndex();
    this.conversations.clear();
    this.unreadable = 0;
    this.gauge = new IndexGauge(this.settings.limits);
    this.tooLargeUntil = performance.now() + RETRY_AFTER_MS;
  }

  private async readConversations(logs: ConversationHead[]): Promise<void> {
    const [slices, room] = [new Slices(), { ...MAX_PER_REQUEST }];
    for (const log of logs) {
      await this.readNewMessages(log, room, slices);
      if (room.messages <= 0 || room.characters <= 0)
        throw MemoryErrors.indexing({ retryAfter: 1 });
    }
    await this.texts.prepare(slices);
  }

  /**
   * Removes conversations that no longer exist, or exist anew under the same id, or of which a message
   * was erased: they are read again.
   */
  private removeMissing(logs: ConversationHead[]): void {
    const known = new Map(logs.map((log) => [log.id, log]));
    for (const [id, { createdAt, erasures, refs }] of this.conversations) {
      const log = known.get(id);
      if (log?.createdAt === createdAt && log.erasures === erasures) continue;
      for (const ref of refs) this.texts.remove(ref);
      this.conversations.delete(id);
    }
  }

  private async readNewMessages(
    { id, lastSeq, createdAt, erasures }: ConversationHead,
    room: ReadBudget,
    slices: Slices,
  ): Promise<void> {
    const log: ReadConversation = this.conversations.get(id) ?? {
      createdAt,
      erasures,
      seq: 0,
      vectorSeq: 0,
      refs: [],
      open: new Map(),
      firstSealed: Infinity,
    };
    this.conversations.set(id, log);
    while (log.seq < lastSeq && room.messages > 0 && room.characters > 0) {
      const messages = await this.rows.after(id, log.seq);
      if (messages.length === 0) log.seq = Math.min(lastSeq, log.seq + MESSAGE_PAGE.rows);
      for (const message of messages) {
        if (message.isSealed) log.firstSealed = Math.min(log.firstSealed, message.seq);
        if (message.isOpen) log.open.set(message.id, message.seq);
        else await this.put(id, message, slices);
        log.refs.push(message.id);
        log.seq = message.seq;
        room.characters -= message.content.length;
      }
      room.messages -= messages.length;
      this.gauge.check(this);
    }
  }

  /**
   * Adds a message. One that cannot be read is skipped and counted, so that the others are found.
   */
  private async put(
    conversationId: string,
    message: IndexedMessage,
    slices: Slices,
  ): Promise<void> {
    this.gauge.add(message.content);
    try {
      await this.texts.putInSlices(searchableMessage(message, conversationId), slices);
    } catch (error) {
      this.unreadable++;
      this.logger.warn({
        msg: 'a message cannot be searched',
        messageId: message.id,
        conversationId,
        reason: (error as Error).name,
      });
    }
    if (slices.isDue) await slices.next();
  }
}

/** The first number of a message that is in progress; Infinity without any. */
function firstOpen({ open }: ReadConversation): number {
  let first = Infinity;
  for (const seq of open.values()) first = Math.min(first, seq);
  return first;
}

/** Divides ranges into parts with at most `limit` numbers of messages each. */
function* inParts(ranges: readonly IndexRange[], limit: number): Generator<IndexRange[]> {
  let part: IndexRange[] = [];
  let room = limit;
  for (const range of ranges)
    for (let { after } = range; after < range.upTo;) {
      const upTo = Math.min(range.upTo, after + room);
      part.push({ ...range, after, upTo });
      room -= upTo - after;
      after = upTo;
      if (room > 0) continue;
      yield part;
      part = [];
      room = limit;
    }
  if (part.length > 0) yield part;
}
