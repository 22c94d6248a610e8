// An LRU cache of memories in the JSON that the API returns. While nothing of a user's memories was
// written, a search that finds them again only reads the counters.
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';
import {
  type FoundMemories,
  FoundMemoriesRepository,
  type FoundMemoryRow,
} from './found-memories.repository.js';
import type { MemoryCounters } from './memory-head.js';

/** The share of `MEMORY_INDEX_MB` that the rows may take. */
export const SHOWN_SHARE = 1 / 8;
/** Bytes of an entry besides its JSON. */
const ENTRY_OVERHEAD_BYTES = 500;

interface Entry {
  /** The counters that the row was read with. */
  head: MemoryCounters;
  row: FoundMemoryRow;
}

@Injectable()
export class ShownMemories {
  private readonly cache: LRUCache<string, Entry>;

  constructor(
    config: Config,
    private readonly memories: FoundMemoriesRepository,
    private readonly contexts: RequestContexts,
  ) {
    this.cache = new LRUCache<string, Entry>({
      maxSize: config.memoryIndexBytes * SHOWN_SHARE,
      sizeCalculation: ({ row }) => Buffer.byteLength(row.json!) + ENTRY_OVERHEAD_BYTES,
    });
  }

  /**
   * Reads the memories among `ids` that the caller may see, as `FoundMemoriesRepository.find` does
   * without a filter.
   */
  async read(ids: string[], maxBytes: number): Promise<FoundMemories | null> {
    // Keys begin with the user's id, so that a row is never found under another user.
    const { userId } = this.contexts.userScope();
    const keyOf = (id: string): string => `${userId} ${id}`;
    const known = ids.flatMap((id) => this.cache.get(keyOf(id)) ?? []);
    if (known.length === ids.length) {
      const head = await this.memories.head();
      if (!head || known.every((entry) => isSame(entry.head, head)))
        return head && { head, memories: known.map(({ row }) => row) };
    }
    const found = await this.memories.find(ids, null, null, maxBytes);
    for (const row of found?.memories ?? [])
      if (row.isLasting && row.json !== null)
        this.cache.set(keyOf(row.id), { head: found!.head, row });
    return found;
  }
}

/** Every write changes the revision, and every removal without a trace the count of purges. */
const isSame = (a: MemoryCounters, b: MemoryCounters): boolean =>
  a.revision === b.revision && a.purged === b.purged;
