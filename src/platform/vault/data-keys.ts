// The data key of the scope's owner. The row is read at each use, so that a shredded key is gone in
// every process at once. Only the unwrapped key is cached, as long as the row stays the same.
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { RequestContexts } from '../context/index.js';
import { ScopedDatabase } from '../database/index.js';
import { DataKeysRepository } from './data-keys.repository.js';
import { KeyCustody, type WrappedKey } from './key-custody.js';
import { AppError, fromDatabaseError } from '../errors/index.js';
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
  /** The key as its row had it. */
  wrapped: Buffer;
}

/** A data key that is not stored yet. */
export interface NewKey extends OwnedKey {
  /** The id of the key that wraps it. */
  keyId: string;
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
    return found && this.owned(found, this.contexts.owner);
  }

  /**
   * Finds the keys of users by one statement: in the system's scope of any, in a user's scope the own
   * one.
   * @param unless passes over a key that it returns null for, and throws other errors
   * @returns nothing for a user without a key, or with one that can never be unwrapped
   * @throws AppError `vault.key_missing`
   */
  async ofUsers(userIds: string[], unless = unlessDead): Promise<Map<string, OwnedKey>> {
    const own = this.contexts.scope().kind === 'user' ? this.contexts.owner : null;
    const rows =
      own === null
        ? await this.stored.findAll(userIds)
        : [await this.stored.find()].flatMap((key) => (key ? [{ ...key, owner: own }] : []));
    const keys = await Promise.all(rows.map((row) => this.owned(row, row.owner).catch(unless)));
    return new Map(keys.flatMap((key) => (key ? [[key.owner, key] as const] : [])));
  }

  /** Finds or makes the key of a user: in the system's scope of any, in a user's scope the own one. */
  async obtainOf(userId: string): Promise<OwnedKey> {
    if (this.contexts.owner === userId) return this.obtain();
    for (let tried = 0; tried < MAX_ATTEMPTS; tried++) {
      const [stored] = await this.stored.findAll([userId]);
      if (stored) return this.owned(stored, userId);
      const made = await this.make(userId);
      if (await this.stored.keepFor(userId, made)) return made;
    }
    throw new Error('a data key is made and taken away too often');
  }

  /** As the system: stores a key that `make` made. @returns false when the user has one already */
  keepFor(userId: string, wrapped: WrappedKey): Promise<boolean> {
    return this.stored.keepFor(userId, wrapped);
  }

  /** Makes the key when there is none. Concurrent callers get the same key. */
  async obtain(): Promise<OwnedKey> {
    for (let tried = 0; tried < MAX_ATTEMPTS; tried++) {
      const stored = (await this.stored.find()) ?? (await this.create());
      if (stored) return this.owned(stored, this.contexts.owner);
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

  /** Makes a key for an owner who has none. Whoever calls it stores it. */
  async make(owner: string): Promise<NewKey> {
    const dataKey = randomBytes(KEY_BYTES);
    try {
      const wrapped = await this.custody.wrap(dataKey, custodyContext(owner));
      return { owner, key: createSecretKey(dataKey), ...wrapped };
    } finally {
      dataKey.fill(0);
    }
  }

  private async create(): Promise<WrappedKey | null> {
    await this.database.settle();
    return this.stored.keep(await this.make(this.contexts.owner));
  }

  private async owned(stored: WrappedKey, owner: string): Promise<OwnedKey> {
    const { wrapped } = stored;
    const known = this.unwrapped.get(owner);
    if (known?.wrapped.equals(wrapped)) return { owner, key: await known.key, wrapped };
    const key = this.unwrap(stored, owner);
    const entry = { wrapped, key };
    this.unwrapped.set(owner, entry);
    // Not cached, because another attempt may succeed after an outage of the custody.
    key.catch(() => this.unwrapped.peek(owner) === entry && this.unwrapped.delete(owner));
    return { owner, key: await key, wrapped };
  }

  private async unwrap(stored: WrappedKey, owner: string): Promise<KeyObject> {
    const dataKey = await this.custody.unwrap(stored, custodyContext(owner));
    if (dataKey.length !== KEY_BYTES) throw VaultErrors.unreadable();
    const key = createSecretKey(dataKey);
    dataKey.fill(0);
    return key;
  }
}

/** @returns null for a key that can never be unwrapped; other failures may pass */
function unlessDead(error: unknown): null {
  if (error instanceof AppError && error.code === VaultErrors.unreadable.code) return null;
  throw error;
}

/** @returns null for a key that this process cannot unwrap, or whose user was removed meanwhile */
export function unlessLost(error: unknown): null {
  if (fromDatabaseError(error)?.code === VaultErrors.ownerNotFound.code) return null;
  if (error instanceof AppError && error.code === VaultErrors.keyMissing.code) return null;
  return unlessDead(error);
}
