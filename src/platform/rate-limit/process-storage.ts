// Counts in this process: a bounded number of keys, in windows of fixed length that begin with their first hit.
import { performance } from 'node:perf_hooks';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { LRUCache } from 'lru-cache';

/** What one call of a throttler storage answers; times are in seconds. */
export type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

export interface Window {
  hits: number;
  /** Hits that other processes have not heard of. */
  unsent: number;
  /** Milliseconds of `performance.now()`: the clock on the wall may be set back. */
  endsAt: number;
  isSending: boolean;
}

export class ProcessStorage implements ThrottlerStorage {
  private readonly windows: LRUCache<string, Window>;

  /** @param maxKeys keys that are remembered; the one that was hit longest ago is forgotten first */
  constructor(maxKeys: number) {
    this.windows = new LRUCache({ max: maxKeys });
  }

  /** The window of a key that has not ended, or undefined. */
  find(key: string, now = performance.now()): Window | undefined {
    const window = this.windows.get(key);
    return window && window.endsAt > now ? window : undefined;
  }

  /** Counts one hit. @param ttl milliseconds that a window lasts */
  hit(key: string, ttl: number, now = performance.now()): Window {
    const known = this.find(key, now);
    const window = known ?? { hits: 0, unsent: 0, endsAt: now + ttl, isSending: false };
    if (!known) this.windows.set(key, window);
    window.hits++;
    window.unsent++;
    return window;
  }

  increment(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    const { hits, endsAt } = this.hit(key, ttl);
    return Promise.resolve(recordOf(hits, endsAt - performance.now(), limit));
  }
}

/** @param left milliseconds to the end of the window */
export function recordOf(hits: number, left: number, limit: number): ThrottlerRecord {
  const [isBlocked, timeToExpire] = [hits > limit, Math.ceil(left / 1_000)];
  return {
    totalHits: hits,
    timeToExpire,
    isBlocked,
    timeToBlockExpire: isBlocked ? timeToExpire : 0,
  };
}
