// The stores that cache-manager is given: an LRU in this process and, with Redis, cache-manager-redis-yet on our own client.
import { KeyvAdapter } from 'cache-manager';
import { Keyv } from 'keyv';
import { LRUCache } from 'lru-cache';
import type { RedisClient } from '../redis/index.js';
import type { Address, Held } from './cache-entry.js';

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_ENTRIES = 20_000;
/** Bytes of the objects around a value. */
const OVERHEAD = 500;

export type MemoryEntry = Address & { readonly held: Held };

/** What Keyv stores when it does not serialise. */
interface Stored {
  readonly value: MemoryEntry;
  readonly expires?: number;
}

/** Bounded by bytes and by number. */
export class MemoryStore {
  private readonly lru: LRUCache<string, Stored>;

  constructor(maxBytes = MAX_BYTES) {
    this.lru = new LRUCache<string, Stored>({
      max: MAX_ENTRIES,
      maxSize: maxBytes,
      maxEntrySize: maxBytes / 4,
      sizeCalculation: sizeOf,
    });
  }

  get = (key: string): Stored | undefined => this.lru.get(key);
  set = (key: string, stored: Stored): void => void this.lru.set(key, stored);
  delete = (key: string): boolean => this.lru.delete(key);
  clear = (): void => this.lru.clear();

  deleteUser(userId: string): void {
    for (const [key, { value }] of this.lru.entries())
      if (value.userId === userId) this.lru.delete(key);
  }
}

const sizeOf = ({ value }: Stored, key: string): number =>
  value.held.size + key.length * 2 + OVERHEAD;

/** This process's first; the second only with Redis. */
export async function cacheStores(client?: RedisClient): Promise<Keyv[]> {
  const memory = asIs(new MemoryStore());
  return client ? [memory, asIs(await redisStore(client))] : [memory];
}

/** Values go in and come out as they are: keys have a namespace of their own, and a second JSON around the store's would cost twice. */
function asIs(store: MemoryStore | KeyvAdapter): Keyv {
  // It throws, or the breaker would not learn that Redis fails.
  const keyv = new Keyv({ store, namespace: '', throwOnErrors: true });
  keyv.serialize = undefined;
  keyv.deserialize = undefined;
  return keyv;
}

/**
 * Loaded only with Redis: it brings an older client, which takes 17 MB and half a second. It is given ours, of a later version
 * than its types know, and of which it uses `get`, `set` and `del`, which are the same.
 */
async function redisStore(client: RedisClient): Promise<KeyvAdapter> {
  const { redisInsStore } = await import('cache-manager-redis-yet');
  const store = redisInsStore(client as unknown as Parameters<typeof redisInsStore>[0]);
  return new KeyvAdapter(store);
}
