// Owners whose writes keep off the lanes for a while, because a row of theirs was locked: those behind would have to wait again.
import { LRUCache } from 'lru-cache';

/** Milliseconds of the first detour; each one that follows soon after takes twice as long. */
const FIRST_DETOUR_MS = 1_000;
const LONGEST_DETOUR_MS = 32_000;
/** Owners that are remembered; one that is forgotten is tried on the lane once more. */
const MAX_OWNERS = 10_000;

interface Detour {
  readonly until: number;
  readonly length: number;
}

export class Detours {
  private readonly detours = new LRUCache<string, Detour>({ max: MAX_OWNERS });

  /** Whether the writes of this owner take another way now. */
  has(owner: string): boolean {
    if (this.detours.size === 0) return false;
    const detour = this.detours.get(owner);
    return detour !== undefined && Date.now() < detour.until;
  }

  /** Begins when a write of the owner has met a lock. */
  begin(owner: string): void {
    const now = Date.now();
    const last = this.detours.get(owner);
    const isAgain = last !== undefined && now < last.until + last.length;
    const length = isAgain ? Math.min(2 * last.length, LONGEST_DETOUR_MS) : FIRST_DETOUR_MS;
    this.detours.set(owner, { until: now + length, length });
  }
}
