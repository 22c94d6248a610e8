// LRU cache whose entries can be dropped by slot and number of their identity counter.
import { LRUCache } from 'lru-cache';
import type { Epoch } from '../../platform/context/index.js';

/**
 * How long the cache reuses the time it has read. The default of 1 ms sets a timer for each read.
 */
const TTL_RESOLUTION_MS = 100;

export class SlotCache<T extends object> {
  private readonly entries: LRUCache<string, { value: T; epoch: Epoch }>;
  private readonly bySlot = new Map<number, Set<string>>();

  constructor(max: number) {
    this.entries = new LRUCache({
      max,
      ttlResolution: TTL_RESOLUTION_MS,
      dispose: ({ epoch }, key, reason) => void (reason === 'set' || this.unlist(epoch.slot, key)),
    });
  }

  get(key: string): T | undefined {
    return this.entries.get(key)?.value;
  }

  /** @param ttl in milliseconds */
  set(key: string, value: T, epoch: Epoch, ttl: number): void {
    const before = this.entries.peek(key);
    if (before && before.epoch.slot !== epoch.slot) this.entries.delete(key);
    // Keep a newer entry that a concurrent lookup stored.
    if (before && before.epoch.slot === epoch.slot && before.epoch.number > epoch.number) return;
    this.entries.set(key, { value, epoch }, { ttl });
    const keys = this.bySlot.get(epoch.slot) ?? new Set<string>();
    this.bySlot.set(epoch.slot, keys.add(key));
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  /** Drops entries of the slot that were stored before its counter was at `number`. */
  forgetBefore({ slot, number }: Epoch): void {
    for (const key of [...(this.bySlot.get(slot) ?? [])]) {
      if ((this.entries.peek(key)?.epoch.number ?? 0) < number) this.entries.delete(key);
    }
  }

  clear(): void {
    this.entries.clear();
    this.bySlot.clear();
  }

  private unlist(slot: number, key: string): void {
    const keys = this.bySlot.get(slot);
    if (keys?.delete(key) && keys.size === 0) this.bySlot.delete(slot);
  }
}
