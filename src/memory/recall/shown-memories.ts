// Keeps the memories that searches have shown, in the JSON that the API returns. While nothing that
// is shown of a user's memories was written, a search that finds them again reads only the counters.
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';
import {
  type FoundMemories,
  FoundMemoriesRepository,
  type FoundMemoryRow,
} from './found-memories.repository.js';
import { isSameState, type MemoryCounters } from './memory-head.js';

/** All rows together may take this share of `MEMORY_INDEX_MB`, besides the indexes. */
export const SHOWN_SHARE = 1 / 8;
/** One user's rows may take this share of all. */
const MAX_USER_SHARE = 1 / 4;
/** Rows are dropped after this time, so that a process keeps no removed content for longer. */
const MAX_AGE_MS = 10 * 60_000;

/** JavaScript keeps two bytes for each character of a text that has any beyond Latin. */
const BYTES_PER_CHARACTER = 2;
const ROW_OVERHEAD_BYTES = 300;
const USER_OVERHEAD_BYTES = 500;

/** The rows of one user. */
interface Shown {
  /** The counters of the user's memories when the rows were read. */
  head: MemoryCounters;
  rows: Map<string, FoundMemoryRow>;
  bytes: number;
}

@Injectable()
export class ShownMemories {
  private readonly users: LRUCache<string, Shown>;

  constructor(
    config: Config,
    private readonly memories: FoundMemoriesRepository,
    private readonly contexts: RequestContexts,
  ) {
    this.users = new LRUCache<string, Shown>({
      maxSize: config.memoryIndexBytes * SHOWN_SHARE,
      sizeCalculation: ({ bytes }) => bytes + USER_OVERHEAD_BYTES,
      ttl: MAX_AGE_MS,
      ttlAutopurge: true,
    });
  }

  /**
   * Reads the memories among `ids` that the caller may see, as `FoundMemoriesRepository.find` does
   * without a filter.
   * @param maxBytes as of `find`, for memories that are not known
   * @param isCurrent tells whether the caller can use memories that come with these counters
   */
  async read(
    ids: string[],
    maxBytes: number,
    isCurrent: (head: MemoryCounters) => boolean,
  ): Promise<FoundMemories | null> {
    const { userId } = this.contexts.userScope();
    const shown = this.users.get(userId);
    const known = ids.flatMap((id) => shown?.rows.get(id) ?? []);
    if (shown && known.length === ids.length && isCurrent(shown.head)) {
      const head = await this.memories.head();
      if (!head) return null;
      if (isSameState(head, shown.head)) return { head, memories: known };
      // The caller has to read the changes first, and then all rows again.
      if (!isCurrent(head)) return { head, memories: [] };
    }
    const found = await this.memories.find(ids, null, null, maxBytes);
    if (found) this.keep(userId, found);
    return found;
  }

  private keep(userId: string, { head, memories }: FoundMemories): void {
    const known = this.users.peek(userId);
    const goesOn =
      known && isSameState(known.head, head) && known.bytes <= this.users.maxSize * MAX_USER_SHARE;
    const rows = goesOn ? known.rows : new Map<string, FoundMemoryRow>();
    let bytes = goesOn ? known.bytes : 0;
    for (const row of memories) {
      if (!row.isLasting || row.json === null || rows.has(row.id)) continue;
      rows.set(row.id, row);
      bytes += BYTES_PER_CHARACTER * row.json.length + ROW_OVERHEAD_BYTES;
    }
    // A new object, because the cache does not count the same one again.
    this.users.set(userId, { head, rows, bytes }, { noUpdateTTL: true });
  }
}
