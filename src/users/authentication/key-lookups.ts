// Looks up keys that this process does not know, many in one statement: one statement is under way at
// a time, and who comes meanwhile is in the next. So guesses cannot ask the database any faster.
import { AsyncResource } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from '../../platform/database/index.js';
import { ApiKeysRepository, type KeyRow } from '../api-keys/api-keys.repository.js';

/** Keys in one statement. */
const MAX_BATCH = 500;

interface Waiting {
  hash: Buffer;
  resolve: (key: KeyRow | null) => void;
  reject: (error: unknown) => void;
}

@Injectable()
export class KeyLookups {
  private waiting: Waiting[] = [];
  private isRunning = false;
  /** A statement is for many requests: it has the limits of none. */
  private readonly start = AsyncResource.bind(() => void this.run());

  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly database: ScopedDatabase,
  ) {}

  /** The key with this hash, unless it was revoked or has expired. */
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

  private async answer(batch: Waiting[]): Promise<void> {
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
