// The index of what was known at a moment. It goes by words: vectors are kept of the newest versions alone.
import { Slices } from '../../platform/fairness/index.js';
import { TextIndex } from '../search/text-index.js';
import { type IndexLimits, IndexTooLargeError, RETRY_AFTER_MS } from './index-limits.js';
import { readIndex } from './memory-index.js';
import type { Head, MemoryIndexRepository } from './memory-index.repository.js';

export class PastIndex {
  texts = new TextIndex();
  private building: Promise<void> | undefined;
  /** Of the last write when it was made; Infinity when no write changes that moment any more. */
  private goodUpTo = -1;
  private tooLargeUntil = -Infinity;

  constructor(
    private readonly rows: MemoryIndexRepository,
    private readonly moment: string,
    private readonly limits: IndexLimits,
    private readonly inTurn: <T>(build: () => Promise<T>) => Promise<T>,
  ) {}

  get bytes(): number {
    return this.texts.bytes;
  }

  /** As that of `MemoryIndex`. */
  get isTooLarge(): boolean {
    return performance.now() < this.tooLargeUntil;
  }

  /** As that of `MemoryIndex`. What has been erased since is in the index, too, and is not shown. */
  snapshot(): (head: Head) => boolean {
    const { goodUpTo } = this;
    return ({ revision }) => revision <= goodUpTo;
  }

  /** Who comes while it is being built shares it. @param seen the texts that are not good; nothing is built where there are others by now */
  async build(seen: TextIndex): Promise<void> {
    if (this.texts !== seen) return;
    this.building ??= this.inTurn(() => this.read()).finally(() => (this.building = undefined));
    return this.building;
  }

  private async read(): Promise<void> {
    try {
      const { texts, parts } = await readIndex(this.rows, this.moment, this.limits, new Slices());
      this.texts = texts;
      this.goodUpTo = parts?.isSettled ? Infinity : (parts?.head.revision ?? 0);
    } catch (error) {
      if (!(error instanceof IndexTooLargeError)) throw error;
      this.tooLargeUntil = performance.now() + RETRY_AFTER_MS;
    }
  }
}
