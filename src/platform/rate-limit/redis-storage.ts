// Counts hits of all processes in Redis, on our own connection. Names and addresses are in its keys only
// as an HMAC, because a plain digest of them can be guessed.
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { RedisConnection } from '../redis/index.js';
import type { SigningKeys } from '../signing/index.js';
import { toThrottlerRecord, type ThrottlerRecord } from './process-storage.js';

/**
 * Adds hits and begins the window in one step, so that every counter expires. Returns hits, and
 * milliseconds left.
 */
const ADD = `
local hits = redis.call('incrby', KEYS[1], ARGV[1])
local left = redis.call('pttl', KEYS[1])
if left < 0 then
  redis.call('pexpire', KEYS[1], ARGV[2])
  left = tonumber(ARGV[2])
end
return { hits, left }`;

export class RedisStorage implements ThrottlerStorage {
  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: SigningKeys,
  ) {}

  get isReady(): boolean {
    return this.redis.client?.isReady === true;
  }

  /**
   * Adds `hits`. Refuses an implausible answer: fewer hits than were sent, or a window that is too
   * long.
   * @param ttl the window's length in milliseconds
   * @returns the hits of all processes, and milliseconds to the end of the window
   * @throws Error when Redis does not answer
   */
  async add(
    name: string,
    key: string,
    hits: number,
    ttl: number,
  ): Promise<{ hits: number; left: number }> {
    const digest = this.keys.hmac('rate').update(`${name} ${key}`).digest('base64url');
    const answer = await this.redis.client!.eval(ADD, {
      keys: [`rate:${name}:${digest}`],
      arguments: [String(hits), String(ttl)],
    });
    const [all, left] = answer as [number, number];
    return { hits: Math.max(all, hits), left: Math.min(left, ttl) };
  }

  async increment(
    key: string,
    ttl: number,
    limit: number,
    _blockDuration: number,
    throttlerName: string,
  ): Promise<ThrottlerRecord> {
    const { hits, left } = await this.add(throttlerName, key, 1, ttl);
    return toThrottlerRecord(hits, left, limit);
  }
}
