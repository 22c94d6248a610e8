// Keeps an owner's writes out of group commit for a while after they met a locked row, because the
// group would wait for the lock again.
import { LRUCache } from 'lru-cache';

/** The first back-off. Each one that follows soon after takes twice as long. */
const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 32_000;
/** Owners that are remembered. A forgotten one joins a group again. */
const MAX_OWNERS = 10_000;

interface Backoff {
  readonly until: number;
  readonly length: number;
}

export class LockBackoff {
  /** Undefined until the first one, because the cache takes memory for all owners at once. */
  private backoffs: LRUCache<string, Backoff> | undefined;

  isActive(owner: string): boolean {
    const backoff = this.backoffs?.get(owner);
    return backoff !== undefined && Date.now() < backoff.until;
  }

  start(owner: string): void {
    this.backoffs ??= new LRUCache({ max: MAX_OWNERS });
    const now = Date.now();
    const last = this.backoffs.get(owner);
    const isAgain = last !== undefined && now < last.until + last.length;
    const length = isAgain ? Math.min(2 * last.length, MAX_BACKOFF_MS) : FIRST_BACKOFF_MS;
    this.backoffs.set(owner, { until: now + length, length });
  }
}
