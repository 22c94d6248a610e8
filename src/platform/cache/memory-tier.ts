// The cache of this process: a hit costs no parsing and no copy.
import type { Keyv } from 'keyv';
import { type Address, type Held, judge, type Lookup } from './cache-entry.js';
import type { MemoryEntry, MemoryStore } from './cache-stores.js';

export class MemoryTier {
  constructor(private readonly keyv: Keyv) {}

  async find(wanted: Address): Promise<Lookup> {
    const stored = await this.keyv.get<MemoryEntry>(wanted.key, { raw: true });
    if (!stored?.value) return { result: 'miss' };
    const result = judge(stored.value, wanted);
    return result === 'hit'
      ? { result, held: stored.value.held, expires: stored.expires }
      : { result };
  }

  async keep({ userId, key, stamp }: Address, held: Held, ttl: number): Promise<void> {
    await this.keyv.set(key, { userId, key, stamp, held } satisfies MemoryEntry, ttl);
  }

  async drop(key: string): Promise<void> {
    await this.keyv.delete(key);
  }

  dropUser(userId: string): void {
    (this.keyv.store as MemoryStore).deleteUser(userId);
  }
}
