// Columns that one search after the other uses: a search is never interrupted by another, and new ones each time are work for the collector.

const FEWEST = 1_024;
/** A longer one is made for its search alone, and given back. */
const MOST_KEPT = 2 ** 18;

export class Scratch<Column extends Uint8Array | Float64Array> {
  private column: Column;

  constructor(private readonly make: (size: number) => Column) {
    this.column = make(FEWEST);
  }

  /** At least so many, the first of them zeros. They are overwritten the next time. */
  zeros(size: number): Column {
    if (size > MOST_KEPT) return this.make(size);
    if (this.column.length < size) this.column = this.make(Math.min(size * 2, MOST_KEPT));
    else this.column.fill(0, 0, size);
    return this.column;
  }
}

export const numbers = (): Scratch<Float64Array> => new Scratch((size) => new Float64Array(size));
export const flags = (): Scratch<Uint8Array> => new Scratch((size) => new Uint8Array(size));
