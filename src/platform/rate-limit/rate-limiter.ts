// Decides at once by this process's count, and shares the count through Redis now and then. No
// request waits for Redis.
import { performance } from 'node:perf_hooks';
import type { ThrottlerOptions } from '@nestjs/throttler';
import { ProcessStorage, type Window } from './process-storage.js';
import type { RedisStorage } from './redis-storage.js';

/** Fixed values of a throttler: `limit` hits in `ttl` milliseconds. */
export type Limit = Required<Pick<ThrottlerOptions, 'name'>> & { limit: number; ttl: number };

/** Keys that each limit remembers. */
const MAX_KEYS = 10_000;
/**
 * The part of a limit that a process counts before it shares its count. Each process may exceed the
 * limit by this part.
 */
const SHARED_AFTER = 1 / 20;

export class RateLimiter {
  private readonly counts = new ProcessStorage(MAX_KEYS);
  private readonly toldAfter: number;

  /** @param shared undefined without Redis */
  constructor(
    readonly limit: Limit,
    private readonly shared: RedisStorage | undefined,
  ) {
    this.toldAfter = Math.max(1, Math.floor(limit.limit * SHARED_AFTER));
  }

  /** True when the counts of all processes are available. */
  get isShared(): boolean {
    return this.shared?.isReady === true;
  }

  hit(key: string, now = performance.now()): Window {
    const window = this.counts.hit(key, this.limit.ttl, now);
    if (window.unsent >= this.toldAfter && !window.isSending && this.isShared)
      void this.tell(this.shared!, key, window);
    return window;
  }

  hitsOf(key: string): number {
    return this.counts.find(key)?.hits ?? 0;
  }

  /** Whole seconds to the end of the key's window, at least 1. */
  secondsLeft(key: string): number {
    return secondsTo(this.counts.find(key)?.endsAt ?? 0);
  }

  private async tell(shared: RedisStorage, key: string, window: Window): Promise<void> {
    const sent = window.unsent;
    window.isSending = true;
    window.unsent = 0;
    try {
      const { hits, left } = await shared.add(this.limit.name, key, sent, this.limit.ttl);
      // The process's own count stays valid when Redis loses its counter.
      window.hits = Math.max(window.hits, hits + window.unsent);
      window.endsAt = Math.min(window.endsAt, performance.now() + left);
    } catch {
      window.unsent += sent;
    } finally {
      window.isSending = false;
    }
  }
}

/** @param moment in milliseconds of `performance.now()`, like `now` */
export const secondsTo = (moment: number, now = performance.now()): number =>
  Math.max(1, Math.ceil((moment - now) / 1_000));
