// The data key of the scope's owner. The row is read at each use, so that a shredded key is gone in
// every process at once. Only the unwrapped key is cached, as long as the row stays the same.
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { RequestContexts } from '../context/index.js';
import { ScopedDatabase } from '../database/index.js';
import { DataKeysRepository } from './data-keys.repository.js';
import { KeyCustody, type WrappedKey } from './key-custody.js';
import { VaultErrors } from './vault.errors.js';

const KEY_BYTES = 32;
/** Unwrapped keys that this process caches, and milliseconds that each stays. */
const MAX_CACHED_KEYS = 1_000;
const CACHE_TTL_MS = 60_000;
/** Attempts when another transaction makes or deletes the key at the same moment. */
const MAX_ATTEMPTS = 5;

export interface OwnedKey {
  /** A user's id, or `service`. */
  owner: string;
  key: KeyObject;
}

/** Names the owner to the key custody, which binds the data key to this text. */
export const custodyContext = (owner: string): string => `threadkeep data key of ${owner}`;

@Injectable()
export class DataKeys {
  private readonly unwrapped = new LRUCache<string, { wrapped: Buffer; key: Promise<KeyObject> }>({
    max: MAX_CACHED_KEYS,
    ttl: CACHE_TTL_MS,
    ttlAutopurge: true,
  });

  constructor(
    private readonly stored: DataKeysRepository,
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly custody: KeyCustody,
  ) {}

  /** @returns null when the owner has sealed nothing, or the key was shredded */
  async find(): Promise<OwnedKey | null> {
    const found = await this.stored.find();
    return found && this.owned(found);
  }

  /** Makes the key when there is none. Concurrent callers get the same key. */
  async obtain(): Promise<OwnedKey> {
    for (let tried = 0; tried < MAX_ATTEMPTS; tried++) {
      const stored = (await this.stored.find()) ?? (await this.create());
      if (stored) return this.owned(stored);
    }
    throw new Error('a data key is made and taken away too often');
  }

  async shred(): Promise<boolean> {
    const { owner } = this.contexts;
    const shredded = await this.stored.shred();
    // Useless without the row, but removed from memory at once.
    this.unwrapped.delete(owner);
    return shredded;
  }

  private async create(): Promise<WrappedKey | null> {
    await this.database.settle();
    const dataKey = randomBytes(KEY_BYTES);
    try {
      return await this.stored.keep(
        await this.custody.wrap(dataKey, custodyContext(this.contexts.owner)),
      );
    } finally {
      dataKey.fill(0);
    }
  }

  private async owned(stored: WrappedKey): Promise<OwnedKey> {
    const { owner } = this.contexts;
    const known = this.unwrapped.get(owner);
    if (known?.wrapped.equals(stored.wrapped)) return { owner, key: await known.key };
    const key = this.unwrap(stored, owner);
    const entry = { wrapped: stored.wrapped, key };
    this.unwrapped.set(owner, entry);
    // Not cached, because another attempt may succeed after an outage of the custody.
    key.catch(() => this.unwrapped.peek(owner) === entry && this.unwrapped.delete(owner));
    return { owner, key: await key };
  }

  private async unwrap(stored: WrappedKey, owner: string): Promise<KeyObject> {
    const dataKey = await this.custody.unwrap(stored, custodyContext(owner));
    if (dataKey.length !== KEY_BYTES) throw VaultErrors.unreadable();
    const key = createSecretKey(dataKey);
    dataKey.fill(0);
    return key;
  }
}
