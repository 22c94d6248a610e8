// The tier in Redis, which all processes share. When Redis fails, a lookup is a miss.
import type { Keyv } from 'keyv';
import { isErrorReply, type RedisClient, RedisGuard } from '../redis/index.js';
import { decode, encode, type Encoded, type Signer } from './cache-codec.js';
import type { EntryId, CachedValue, Lookup } from './cache-entry.js';
import { userPattern } from './cache-key.js';
import { BuildLeases } from './leases.js';

/** Keys that one step of a scan examines, in some 0.1 ms of Redis's time. */
const SCAN_STEP_KEYS = 1_000;

export class SharedTier {
  readonly leases: BuildLeases;

  /**
   * Uses the store itself: cache-manager's `get` hides errors of Redis, so the circuit breaker
   * would not see them.
   */
  constructor(
    private readonly keyv: Keyv,
    private readonly client: RedisClient,
    private readonly signer: Signer,
    private readonly guard = new RedisGuard('the cache goes on in this process alone'),
  ) {
    this.leases = new BuildLeases(client, guard);
  }

  async find(wanted: EntryId): Promise<Lookup> {
    try {
      const stored = await this.guard.run(() => this.keyv.get<string>(wanted.key, { raw: true }));
      if (stored === undefined) return { result: 'miss' };
      const encoded = decode(stored.value, wanted, this.signer);
      return encoded ? await opened(encoded, wanted) : { result: 'unverified' };
    } catch (error) {
      return { result: isBadValue(error) ? 'error' : 'unreachable' };
    }
  }

  /** Rejects when Redis did not store the entry. */
  async keep(address: EntryId, cached: CachedValue, ttl: number): Promise<void> {
    const text = await encode(address, cached, Date.now() + ttl, this.signer);
    await this.guard.run(() => this.keyv.set(address.key, text, ttl));
  }

  async drop(key: string): Promise<void> {
    await this.guard.run(() => this.keyv.delete(key));
  }

  /** Scans in small steps, between which Redis serves others. Rejects when a step failed. */
  async dropUser(userId: string): Promise<void> {
    const options = { MATCH: userPattern(userId), COUNT: SCAN_STEP_KEYS };
    let cursor = '0';
    do {
      const step = await this.guard.run(() => this.client.scan(cursor, options));
      if (step.keys.length > 0) await this.guard.run(() => this.client.unlink(step.keys));
      cursor = step.cursor;
    } while (cursor !== '0');
  }
}

/** True when the stored value is at fault, not Redis. The value can be overwritten. */
const isBadValue = (error: unknown): boolean =>
  error instanceof SyntaxError || (isErrorReply(error) && error.message.startsWith('WRONGTYPE'));

async function opened(encoded: Encoded, wanted: EntryId): Promise<Lookup> {
  if (encoded.version !== wanted.version) return { result: 'stale' };
  if (encoded.expires <= Date.now()) return { result: 'miss' };
  return encoded.open().then(
    (cached) =>
      cached ? { result: 'hit', cached, expires: encoded.expires } : { result: 'unverified' },
    () => ({ result: 'error' }),
  );
}
