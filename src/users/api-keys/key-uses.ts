// Records when and from where keys are used. It runs beside requests and never delays them.
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { networkOf } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { ApiKeysRepository } from './api-keys.repository.js';

/** Shortest time between two records of one key in this process. */
const NOTE_INTERVAL_MS = 60_000;
/** Delay that collects several uses into one write. */
const WRITE_DELAY_MS = 500;
/** Uses in one write. Further ones are recorded at their next use. */
const MAX_NOTES = 1_000;

interface Use {
  keyId: string;
  address: string;
}

@Injectable()
export class KeyUses implements BeforeApplicationShutdown {
  private readonly logger = new Logger(KeyUses.name);
  /**
   * Last address and time by key. A key is rarely used from several addresses at once, so one is
   * enough.
   */
  private readonly lastNoted = new LRUCache<string, { address: string; at: number }>({
    max: 20_000,
  });
  private readonly seen = new LRUCache<string, true>({ max: 20_000 });
  private keys = new Set<string>();
  private addresses = new Map<string, Use>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly repository: ApiKeysRepository,
    private readonly database: ScopedDatabase,
  ) {}

  /** Records a use. Called in every request; it costs two cache reads when nothing is new. */
  note(keyId: string, address: string): void {
    const last = this.lastNoted.get(keyId);
    const now = Date.now();
    // Also records when the clock was set back.
    if (last && last.address === address && Math.abs(now - last.at) < NOTE_INTERVAL_MS) return;
    if (this.keys.size >= MAX_NOTES || this.addresses.size >= MAX_NOTES) return;
    this.lastNoted.set(keyId, { address, at: now });
    this.noteAddress(keyId, address);
    if (!last || Math.abs(now - last.at) >= NOTE_INTERVAL_MS) this.keys.add(keyId);
    this.timer ??= setTimeout(() => void this.flush(), WRITE_DELAY_MS).unref();
  }

  /**
   * Writes the collected uses. Never rejects: after an error they are recorded at their next use.
   */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    return (this.writing = this.writing.then(() => this.write()));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  private noteAddress(keyId: string, address: string): void {
    const place = `${keyId} ${networkOf(address)}`;
    if (this.seen.has(place)) return;
    this.seen.set(place, true);
    this.addresses.set(place, { keyId, address });
  }

  private async write(): Promise<void> {
    const { keys, addresses } = this;
    if (keys.size + addresses.size === 0) return;
    this.keys = new Set();
    this.addresses = new Map();
    try {
      await this.database.runAsSystem('note the use of API keys', async () => {
        if (keys.size > 0) await this.repository.noteUses([...keys]);
        for (const { keyId, address } of addresses.values())
          await this.repository.recordFirstUse(keyId, networkOf(address), address);
      });
    } catch (error) {
      for (const keyId of keys) this.lastNoted.delete(keyId);
      for (const place of addresses.keys()) this.seen.delete(place);
      this.logger.debug({ msg: 'the use of API keys could not be noted', err: error });
    }
  }
}
