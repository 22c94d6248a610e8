import { performance } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { RedisConnection } from '../redis/index.js';
import { SigningKeys } from '../signing/index.js';
import { RateLimiter, secondsTo } from './rate-limiter.js';
import { RedisStorage } from './redis-storage.js';

/** The window of the limit, and so the length of a burst. */
const WINDOW_SECONDS = 10;

export interface Verdict {
  isExceeded: boolean;
  /** Requests left in the window. */
  remaining: number;
  /** Seconds to the end of the window. */
  secondsLeft: number;
}

/**
 * Limits the requests of a valid credential. While a configured Redis is away, nothing is limited:
 * our outage must not refuse requests.
 */
@Injectable()
export class CredentialLimit {
  readonly name = 'credential';
  readonly perSecond: number;
  /** For the header `RateLimit-Policy`. */
  readonly policy: string;
  private readonly limiter: RateLimiter;
  private readonly failsOpen: boolean;

  constructor({ door }: Config, redis: RedisConnection, keys: SigningKeys) {
    const limit = door.requestsPerSecond * WINDOW_SECONDS;
    this.perSecond = door.requestsPerSecond;
    this.policy = `"${this.name}";q=${limit};w=${WINDOW_SECONDS}`;
    this.failsOpen = redis.configured;
    this.limiter = new RateLimiter(
      { name: this.name, limit, ttl: WINDOW_SECONDS * 1_000 },
      redis.configured ? new RedisStorage(redis, keys) : undefined,
    );
  }

  get isOn(): boolean {
    return this.perSecond > 0;
  }

  /** Counts a request. Does not wait. */
  hit(key: string): Verdict {
    const now = performance.now();
    const { hits, endsAt } = this.limiter.hit(key, now);
    const over = hits > this.limiter.limit.limit;
    const isExceeded = over && (!this.failsOpen || this.limiter.isShared);
    return {
      isExceeded,
      remaining: over ? 0 : this.limiter.limit.limit - hits,
      secondsLeft: secondsTo(endsAt, now),
    };
  }
}
