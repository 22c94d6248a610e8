// The stores of cache-manager: an LRU in this process and, with Redis, cache-manager-redis-yet on
// our own client.
import { KeyvAdapter } from 'cache-manager';
import { Keyv } from 'keyv';
import { LRUCache } from 'lru-cache';
import type { RedisClient } from '../redis/index.js';
import type { EntryId, CachedValue } from './cache-entry.js';

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_ENTRIES = 20_000;
/** Bytes of the objects around a value. */
const OVERHEAD_BYTES = 500;

export type MemoryEntry = EntryId & { readonly cached: CachedValue };

/** An entry as Keyv stores it without serialisation. */
interface Stored {
  readonly value: MemoryEntry;
  readonly expires?: number;
}

/** A user may fill this part of the store, and is then left with the newer half of it. */
const USER_SHARE = 0.25;

/** An LRU bounded by bytes and by number of entries, for all and for each user. */
export class MemoryStore {
  private readonly lru: LRUCache<string, Stored>;
  /** Bytes of users who have entries. */
  private readonly bytes = new Map<string, number>();
  private readonly userBytes: number;

  constructor(maxBytes = MAX_BYTES) {
    this.userBytes = maxBytes * USER_SHARE;
    this.lru = new LRUCache<string, Stored>({
      max: MAX_ENTRIES,
      maxSize: maxBytes,
      maxEntrySize: this.userBytes,
      sizeCalculation: sizeOf,
      onInsert: (stored, key) => this.count(stored, sizeOf(stored, key)),
      dispose: (stored, key) => this.count(stored, -sizeOf(stored, key)),
    });
  }

  get = (key: string): Stored | undefined => this.lru.get(key);
  set = (key: string, stored: Stored): void => {
    this.lru.set(key, stored);
    if (this.bytesOf(stored.value.userId) > this.userBytes)
      this.shrink(stored.value.userId, this.userBytes / 2);
  };
  delete = (key: string): boolean => this.lru.delete(key);
  clear = (): void => this.lru.clear();

  deleteUser(userId: string): void {
    for (const [key, { value }] of this.lru.entries())
      if (value.userId === userId) this.lru.delete(key);
  }

  private bytesOf = (userId: string): number => this.bytes.get(userId) ?? 0;

  private count({ value: { userId } }: Stored, bytes: number): void {
    const total = this.bytesOf(userId) + bytes;
    if (total > 0) this.bytes.set(userId, total);
    else this.bytes.delete(userId);
  }

  /** Drops the least recently used of a user's entries. */
  private shrink(userId: string, bytes: number): void {
    for (const key of [...this.lru.rkeys()]) {
      if (this.bytesOf(userId) <= bytes) return;
      if (this.lru.peek(key)?.value.userId === userId) this.lru.delete(key);
    }
  }
}

const sizeOf = ({ value }: Stored, key: string): number =>
  value.cached.size + key.length * 2 + OVERHEAD_BYTES;

/** The process's own store; with Redis, a second one. */
export async function cacheStores(client?: RedisClient): Promise<Keyv[]> {
  const memory = asIs(new MemoryStore());
  return client ? [memory, asIs(await redisStore(client))] : [memory];
}

/**
 * Switches off Keyv's namespace and serialisation: keys have a namespace already, and a second JSON
 * would cost twice.
 */
function asIs(store: MemoryStore | KeyvAdapter): Keyv {
  // Without this, the circuit breaker would not learn that Redis fails.
  const keyv = new Keyv({ store, namespace: '', throwOnErrors: true });
  keyv.serialize = undefined;
  keyv.deserialize = undefined;
  return keyv;
}

/**
 * Loads the package only with Redis, because it brings an older client of 17 MB, which takes half a
 * second. It gets our client, of a later version than its types know; it uses `get`, `set` and
 * `del`, which are the same.
 */
async function redisStore(client: RedisClient): Promise<KeyvAdapter> {
  const { redisInsStore } = await import('cache-manager-redis-yet');
  const store = redisInsStore(client as unknown as Parameters<typeof redisInsStore>[0]);
  return new KeyvAdapter(store);
}
