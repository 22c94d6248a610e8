// Tells all processes that something has changed, so that its viewers read it again. It carries ids
// only, and may lose some: whoever watches must also look by the clock, every `pollMs`.
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ScopedDatabase } from '../database/index.js';
import { Announcement, nextChange } from './announcement.js';
import { FeedTransport } from './feed-transport.js';
import type { OpenStream } from './open-streams.js';

/** The shortest time between two messages of this process to others. */
const MIN_INTERVAL_MS = 25;
/** Characters of an id in a message: 16 bytes in base64url. */
const CODE_LENGTH = 22;
/** Ids of one message. PostgreSQL carries less than 8,000 bytes. */
const MAX_IDS = 350;
/** Ids that wait to be sent. What comes beyond them is found by the clock. */
const MAX_WAITING_IDS = 10_000;
/** Milliseconds between two looks by the clock, while others are heard and while they are not. */
const POLL_MS = 5_000;
const POLL_UNHEARD_MS = 250;
/** The shortest time between two reads for one viewer. */
const MIN_READ_INTERVAL_MS = 50;

/** Counts the changes of one id. */
export class Watch extends Announcement {
  /** Note it before a read: when it is another after the read, there is more to read. */
  version = 0;

  /** @param close call it when nobody waits any more */
  constructor(readonly close: () => void) {
    super();
  }

  override announce(): void {
    this.version++;
    super.announce();
  }
}

/** Who reads what has changed, until the stream ends. */
export interface Viewer {
  stream: OpenStream;
  watch: Watch;
}

@Injectable()
export class ChangeFeed implements OnModuleDestroy {
  private readonly watched = new Map<string, Set<() => void>>();
  private readonly waiting = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private sentAt = -Infinity;

  constructor(
    private readonly database: ScopedDatabase,
    private readonly transport: FeedTransport,
  ) {
    transport.start({
      heard: (payload) => this.heard(payload),
      connected: () => this.wakeAll(),
    });
  }

  /** Milliseconds after which a reader looks again, although nothing was heard. */
  get pollMs(): number {
    return this.transport.isConnected ? POLL_MS : POLL_UNHEARD_MS;
  }

  /** Wakes who watches the thing with this UUID, in all processes, after the open transaction. */
  changed(id: string): void {
    const code = codeOf(id);
    this.database.afterCommit(() => {
      this.wake(code);
      if (this.waiting.size < MAX_WAITING_IDS) this.waiting.add(code);
      this.sendLater();
    });
  }

  /** Calls `wake` for each change, and perhaps without one. @returns how to end it */
  on(id: string, wake: () => void): () => void {
    const code = codeOf(id);
    // The same function may be given twice.
    const own = () => wake();
    const all = this.watched.get(code) ?? new Set();
    this.watched.set(code, all.add(own));
    return () => {
      all.delete(own);
      if (all.size === 0 && this.watched.get(code) === all) this.watched.delete(code);
    };
  }

  watch(id: string): Watch {
    const watch: Watch = new Watch(this.on(id, () => watch.announce()));
    return watch;
  }

  /**
   * Waits for the next time to read what is stored, or for the end of the stream.
   * @param heard version of the watch before the last read
   * @param readAt when that read began, by `performance.now()`
   */
  async nextRead({ stream, watch }: Viewer, heard: number, readAt: number): Promise<void> {
    if (watch.version === heard && !stream.end) await nextChange([stream, watch], this.pollMs);
    if (!stream.end) await nextChange([stream], readAt + MIN_READ_INTERVAL_MS - performance.now());
  }

  /** What waits is sent while the connections are still there. */
  onModuleDestroy(): void {
    if (this.timer) this.send();
  }

  private sendLater(): void {
    if (this.timer || this.waiting.size === 0) return;
    const wait = Math.max(0, this.sentAt + MIN_INTERVAL_MS - performance.now());
    this.timer = setTimeout(() => this.send(), wait).unref();
  }

  private send(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sentAt = performance.now();
    const codes = [...this.waiting].slice(0, MAX_IDS);
    for (const code of codes) this.waiting.delete(code);
    this.transport.publish(codes.join(''));
    this.sendLater();
  }

  /** What is no list of ids wakes nobody. */
  private heard(payload: string): void {
    const end = Math.min(payload.length, MAX_IDS * CODE_LENGTH);
    for (let at = 0; at < end; at += CODE_LENGTH) this.wake(payload.slice(at, at + CODE_LENGTH));
  }

  private wake(code: string): void {
    for (const wake of [...(this.watched.get(code) ?? [])]) wake();
  }

  private wakeAll(): void {
    for (const code of [...this.watched.keys()]) this.wake(code);
  }
}

const codeOf = (id: string): string =>
  Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
