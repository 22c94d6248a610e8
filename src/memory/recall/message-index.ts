// The index of one user's messages: each conversation as far as it has been read.
import { Logger } from '@nestjs/common';
import { Slices } from '../../platform/fairness/index.js';
import { MemoryErrors } from '../memories.errors.js';
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
  type Log,
  type MessageIndexRepository,
  PAGE,
} from './message-index.repository.js';

/** Messages and characters that one request reads before it asks the client to come back. */
const MOST_AT_ONCE = { messages: 20_000, characters: 32_000_000 };
/** So many are read without waiting for a turn. */
const FEW_MESSAGES = 500;
/** Bytes that a read message takes besides its texts. */
const REF_BYTES = 100;

interface ReadLog {
  createdAt: string;
  seq: number;
  refs: string[];
}

interface Room {
  messages: number;
  characters: number;
}

export class MessageIndex {
  texts = new TextIndex();
  /** Messages that cannot be searched. */
  unreadable = 0;
  private readonly logger = new Logger(MessageIndex.name);
  private readonly logs = new Map<string, ReadLog>();
  private gauge: IndexGauge;
  private following: Promise<void> | undefined;
  private tooLargeUntil = -Infinity;

  constructor(
    private readonly rows: MessageIndexRepository,
    private readonly limits: IndexLimits,
    private readonly inTurn: <T>(build: () => Promise<T>) => Promise<T>,
  ) {
    this.gauge = new IndexGauge(limits);
  }

  get bytes(): number {
    return this.texts.bytes + REF_BYTES * this.texts.size;
  }

  /** As that of `MemoryIndex`. */
  get isTooLarge(): boolean {
    return performance.now() < this.tooLargeUntil;
  }

  /** Reads what has been said since. @throws AppError 503 while a long history is read for the first time: each try goes further */
  async follow(): Promise<void> {
    // One after the other: what came first may have looked before the last message.
    while (this.following) await this.following.catch(() => undefined);
    this.following = this.read().finally(() => (this.following = undefined));
    return this.following;
  }

  private async read(): Promise<void> {
    if (this.isTooLarge) return;
    const logs = await this.rows.logs();
    this.dropOthers(logs);
    const behind = logs.reduce(
      (sum, { id, lastSeq }) => sum + lastSeq - (this.logs.get(id)?.seq ?? 0),
      0,
    );
    if (behind === 0) return;
    try {
      await (behind <= FEW_MESSAGES ? this.readLogs(logs) : this.inTurn(() => this.readLogs(logs)));
    } catch (error) {
      if (!(error instanceof IndexTooLargeError)) throw error;
      this.forget();
    }
  }

  private forget(): void {
    this.texts = new TextIndex();
    this.logs.clear();
    this.unreadable = 0;
    this.gauge = new IndexGauge(this.limits);
    this.tooLargeUntil = performance.now() + RETRY_AFTER_MS;
  }

  private async readLogs(logs: Log[]): Promise<void> {
    const [slices, room] = [new Slices(), { ...MOST_AT_ONCE }];
    for (const log of logs) {
      await this.readOn(log, room, slices);
      if (room.messages <= 0 || room.characters <= 0)
        throw MemoryErrors.indexing({ retryAfter: 1 });
    }
    await this.texts.prepare(slices);
  }

  /** Conversations that are no longer there, or are others under the same id. */
  private dropOthers(logs: Log[]): void {
    const known = new Map(logs.map((log) => [log.id, log]));
    for (const [id, { createdAt, refs }] of this.logs) {
      if (known.get(id)?.createdAt === createdAt) continue;
      for (const ref of refs) this.texts.remove(ref);
      this.logs.delete(id);
    }
  }

  private async readOn({ id, lastSeq, createdAt }: Log, room: Room, slices: Slices): Promise<void> {
    const log = this.logs.get(id) ?? { createdAt, seq: 0, refs: [] };
    this.logs.set(id, log);
    while (log.seq < lastSeq && room.messages > 0 && room.characters > 0) {
      const messages = await this.rows.after(id, log.seq);
      if (messages.length === 0) log.seq = Math.min(lastSeq, log.seq + PAGE.rows);
      for (const message of messages) {
        await this.put(id, message, slices);
        log.refs.push(message.id);
        log.seq = message.seq;
        room.characters -= message.content.length;
      }
      room.messages -= messages.length;
      this.gauge.check(this);
    }
  }

  /** One that cannot be searched is left out, and counted: the others are found. */
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
