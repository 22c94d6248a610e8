// Columns that one search after the other uses: a search is never interrupted by another, and new ones each time are work for the collector.

const MIN_BUFFER_SIZE = 1_024;
/** A longer one is made for its search alone, and given back. */
const MAX_KEPT_BUFFER_SIZE = 2 ** 18;

export class ScratchBuffer<Column extends Uint8Array | Float64Array> {
  private column: Column;

  constructor(private readonly make: (size: number) => Column) {
    this.column = make(MIN_BUFFER_SIZE);
  }

  /** At least so many, the first of them zeros. They are overwritten the next time. */
  zeros(size: number): Column {
    if (size > MAX_KEPT_BUFFER_SIZE) return this.make(size);
    if (this.column.length < size)
      this.column = this.make(Math.min(size * 2, MAX_KEPT_BUFFER_SIZE));
    else this.column.fill(0, 0, size);
    return this.column;
  }
}

export const numberBuffer = (): ScratchBuffer<Float64Array> =>
  new ScratchBuffer((size) => new Float64Array(size));
export const flagBuffer = (): ScratchBuffer<Uint8Array> =>
  new ScratchBuffer((size) => new Uint8Array(size));
