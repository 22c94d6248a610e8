// An LRU cache of users' indexes. An evicted index is built again from the database.
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';

interface Sized {
  readonly bytes: number;
}

/** Bytes of a cache entry besides its index. */
const ENTRY_OVERHEAD_BYTES = 1_000;

@Injectable()
export class UserIndexes {
  private readonly cache: LRUCache<string, Sized>;
  /** Indexes in use, cached or not: concurrent calls share them. */
  private readonly inUse = new Map<string, { index: Sized; users: number }>();

  constructor(
    config: Config,
    private readonly contexts: RequestContexts,
  ) {
    this.cache = new LRUCache<string, Sized>({
      maxSize: config.memoryIndexBytes,
      sizeCalculation: ({ bytes }) => bytes + ENTRY_OVERHEAD_BYTES,
    });
  }

  /**
   * Runs `work` with an index of the user in scope. Keys begin with the user's id, so an index is
   * never found under another user.
   */
  async use<Index extends Sized, T>(
    kind: string,
    make: () => Index,
    work: (index: Index) => Promise<T>,
  ): Promise<T> {
    const key = this.key(kind);
    const used = this.inUse.get(key) ?? { index: this.cache.get(key) ?? make(), users: 0 };
    this.inUse.set(key, used);
    used.users++;
    try {
      return await work(used.index as Index);
    } finally {
      if (--used.users === 0) this.inUse.delete(key);
      if (this.cache.peek(key) !== used.index) this.cache.set(key, used.index);
    }
  }

  /** Returns an index of the user in scope, if it is in this process. */
  find<Index extends Sized>(kind: string): Index | undefined {
    const key = this.key(kind);
    return (this.inUse.get(key)?.index ?? this.cache.get(key)) as Index | undefined;
  }

  /**
   * Updates the size of an index after a change. An index larger than the whole cache is not kept.
   */
  keep(kind: string, index: Sized): void {
    const key = this.key(kind);
    this.cache.delete(key);
    this.cache.set(key, index);
  }

  private key(kind: string): string {
    return `${this.contexts.userScope().userId} ${kind}`;
  }
}
