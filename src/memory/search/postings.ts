// In which texts a term may occur: a search of a large index looks at those alone. It may name too many, never too few.
import { atOnce } from '../../platform/fairness/index.js';
import { flags } from './scratch.js';

/** An index with fewer texts is read whole as fast. */
const FEWEST_TEXTS = 256;
/** Terms in one bucket, about: a rare one brings along the texts of few others. */
const TERMS_A_BUCKET = 16;
/** What was written since is read whole; more of it than this share, and it is time for new postings. */
const MOST_NEW = 1 / 8;
/** Terms that are put in their places at once. */
const TERMS_A_STEP = 50_000;
/** Texts are named in 16 bits: of more than these, several at a time. */
const UNITS = 2 ** 16;

/** What is read of a table. */
interface Texts {
  readonly slots: number;
  readonly alive: Uint8Array;
  /** Where the terms of each are, and how many. */
  readonly from: Uint32Array;
  readonly terms: Uint32Array;
  readonly entries: number;
  readonly roots: Uint32Array;
}

const marked = flags();

export class Postings {
  /** How many bits of a slot its unit leaves out. */
  readonly shift: number;
  private readonly mask: number;
  /** Where the units of each bucket begin. */
  private readonly starts: Uint32Array;
  private units: Uint16Array;
  private readonly written: number[] = [];
  private termsWritten = 0;
  private readonly mostWritten: number;

  private constructor({ slots, entries }: Texts) {
    this.shift = Math.max(0, Math.ceil(Math.log2(slots / UNITS)));
    this.mask = 2 ** Math.ceil(Math.log2(entries / TERMS_A_BUCKET + 2)) - 1;
    this.mostWritten = entries * MOST_NEW;
    // Counted one bucket further on, so that filling them moves each start to where it belongs.
    this.starts = new Uint32Array(this.mask + 3);
    this.units = new Uint16Array(0);
  }

  /** Null for a table that is read whole. */
  static of(table: Texts): Postings | null {
    return atOnce(Postings.making(table));
  }

  /** The same in steps, between which the table must not change. */
  static *making(table: Texts): Generator<void, Postings | null> {
    if (table.slots < FEWEST_TEXTS) return null;
    const postings = new Postings(table);
    yield* postings.fill(table);
    return postings;
  }

  private *fill(table: Texts): Generator<void, void> {
    const { starts, shift } = this;
    for (
      let from = 0;
      from < table.slots;
      from = yield* this.each(table, from, (bucket) => starts[bucket + 2]!++)
    );
    for (let bucket = 2; bucket < starts.length; bucket++) starts[bucket]! += starts[bucket - 1]!;
    const units = (this.units = new Uint16Array(starts.at(-1)!));
    for (
      let from = 0;
      from < table.slots;
      from = yield* this.each(
        table,
        from,
        (bucket, slot) => (units[starts[bucket + 1]!++] = slot >>> shift),
      )
    );
  }

  /** Visits the terms of some texts from a slot on. @returns the slot to go on with */
  private *each(
    { slots, alive, from, terms, roots }: Texts,
    first: number,
    visit: (bucket: number, slot: number) => void,
  ): Generator<void, number> {
    let [slot, left] = [first, TERMS_A_STEP];
    for (; slot < slots && left > 0; slot++) {
      if (alive[slot] === 0) continue;
      for (let entry = from[slot]!, end = entry + terms[slot]!; entry < end; entry++)
        visit(roots[entry]! & this.mask, slot);
      left -= terms[slot]! + 1;
    }
    yield;
    return slot;
  }

  /** Bytes that a table's take, made or not: two a term, and the starts of the buckets. */
  static bytesOf({ slots, entries }: Texts): number {
    return slots < FEWEST_TEXTS ? 0 : entries * 3;
  }

  /** A text that has come, or is another now. */
  note(slot: number, terms: number): void {
    this.written.push(slot);
    this.termsWritten += terms + 1;
  }

  get areOld(): boolean {
    return this.termsWritten > this.mostWritten;
  }

  /** One for each unit in which a text may have one of the roots. Overwritten by the next call. */
  unitsWith(roots: Uint32Array, slots: number): Uint8Array {
    const { starts, units, shift, mask } = this;
    const marks = marked.zeros((slots >>> shift) + 1);
    for (const root of roots) {
      const bucket = root & mask;
      for (let i = starts[bucket]!, end = starts[bucket + 1]!; i < end; i++) marks[units[i]!] = 1;
    }
    for (const slot of this.written) marks[slot >>> shift] = 1;
    return marks;
  }
}
