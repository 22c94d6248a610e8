// Decides at once from what this process has counted, and tells Redis now and then: no request waits for it.
import { performance } from 'node:perf_hooks';
import type { ThrottlerOptions } from '@nestjs/throttler';
import { ProcessStorage, type Window } from './process-storage.js';
import type { RedisStorage } from './redis-storage.js';

/** A throttler of fixed values: `limit` hits in `ttl` milliseconds. */
export type Limit = Required<Pick<ThrottlerOptions, 'name'>> & { limit: number; ttl: number };

/** Keys that are remembered by each limit. */
const MAX_KEYS = 10_000;
/** Part of a limit that a process may count before it tells the others: by that much for each process a limit may be exceeded. */
const TOLD_AFTER = 1 / 20;

export class RateLimiter {
  private readonly counts = new ProcessStorage(MAX_KEYS);
  private readonly toldAfter: number;

  /** @param shared undefined without Redis */
  constructor(
    readonly limit: Limit,
    private readonly shared: RedisStorage | undefined,
  ) {
    this.toldAfter = Math.max(1, Math.floor(limit.limit * TOLD_AFTER));
  }

  /** Whether the counts of all processes are to be had now. */
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
      // What this process has counted holds, whatever becomes of the counter in Redis.
      window.hits = Math.max(window.hits, hits + window.unsent);
      window.endsAt = Math.min(window.endsAt, performance.now() + left);
    } catch {
      window.unsent += sent;
    } finally {
      window.isSending = false;
    }
  }
}

/** @param moment of `performance.now()`, as is `now` */
export const secondsTo = (moment: number, now = performance.now()): number =>
  Math.max(1, Math.ceil((moment - now) / 1_000));
