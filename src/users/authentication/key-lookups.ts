// Looks up uncached keys, many in one statement and one statement at a time: requests that arrive
// meanwhile share the next one. So guessing keys cannot flood the database.
import { AsyncResource } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from '../../platform/database/index.js';
import { ApiKeysRepository, type KeyRow } from '../api-keys/api-keys.repository.js';

const MAX_BATCH = 500;

interface WaitingLookup {
  hash: Buffer;
  resolve: (key: KeyRow | null) => void;
  reject: (error: unknown) => void;
}

@Injectable()
export class KeyLookups {
  private waiting: WaitingLookup[] = [];
  private isRunning = false;
  /**
   * Leaves the context of the request that starts it: the statement serves many requests and must
   * not have the limits of one.
   */
  private readonly start = AsyncResource.bind(() => void this.run());

  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly database: ScopedDatabase,
  ) {}

  /** Finds the key with this hash, or null when it does not exist, was revoked or has expired. */
  findLive(hash: Buffer): Promise<KeyRow | null> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ hash, resolve, reject });
      if (!this.isRunning) this.start();
    });
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    while (this.waiting.length > 0) await this.answer(this.waiting.splice(0, MAX_BATCH));
    this.isRunning = false;
  }

  private async answer(batch: WaitingLookup[]): Promise<void> {
    try {
      const hashes = batch.map(({ hash }) => hash);
      const found = await this.database.runAsSystem('verify API keys', () =>
        this.keys.findLive(hashes),
      );
      const byHash = new Map(found.map((key) => [key.hash.toString('hex'), key]));
      for (const { hash, resolve } of batch) resolve(byHash.get(hash.toString('hex')) ?? null);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
