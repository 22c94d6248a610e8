// The cache that all processes share, in Redis. Whatever is wrong with Redis, a lookup is a miss.
import type { Keyv } from 'keyv';
import { ErrorReply } from 'redis';
import type { RedisClient } from '../redis/index.js';
import { decode, encode, type Encoded, type Signer } from './cache-codec.js';
import type { Address, Held, Lookup } from './cache-entry.js';
import { userPattern } from './cache-key.js';
import { Leases } from './leases.js';
import { RedisGuard } from './redis-guard.js';

/** Keys looked at by one step of a scan: some 0.1 ms of Redis's time. */
const SCAN_STEP = 1_000;

export class SharedTier {
  readonly leases: Leases;

  /** Asks the store itself: cache-manager's `get` takes a Redis that fails for a miss, and the breaker would not hear of it. */
  constructor(
    private readonly keyv: Keyv,
    private readonly client: RedisClient,
    private readonly signer: Signer,
    private readonly guard = new RedisGuard(),
  ) {
    this.leases = new Leases(client, guard);
  }

  async find(wanted: Address): Promise<Lookup> {
    try {
      const stored = await this.guard.run(() => this.keyv.get<string>(wanted.key, { raw: true }));
      if (stored === undefined) return { result: 'miss' };
      const encoded = decode(stored.value, wanted, this.signer);
      return encoded ? await opened(encoded, wanted) : { result: 'unverified' };
    } catch (error) {
      return { result: isBadValue(error) ? 'error' : 'unreachable' };
    }
  }

  /** Rejects when Redis did not take it. */
  async keep(address: Address, held: Held, ttl: number): Promise<void> {
    const text = await encode(address, held, Date.now() + ttl, this.signer);
    await this.guard.run(() => this.keyv.set(address.key, text, ttl));
  }

  async drop(key: string): Promise<void> {
    await this.guard.run(() => this.keyv.delete(key));
  }

  /** Rejects when Redis could not be asked to the end. Goes in small steps, between which Redis serves others. */
  async dropUser(userId: string): Promise<void> {
    const options = { MATCH: userPattern(userId), COUNT: SCAN_STEP };
    let cursor = '0';
    do {
      const step = await this.guard.run(() => this.client.scan(cursor, options));
      if (step.keys.length > 0) await this.guard.run(() => this.client.unlink(step.keys));
      cursor = step.cursor;
    } while (cursor !== '0');
  }
}

/** What lies there, rather than Redis, is at fault: it can be written over. */
const isBadValue = (error: unknown): boolean =>
  error instanceof SyntaxError ||
  (error instanceof ErrorReply && error.message.startsWith('WRONGTYPE'));

async function opened(encoded: Encoded, wanted: Address): Promise<Lookup> {
  if (encoded.stamp !== wanted.stamp) return { result: 'stale' };
  if (encoded.expires <= Date.now()) return { result: 'miss' };
  return encoded.open().then(
    (held) => (held ? { result: 'hit', held, expires: encoded.expires } : { result: 'unverified' }),
    () => ({ result: 'error' }),
  );
}
