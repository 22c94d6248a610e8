// Leases in Redis: one process builds a missing entry. The others wait briefly, then build it too.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisClient } from '../redis/index.js';
import { type EntryId } from './cache-entry.js';
import { leaseKey } from './cache-key.js';
import type { RedisGuard } from './redis-guard.js';

/** The lease of a process that died expires after this time. */
const LEASE_MS = 5_000;
const POLL_INTERVAL_MS = 25;
/** The wait for another process's value: longer than nearly every build. */
const MAX_WAIT_MS = 2_000;

/** Deletes the lease only while it is ours: when this process was slow, another one may have it. */
const RELEASE = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`;

export type ReleaseLease = () => Promise<void>;

export class BuildLeases {
  constructor(
    private readonly client: RedisClient,
    private readonly guard: RedisGuard,
  ) {}

  /**
   * @returns a function that releases the lease; null when another process has it. Without Redis it
   * grants a lease that does nothing.
   */
  async take({ key, version }: EntryId): Promise<ReleaseLease | null> {
    const [name, token] = [leaseKey(key, version), randomUUID()];
    const options = { condition: 'NX', expiration: { type: 'PX', value: LEASE_MS } } as const;
    try {
      const taken = await this.guard.run(() => this.client.set(name, token, options));
      return taken === null ? null : () => this.release(name, token);
    } catch {
      return () => Promise.resolve();
    }
  }

  /** Resolves when the lease has ended, Redis does not answer, or the wait took too long. */
  async ended({ key, version }: EntryId): Promise<void> {
    const name = leaseKey(key, version);
    const deadline = performance.now() + MAX_WAIT_MS;
    do await sleep(POLL_INTERVAL_MS);
    while (performance.now() < deadline && (await this.isHeld(name)));
  }

  private async isHeld(name: string): Promise<boolean> {
    return this.guard
      .run(() => this.client.exists(name))
      .then(
        (count) => count > 0,
        () => false,
      );
  }

  /** When Redis does not answer, the lease expires by itself. */
  private async release(name: string, token: string): Promise<void> {
    await this.guard
      .run(() => this.client.eval(RELEASE, { keys: [name], arguments: [token] }))
      .catch(() => undefined);
  }
}
