// Keys for the whole service, which are derived from its data key.
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { Config, ConfigError } from '../config/config.js';
import { RequestContexts } from '../context/index.js';
import { ScopedDatabase } from '../database/index.js';
import { AppError } from '../errors/index.js';
import { DataKeys, type OwnedKey } from './data-keys.js';

const KEY_BYTES = 32;
/** Another process may make the data key, so its absence is known for this long. */
const ABSENT_MS = 5_000;

@Injectable()
export class ServiceKeys implements OnModuleInit, OnApplicationBootstrap {
  private readonly derived = new Map<string, KeyObject>();
  private readonly isNeeded: boolean;
  private readonly needing: string;
  private found: OwnedKey | null = null;
  private isThere = false;
  private lookedAt = -Infinity;
  private start: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataKeys: DataKeys,
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    config: Config,
  ) {
    const { sealsAnswers, sealMemories } = config.identity;
    this.isNeeded = sealsAnswers;
    this.needing = sealMemories ? 'SEAL_MEMORIES' : 'SEAL_MESSAGES';
  }

  /** Asks the database while the rest of the service starts. */
  onModuleInit(): void {
    this.start = this.read();
    // Who waits for it below is told; a start that failed before that does not wait.
    this.start.catch(() => undefined);
  }

  /** @throws ConfigError without a key of the vault that is needed */
  async onApplicationBootstrap(): Promise<void> {
    await this.start;
  }

  /** False while the service had no data key until some seconds ago: nothing was sealed before. */
  async mayExist(): Promise<boolean> {
    if (this.isThere || performance.now() - this.lookedAt < ABSENT_MS) return this.isThere;
    // Only the system sees the key, and no transaction of a user becomes the system's.
    if (this.database.inTransaction) return true;
    await this.read();
    return this.isThere;
  }

  /**
   * @param purpose keeps the key apart from others; never changes
   * @throws Error when the service has no data key, which a setting makes it need
   */
  derive(purpose: string): KeyObject {
    const known = this.derived.get(purpose);
    if (known) return known;
    if (!this.found) throw new Error('the service has no data key to derive others from');
    const key = createSecretKey(
      Buffer.from(hkdfSync('sha256', this.found.key, '', purpose, KEY_BYTES)),
    );
    this.derived.set(purpose, key);
    return key;
  }

  /** As `derive`. @returns null when the service has no data key that this process can unwrap */
  find(purpose: string): KeyObject | null {
    return this.found && this.derive(purpose);
  }

  private async read(): Promise<void> {
    const find = () => (this.isNeeded ? this.dataKeys.obtain() : this.dataKeys.find());
    this.lookedAt = performance.now();
    try {
      this.found =
        this.contexts.current()?.scope?.kind === 'system'
          ? await find()
          : await this.database.runAsSystem('read the data key of the service', find);
      this.isThere = this.found !== null;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // It is there, and this process cannot unwrap it.
      this.isThere = true;
      if (this.isNeeded)
        throw new ConfigError(
          `${this.needing}=true needs the keys of the vault: set VAULT_KEYS or VAULT_KEYS_FILE (npx threadkeep keys generate prints a key).`,
        );
    }
  }
}
