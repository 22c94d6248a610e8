// The indexes of the users who were last asked about, as many as fit: what is not kept is made again from the database.
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';

interface Sized {
  readonly bytes: number;
}

/** Bytes of an entry besides its texts. */
const ENTRY_OVERHEAD_BYTES = 1_000;

@Injectable()
export class UserIndexes {
  private readonly cache: LRUCache<string, Sized>;
  /** Those that somebody works with, whether they are kept or not: who comes meanwhile shares them. */
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

  /** Works with an index of the user whose scope it is: no index is ever found under another's id. */
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

  /** After it has grown or shrunk. One that is larger than all the room there is is not kept. */
  keep(kind: string, index: Sized): void {
    const key = this.key(kind);
    this.cache.delete(key);
    this.cache.set(key, index);
  }

  private key(kind: string): string {
    return `${this.contexts.userScope().userId} ${kind}`;
  }
}
