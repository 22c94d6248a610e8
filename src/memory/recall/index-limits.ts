// Limits the size of one user's index, and the text it may be built from.
import type { Config } from '../../platform/config/config.js';

/** The share of `MEMORY_INDEX_MB` that one index may take. */
const MAX_INDEX_SHARE = 1 / 2;

/**
 * When an index was too large, a build is tried again after this time: the user may have removed
 * enough.
 */
export const RETRY_AFTER_MS = 10 * 60_000;

export interface IndexLimits {
  indexBytes: number;
  textBytes: number;
}

export const toIndexLimits = ({ memoryIndexBytes, bytes }: Config): IndexLimits => ({
  indexBytes: memoryIndexBytes * MAX_INDEX_SHARE,
  textBytes: bytes.scan,
});

/** Thrown inside a build that reaches a limit. */
export class IndexTooLargeError extends Error {
  override readonly name = 'IndexTooLargeError';
}

/** Counts the bytes that a build reads, and checks both limits. */
export class IndexGauge {
  private textBytes = 0;

  constructor(private readonly limits: IndexLimits) {}

  /** @throws IndexTooLargeError */
  add(text: string): void {
    this.textBytes += Buffer.byteLength(text);
    if (this.textBytes > this.limits.textBytes) throw new IndexTooLargeError();
  }

  /** @throws IndexTooLargeError */
  check(index: { bytes: number }): void {
    if (this.isOver(index)) throw new IndexTooLargeError();
  }

  isOver({ bytes }: { bytes: number }): boolean {
    return bytes > this.limits.indexBytes;
  }
}
