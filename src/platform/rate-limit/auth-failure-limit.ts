import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { RedisConnection } from '../redis/index.js';
import { SigningKeys } from '../signing/index.js';
import { RateLimiter } from './rate-limiter.js';
import { RedisStorage } from './redis-storage.js';

const WINDOW_MS = 60_000;

/**
 * Limits failed authentications per address. While Redis is away, each process allows half of the
 * limit.
 */
@Injectable()
export class AuthFailureLimit {
  private readonly limiter: RateLimiter;

  constructor({ door }: Config, redis: RedisConnection, keys: SigningKeys) {
    const shared = redis.configured ? new RedisStorage(redis, keys) : undefined;
    this.limiter = new RateLimiter(
      { name: 'auth-failure', limit: door.authFailuresPerMinute, ttl: WINDOW_MS },
      shared,
    );
  }

  /** True when the address has reached the limit. */
  isReached(address: string): boolean {
    const { limit } = this.limiter.limit;
    if (limit === 0) return false;
    return this.limiter.hitsOf(address) >= (this.limiter.isShared ? limit : Math.ceil(limit / 2));
  }

  count(address: string): void {
    if (this.limiter.limit.limit > 0) this.limiter.hit(address);
  }

  /** Seconds until the address may try again. */
  secondsLeft(address: string): number {
    return this.limiter.secondsLeft(address);
  }
}
