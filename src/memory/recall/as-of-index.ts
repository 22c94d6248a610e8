// The index of a user's memories at an as-of time. It searches by words only, because vectors are
// kept of the newest versions only.
import { Slices } from '../../platform/fairness/index.js';
import { TextIndex } from '../search/text-index.js';
import { type IndexLimits, IndexTooLargeError, RETRY_AFTER_MS } from './index-limits.js';
import { readIndex } from './memory-index.js';
import type { MemoryCounters } from './memory-head.js';
import type { MemoryIndexRepository } from './memory-index.repository.js';

export class AsOfIndex {
  texts = new TextIndex();
  private building: Promise<void> | undefined;
  /**
   * The index is valid up to this revision; Infinity when no later write can change its as-of time.
   */
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

  /** As in `MemoryIndex`. */
  get isTooLarge(): boolean {
    return performance.now() < this.tooLargeUntil;
  }

  /**
   * As in `MemoryIndex`. Memories erased since the build are still in the index, but reads do not
   * return them.
   */
  freshnessCheck(): (head: MemoryCounters) => boolean {
    const { validUpToRevision } = this;
    return ({ revision }) => revision <= validUpToRevision;
  }

  /**
   * Builds the index. Calls during a build share it.
   * @param seen the texts that were out of date; nothing is built when they were replaced meanwhile
   */
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
