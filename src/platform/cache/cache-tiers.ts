// The two caches an entry may be in: this process's memory and, where it is configured, Redis.
import type { Cache } from 'cache-manager';
import type { RedisClient } from '../redis/index.js';
import type { Signer } from './cache-codec.js';
import { MemoryTier } from './memory-tier.js';
import type { RedisGuard } from './redis-guard.js';
import { SharedTier } from './shared-tier.js';

export class CacheTiers {
  private readonly underWay = new Set<Promise<void>>();

  readonly memory: MemoryTier;
  readonly shared: SharedTier | undefined;

  /** Tiers of one `Cache`, in its order. What is fresh is ours to judge, so they are asked one by one. */
  constructor(
    { stores: [memory, shared] }: Pick<Cache, 'stores'>,
    signer: Signer,
    client?: RedisClient,
    guard?: RedisGuard,
  ) {
    this.memory = new MemoryTier(memory!);
    if (shared && client) this.shared = new SharedTier(shared, client, signer, guard);
  }

  /** Work on Redis that nobody waits for. `work` must not reject. */
  inBackground(work: (shared: SharedTier) => Promise<void>): void {
    if (!this.shared) return;
    const task = work(this.shared).finally(() => this.underWay.delete(task));
    this.underWay.add(task);
  }

  /** Resolves when what is in the background now is done. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }

  async drop(key: string): Promise<void> {
    await this.memory.drop(key);
    await this.shared?.drop(key);
  }

  /** What is being written must not come after what is being removed. */
  async dropUser(userId: string): Promise<void> {
    this.memory.dropUser(userId);
    await this.settled();
    await this.shared?.dropUser(userId);
  }
}
