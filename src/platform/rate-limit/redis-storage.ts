// Counts for all processes together, on our own connection to Redis.
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { RedisConnection } from '../redis/index.js';
import { recordOf, type ThrottlerRecord } from './process-storage.js';

/** Adds and begins the window in one step, so that no counter is left without an end. Answers hits and milliseconds left. */
const ADD = `
local hits = redis.call('incrby', KEYS[1], ARGV[1])
local left = redis.call('pttl', KEYS[1])
if left < 0 then
  redis.call('pexpire', KEYS[1], ARGV[2])
  left = tonumber(ARGV[2])
end
return { hits, left }`;

export class RedisStorage implements ThrottlerStorage {
  constructor(private readonly redis: RedisConnection) {}

  get isReady(): boolean {
    return this.redis.client?.isReady === true;
  }

  /**
   * Counts `hits` at once. No answer is believed that no honest counter gives: fewer hits than were sent, or a window longer than there is.
   * @param ttl milliseconds that a window lasts
   * @returns the hits of all processes, and milliseconds to the end of the window
   * @throws Error when Redis does not answer
   */
  async add(
    name: string,
    key: string,
    hits: number,
    ttl: number,
  ): Promise<{ hits: number; left: number }> {
    const answer = await this.redis.client!.eval(ADD, {
      keys: [`rate:${name}:${key}`],
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
    return recordOf(hits, left, limit);
  }
}
