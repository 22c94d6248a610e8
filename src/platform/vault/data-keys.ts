// The data key of whoever's scope this is. The row is read each time, so that what was shredded is gone at once, in every process; only
// what unwrapping it gave is remembered, for as long as the row is the same.
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ScopedDatabase } from '../database/index.js';
import { DataKeysRepository } from './data-keys.repository.js';
import { KeyCustody, type WrappedKey } from './key-custody.js';
import { VaultErrors } from './vault.errors.js';

const KEY_BYTES = 32;
/** Unwrapped keys in this process, and milliseconds each stays. */
const REMEMBERED = 1_000;
const TTL = 60_000;
/** Times a key is made that another transaction makes, or takes away, at the same moment. */
const TRIES = 5;

export interface OwnedKey {
  /** A user's id, or `service`. */
  owner: string;
  key: KeyObject;
}

/** What the custody binds a data key to. */
export const contextOf = (owner: string): string => `threadkeep data key of ${owner}`;

@Injectable()
export class DataKeys {
  private readonly unwrapped = new LRUCache<string, { wrapped: Buffer; key: Promise<KeyObject> }>({
    max: REMEMBERED,
    ttl: TTL,
    ttlAutopurge: true,
  });

  constructor(
    private readonly stored: DataKeysRepository,
    private readonly database: ScopedDatabase,
    private readonly custody: KeyCustody,
  ) {}

  /** Null when nothing was ever sealed, or it has been shredded. */
  async find(): Promise<OwnedKey | null> {
    const found = await this.stored.find();
    return found && this.owned(found);
  }

  /** Made when there is none: of two who do so at once, both get the same. */
  async obtain(): Promise<OwnedKey> {
    for (let tried = 0; tried < TRIES; tried++) {
      const stored = (await this.stored.find()) ?? (await this.create());
      if (stored) return this.owned(stored);
    }
    throw new Error('a data key is made and taken away too often');
  }

  async shred(): Promise<boolean> {
    const { owner } = this.stored;
    const shredded = await this.stored.shred();
    // Of no use without the row; this much sooner it is not in the memory either.
    this.unwrapped.delete(owner);
    return shredded;
  }

  private async create(): Promise<WrappedKey | null> {
    await this.database.settle();
    const dataKey = randomBytes(KEY_BYTES);
    try {
      return await this.stored.keep(await this.custody.wrap(dataKey, contextOf(this.stored.owner)));
    } finally {
      dataKey.fill(0);
    }
  }

  private async owned(stored: WrappedKey): Promise<OwnedKey> {
    const { owner } = this.stored;
    const known = this.unwrapped.get(owner);
    if (known?.wrapped.equals(stored.wrapped)) return { owner, key: await known.key };
    const key = this.unwrap(stored, owner);
    const entry = { wrapped: stored.wrapped, key };
    this.unwrapped.set(owner, entry);
    // Another try may succeed, where a custody was away.
    key.catch(() => this.unwrapped.peek(owner) === entry && this.unwrapped.delete(owner));
    return { owner, key: await key };
  }

  private async unwrap(stored: WrappedKey, owner: string): Promise<KeyObject> {
    const dataKey = await this.custody.unwrap(stored, contextOf(owner));
    if (dataKey.length !== KEY_BYTES) throw VaultErrors.unreadable();
    const key = createSecretKey(dataKey);
    dataKey.fill(0);
    return key;
  }
}
