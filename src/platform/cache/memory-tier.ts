// The tier in this process's memory. A hit costs no parsing and no copy.
import type { Keyv } from 'keyv';
import { type EntryId, type CachedValue, compareEntries, type Lookup } from './cache-entry.js';
import type { MemoryEntry, MemoryStore } from './cache-stores.js';

export class MemoryTier {
  constructor(private readonly keyv: Keyv) {}

  async find(wanted: EntryId): Promise<Lookup> {
    const stored = await this.keyv.get<MemoryEntry>(wanted.key, { raw: true });
    if (!stored?.value) return { result: 'miss' };
    const result = compareEntries(stored.value, wanted);
    return result === 'hit'
      ? { result, cached: stored.value.cached, expires: stored.expires }
      : { result };
  }

  async keep({ userId, key, version }: EntryId, cached: CachedValue, ttl: number): Promise<void> {
    await this.keyv.set(key, { userId, key, version, cached } satisfies MemoryEntry, ttl);
  }

  async drop(key: string): Promise<void> {
    await this.keyv.delete(key);
  }

  dropUser(userId: string): void {
    (this.keyv.store as MemoryStore).deleteUser(userId);
  }
}
