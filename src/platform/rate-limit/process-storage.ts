// Counts hits in this process: for a bounded number of keys, in windows of fixed length that begin
// at their first hit.
import { performance } from 'node:perf_hooks';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { LRUCache } from 'lru-cache';

/** The result of one call of a throttler storage; times in seconds. */
export type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

export interface Window {
  hits: number;
  /** Hits that Redis does not have yet. */
  unsent: number;
  /** In milliseconds of `performance.now()`, because the wall clock may be set back. */
  endsAt: number;
  isSending: boolean;
}

export class ProcessStorage implements ThrottlerStorage {
  /** Undefined until the first hit, because the cache takes memory for all its keys at once. */
  private windows: LRUCache<string, Window> | undefined;

  /** @param maxKeys keys that are remembered; the least recently hit one is dropped first */
  constructor(private readonly maxKeys: number) {}

  /** The current window of a key; undefined when it has ended. */
  find(key: string, now = performance.now()): Window | undefined {
    const window = this.windows?.get(key);
    return window && window.endsAt > now ? window : undefined;
  }

  /** Counts one hit. @param ttl the window's length in milliseconds */
  hit(key: string, ttl: number, now = performance.now()): Window {
    const known = this.find(key, now);
    const window = known ?? { hits: 0, unsent: 0, endsAt: now + ttl, isSending: false };
    if (!known) {
      this.windows ??= new LRUCache({ max: this.maxKeys });
      this.windows.set(key, window);
    }
    window.hits++;
    window.unsent++;
    return window;
  }

  increment(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    const { hits, endsAt } = this.hit(key, ttl);
    return Promise.resolve(toThrottlerRecord(hits, endsAt - performance.now(), limit));
  }
}

/** @param left milliseconds to the end of the window */
export function toThrottlerRecord(hits: number, left: number, limit: number): ThrottlerRecord {
  const [isBlocked, timeToExpire] = [hits > limit, Math.ceil(left / 1_000)];
  return {
    totalHits: hits,
    timeToExpire,
    isBlocked,
    timeToBlockExpire: isBlocked ? timeToExpire : 0,
  };
}
