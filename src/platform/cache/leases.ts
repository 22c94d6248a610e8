// Who of several processes builds a missing entry: the one that gets the lease. The others wait a little, then build too.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisClient } from '../redis/index.js';
import { type Address } from './cache-entry.js';
import { leaseKey } from './cache-key.js';
import type { RedisGuard } from './redis-guard.js';

/** Milliseconds after which the lease of a process that died is free. */
const LEASE = 5_000;
const POLL = 25;
/** Milliseconds to wait for somebody else's value: longer than nearly every build, shorter than anybody's patience. */
const PATIENCE = 2_000;

/** Another process may hold it by now, when this one was slow. */
const RELEASE = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`;

export type Release = () => Promise<void>;

export class Leases {
  constructor(
    private readonly client: RedisClient,
    private readonly guard: RedisGuard,
  ) {}

  /** Gives the lease back, once; null when another process has it; a lease of nothing when Redis cannot be asked. */
  async take({ key, stamp }: Address): Promise<Release | null> {
    const [name, token] = [leaseKey(key, stamp), randomUUID()];
    const options = { condition: 'NX', expiration: { type: 'PX', value: LEASE } } as const;
    try {
      const taken = await this.guard.run(() => this.client.set(name, token, options));
      return taken === null ? null : () => this.release(name, token);
    } catch {
      return () => Promise.resolve();
    }
  }

  /** Resolves when nobody has the lease any more, when Redis cannot be asked, or when it took too long. */
  async ended({ key, stamp }: Address): Promise<void> {
    const name = leaseKey(key, stamp);
    const deadline = performance.now() + PATIENCE;
    do await sleep(POLL);
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

  /** It ends by itself when Redis cannot be told. */
  private async release(name: string, token: string): Promise<void> {
    await this.guard
      .run(() => this.client.eval(RELEASE, { keys: [name], arguments: [token] }))
      .catch(() => undefined);
  }
}
