// Remembers the token counts of the parts of messages, so that a running conversation is counted
// once.
import { LRUCache } from 'lru-cache';
import type { PartCounts } from '../plan/counted-part.js';
import type { LogRow } from '../plan/window-message.js';

/** Message ids with the tokens of each part. */
export type CountedMessages = [id: string, tokens: readonly number[]][];

/** How many counts are kept in the process; some 10 MB. */
const MAX_COUNTS = 1_000_000;
/** What an entry takes besides its counts, as so many of them. */
const ENTRY_COUNTS = 20;

export class CachedPartCounts implements PartCounts {
  private readonly cache = new LRUCache<string, readonly number[]>({
    maxSize: MAX_COUNTS,
    sizeCalculation: ({ length }) => length + ENTRY_COUNTS,
  });

  get(id: string): readonly number[] | undefined {
    return this.cache.get(id);
  }

  set(id: string, tokens: readonly number[]): void {
    this.cache.set(id, tokens);
  }

  addAll(counted: CountedMessages): void {
    for (const [id, tokens] of counted) this.set(id, tokens);
  }

  knownOf(rows: LogRow[]): CountedMessages {
    return rows.flatMap(({ id }): CountedMessages => {
      const tokens = this.get(id);
      return tokens ? [[id, tokens]] : [];
    });
  }
}

/** Counts in a worker thread, which tells afterwards what it added. */
export class RecordingCounts implements PartCounts {
  readonly added: CountedMessages = [];
  private readonly counts: Map<string, readonly number[]>;

  constructor(known: CountedMessages) {
    this.counts = new Map(known);
  }

  get(id: string): readonly number[] | undefined {
    return this.counts.get(id);
  }

  set(id: string, tokens: readonly number[]): void {
    this.counts.set(id, tokens);
    this.added.push([id, tokens]);
  }
}
