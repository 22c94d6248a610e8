// Leases in Redis: one process makes a missing entry. The others wait for it, then make it too.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisClient, RedisGuard } from '../redis/index.js';
import { type EntryId } from './cache-entry.js';
import { leaseKey } from './cache-key.js';

/** How long others leave an entry to the process that makes it. Times in milliseconds. */
export interface LeaseTerms {
  /** The lease of a process that died expires after this time. */
  leaseMs: number;
  /** Whether the holder prolongs its lease until it releases it. */
  isProlonged: boolean;
  pollMs: number;
  /** The wait for another process's value: longer than nearly every making of one. */
  maxWaitMs: number;
}

const BUILD: LeaseTerms = { leaseMs: 5_000, isProlonged: false, pollMs: 25, maxWaitMs: 2_000 };
/** Of what takes as long as a call of a model. */
export const LONG_WORK: LeaseTerms = {
  leaseMs: 10_000,
  isProlonged: true,
  pollMs: 100,
  maxWaitMs: 120_000,
};

/** Concerns the lease only while it is ours: when this process was slow, another one may have it. */
const ifHeld = (command: string) =>
  `if redis.call('get', KEYS[1]) == ARGV[1] then return ${command} end return 0`;
const RELEASE = ifHeld(`redis.call('del', KEYS[1])`);
const PROLONG = ifHeld(`redis.call('pexpire', KEYS[1], ARGV[2])`);

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
  async take({ key, version }: EntryId, terms = BUILD): Promise<ReleaseLease | null> {
    const [name, token] = [leaseKey(key, version), randomUUID()];
    const options = { condition: 'NX', expiration: { type: 'PX', value: terms.leaseMs } } as const;
    try {
      const taken = await this.guard.run(() => this.client.set(name, token, options));
      if (taken === null) return null;
    } catch {
      return () => Promise.resolve();
    }
    const prolong = () => void this.whileHeld(PROLONG, name, [token, String(terms.leaseMs)]);
    const prolonging = terms.isProlonged
      ? setInterval(prolong, terms.leaseMs / 3).unref()
      : undefined;
    return () => {
      clearInterval(prolonging);
      return this.whileHeld(RELEASE, name, [token]);
    };
  }

  /**
   * Resolves when the lease has ended, Redis does not answer, or the wait took too long.
   * @throws the reason of `signal` when it is aborted
   */
  async ended({ key, version }: EntryId, terms = BUILD, signal?: AbortSignal): Promise<void> {
    const name = leaseKey(key, version);
    const deadline = performance.now() + terms.maxWaitMs;
    do await sleep(terms.pollMs, undefined, { signal });
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
  private async whileHeld(script: string, name: string, values: string[]): Promise<void> {
    await this.guard
      .run(() => this.client.eval(script, { keys: [name], arguments: values }))
      .catch(() => undefined);
  }
}
