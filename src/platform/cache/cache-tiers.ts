// The two tiers of the cache: this process's memory and, where it is configured, Redis.
import type { Cache } from 'cache-manager';
import type { RedisClient, RedisGuard } from '../redis/index.js';
import type { Signer } from './cache-codec.js';
import { MemoryTier } from './memory-tier.js';
import { SharedTier } from './shared-tier.js';

export class CacheTiers {
  private readonly inFlight = new Set<Promise<void>>();

  readonly memory: MemoryTier;
  readonly shared: SharedTier | undefined;

  /**
   * Takes the stores of one `Cache`, in its order. They are asked one by one, because freshness
   * depends on the version.
   */
  constructor(
    { stores: [memory, shared] }: Pick<Cache, 'stores'>,
    signer: Signer,
    client?: RedisClient,
    guard?: RedisGuard,
  ) {
    this.memory = new MemoryTier(memory!);
    if (shared && client) this.shared = new SharedTier(shared, client, signer, guard);
  }

  /** Starts work on Redis without waiting for it. `work` must not reject. */
  inBackground(work: (shared: SharedTier) => Promise<void>): void {
    if (!this.shared) return;
    const task = work(this.shared).finally(() => this.inFlight.delete(task));
    this.inFlight.add(task);
  }

  /** Resolves when the current background work is done. */
  async settled(): Promise<void> {
    await Promise.all(this.inFlight);
  }

  async drop(key: string): Promise<void> {
    await this.memory.drop(key);
    await this.shared?.drop(key);
  }

  /** Waits for background writes first, so that none follows the removal. */
  async dropUser(userId: string): Promise<void> {
    this.memory.dropUser(userId);
    await this.settled();
    await this.shared?.dropUser(userId);
  }
}
