// How large the index of one user may become, and how much text it may be made from.
import type { Config } from '../../platform/config/config.js';

/** Of all the room that indexes have, the share that one of them may take. */
const MAX_INDEX_SHARE = 1 / 2;

/** After so long a user whose index was too large may have removed enough: it is tried again. */
export const RETRY_AFTER_MS = 10 * 60_000;

export interface IndexLimits {
  indexBytes: number;
  textBytes: number;
}

export const toIndexLimits = ({ memoryIndexBytes, bytes }: Config): IndexLimits => ({
  indexBytes: memoryIndexBytes * MAX_INDEX_SHARE,
  textBytes: bytes.scan,
});

/** Thrown inside a build that has come to a limit. */
export class IndexTooLargeError extends Error {
  override readonly name = 'IndexTooLargeError';
}

/** Counts what a build reads. */
export class IndexGauge {
  private textBytes = 0;

  constructor(private readonly limits: IndexLimits) {}

  /** @throws IndexTooLargeError */
  add(text: string): void {
    this.textBytes += Buffer.byteLength(text);
    if (this.textBytes > this.limits.textBytes) throw new IndexTooLargeError();
  }

  /** @throws IndexTooLargeError */
  check({ bytes }: { bytes: number }): void {
    if (bytes > this.limits.indexBytes) throw new IndexTooLargeError();
  }
}
