// The index of one user's messages: each conversation as far as it has been read.
import { setImmediate as otherRequests } from 'node:timers/promises';
import { textOf } from '../../conversations/index.js';
import { MemoryErrors } from '../memories.errors.js';
import { TextIndex } from '../search/text-index.js';
import { contentOf, type IndexedMessage, type Log, type MessageIndexRepository } from './message-index.repository.js';

/** Messages of one read, and those that one request reads before it asks the client to come back. */
const PAGE = 500;
const MOST_AT_ONCE = 20_000;

interface ReadLog {
  createdAt: string;
  seq: number;
  refs: string[];
}

export class MessageIndex {
  texts = new TextIndex();
  private readonly logs = new Map<string, ReadLog>();
  private following: Promise<void> | undefined;

  constructor(private readonly rows: MessageIndexRepository) {}

  /** Reads what has been said since. @throws AppError 503 while a long history is read for the first time: each try goes further */
  async follow(): Promise<void> {
    // One after the other: what came first may have looked before the last message.
    while (this.following) await this.following.catch(() => undefined);
    this.following = this.read().finally(() => (this.following = undefined));
    return this.following;
  }

  private async read(): Promise<void> {
    const logs = await this.rows.logs();
    this.dropOthers(logs);
    let room = MOST_AT_ONCE;
    for (const log of logs) {
      room -= await this.readOn(log, room);
      if (room <= 0) throw MemoryErrors.indexing({ retryAfter: 1 });
    }
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

  private async readOn({ id, lastSeq, createdAt }: Log, room: number): Promise<number> {
    const log = this.logs.get(id) ?? { createdAt, seq: 0, refs: [] };
    this.logs.set(id, log);
    let read = 0;
    while (log.seq < lastSeq && read < room) {
      const messages = await this.rows.after(id, log.seq, PAGE);
      if (messages.length === 0) break;
      for (const message of messages) this.put(id, log, message);
      read += messages.length;
      await otherRequests();
    }
    return read;
  }

  private put(conversationId: string, log: ReadLog, message: IndexedMessage): void {
    const { id, seq, role, speaker, createdAt } = message;
    this.texts.put({ ref: id, text: textOf(contentOf(message)), speaker: speaker ?? role, group: conversationId, at: Date.parse(createdAt) });
    log.refs.push(id);
    log.seq = seq;
  }
}
