// The index of what was known at a moment. It goes by words: vectors are kept of the newest versions alone.
import { Slices } from '../../platform/fairness/index.js';
import { TextIndex } from '../search/text-index.js';
import { type IndexLimits, IndexTooLargeError, RETRY_AFTER_MS } from './index-limits.js';
import { readIndex } from './memory-index.js';
import type { MemoryCounters, MemoryIndexRepository } from './memory-index.repository.js';

export class PastIndex {
  texts = new TextIndex();
  private building: Promise<void> | undefined;
  /** Of the last write when it was made; Infinity when no write changes that moment any more. */
  private validUpToRevision = -1;
  private tooLargeUntil = -Infinity;

  constructor(
    private readonly rows: MemoryIndexRepository,
    private readonly asOf: string,
    private readonly limits: IndexLimits,
    private readonly runQueued: <T>(build: () => Promise<T>) => Promise<T>,
  ) {}

  get bytes(): number {
    return this.texts.bytes;
  }

  /** As that of `MemoryIndex`. */
  get isTooLarge(): boolean {
    return performance.now() < this.tooLargeUntil;
  }

  /** As that of `MemoryIndex`. What has been erased since is in the index, too, and is not shown. */
  freshnessCheck(): (head: MemoryCounters) => boolean {
    const { validUpToRevision } = this;
    return ({ revision }) => revision <= validUpToRevision;
  }

  /** Who comes while it is being built shares it. @param seen the texts that are not good; nothing is built where there are others by now */
  async build(seen: TextIndex): Promise<void> {
    if (this.texts !== seen) return;
    this.building ??= this.runQueued(() => this.read()).finally(() => (this.building = undefined));
    return this.building;
  }

  private async read(): Promise<void> {
    try {
      const { texts, parts } = await readIndex(this.rows, this.asOf, this.limits, new Slices());
      this.texts = texts;
      this.validUpToRevision = parts?.isSettled ? Infinity : (parts?.head.revision ?? 0);
    } catch (error) {
      if (!(error instanceof IndexTooLargeError)) throw error;
      this.tooLargeUntil = performance.now() + RETRY_AFTER_MS;
    }
  }
}
