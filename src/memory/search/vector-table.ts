// The vectors of an index, side by side in one array: comparing 10,000 vectors of 384 dimensions
// takes a few milliseconds.

const INT8_SCALE = 127;

export class VectorTable {
  /** Dimensions of a vector; 0 before the first one is set. */
  width = 0;
  count = 0;
  private numbers = new Int8Array(0);
  private present = new Uint8Array(0);

  get bytes(): number {
    return this.numbers.byteLength + this.present.byteLength;
  }

  /**
   * Sets a vector. A vector of another width comes from another model, so the vectors there are
   * dropped: they cannot be compared with it.
   */
  set(slot: number, vector: Int8Array): void {
    if (vector.length !== this.width) this.restart(vector.length);
    if (slot >= this.present.length) this.widen(Math.max(8, Math.ceil(slot * 1.25) + 1));
    this.numbers.set(vector, slot * this.width);
    this.count += 1 - this.present[slot]!;
    this.present[slot] = 1;
  }

  has(slot: number): boolean {
    return this.present[slot] === 1;
  }

  remove(slot: number): void {
    if (!this.has(slot)) return;
    this.present[slot] = 0;
    this.count--;
    this.numbers.fill(0, slot * this.width, (slot + 1) * this.width);
  }

  copy(other: VectorTable, from: number, to: number): void {
    if (other.has(from))
      this.set(to, other.numbers.subarray(from * other.width, (from + 1) * other.width));
  }

  /** Returns the cosine similarity. The slot must have a vector, of the same width as `vector`. */
  cosine(slot: number, vector: Int8Array): number {
    return dot(this.numbers, slot * this.width, vector) / (INT8_SCALE * INT8_SCALE);
  }

  private restart(width: number): void {
    this.width = width;
    this.count = 0;
    this.numbers = new Int8Array(0);
    this.present = new Uint8Array(0);
  }

  private widen(slots: number): void {
    const [numbers, present] = [new Int8Array(slots * this.width), new Uint8Array(slots)];
    numbers.set(this.numbers);
    present.set(this.present);
    this.numbers = numbers;
    this.present = present;
  }
}

/**
 * Sums in four independent accumulators, because each addition to a single one would wait for the
 * one before.
 */
function dot(numbers: Int8Array, from: number, question: Int8Array): number {
  const width = question.length;
  let [a, b, c, d, i] = [0, 0, 0, 0, 0];
  for (; i + 3 < width; i += 4) {
    a = (a + numbers[from + i]! * question[i]!) | 0;
    b = (b + numbers[from + i + 1]! * question[i + 1]!) | 0;
    c = (c + numbers[from + i + 2]! * question[i + 2]!) | 0;
    d = (d + numbers[from + i + 3]! * question[i + 3]!) | 0;
  }
  for (; i < width; i++) a += numbers[from + i]! * question[i]!;
  return a + b + c + d;
}
