// In which texts a term may occur: a search of a large index looks at those alone. It may name too many, never too few.
import { atOnce } from '../../platform/fairness/index.js';
import { flagBuffer } from './scratch.js';

/** An index with fewer texts is read whole as fast. */
const MIN_TEXTS = 256;
/** Terms in one bucket, about: a rare one brings along the texts of few others. */
const TERMS_PER_BUCKET = 16;
/** What was written since is read whole; more of it than this share, and it is time for new postings. */
const MAX_CHANGED_SHARE = 1 / 8;
/** Terms that are put in their places at once. */
const TERMS_PER_STEP = 50_000;
/** Texts are named in 16 bits: of more than these, several at a time. */
const MAX_UNITS = 2 ** 16;

/** What is read of a table. */
interface IndexedTexts {
  readonly slots: number;
  readonly alive: Uint8Array;
  /** Where the terms of each are, and how many. */
  readonly from: Uint32Array;
  readonly terms: Uint32Array;
  readonly entries: number;
  readonly roots: Uint32Array;
}

const unitFlags = flagBuffer();

export class Postings {
  /** How many bits of a slot its unit leaves out. */
  readonly shift: number;
  private readonly mask: number;
  /** Where the units of each bucket begin. */
  private readonly starts: Uint32Array;
  private units: Uint16Array;
  private readonly changedSlots: number[] = [];
  private changedTerms = 0;
  private readonly maxChangedTerms: number;

  private constructor({ slots, entries }: IndexedTexts) {
    this.shift = Math.max(0, Math.ceil(Math.log2(slots / MAX_UNITS)));
    this.mask = 2 ** Math.ceil(Math.log2(entries / TERMS_PER_BUCKET + 2)) - 1;
    this.maxChangedTerms = entries * MAX_CHANGED_SHARE;
    // Counted one bucket further on, so that filling them moves each start to where it belongs.
    this.starts = new Uint32Array(this.mask + 3);
    this.units = new Uint16Array(0);
  }

  /** Null for a table that is read whole. */
  static build(table: IndexedTexts): Postings | null {
    return atOnce(Postings.buildInSteps(table));
  }

  /** The same in steps, between which the table must not change. */
  static *buildInSteps(table: IndexedTexts): Generator<void, Postings | null> {
    if (table.slots < MIN_TEXTS) return null;
    const postings = new Postings(table);
    yield* postings.fill(table);
    return postings;
  }

  private *fill(table: IndexedTexts): Generator<void, void> {
    const { starts, shift } = this;
    for (
      let from = 0;
      from < table.slots;
      from = yield* this.visitTerms(table, from, (bucket) => starts[bucket + 2]!++)
    );
    for (let bucket = 2; bucket < starts.length; bucket++) starts[bucket]! += starts[bucket - 1]!;
    const units = (this.units = new Uint16Array(starts.at(-1)!));
    for (
      let from = 0;
      from < table.slots;
      from = yield* this.visitTerms(
        table,
        from,
        (bucket, slot) => (units[starts[bucket + 1]!++] = slot >>> shift),
      )
    );
  }

  /** Visits the terms of some texts from a slot on. @returns the slot to go on with */
  private *visitTerms(
    { slots, alive, from, terms, roots }: IndexedTexts,
    first: number,
    visit: (bucket: number, slot: number) => void,
  ): Generator<void, number> {
    let [slot, left] = [first, TERMS_PER_STEP];
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
  static estimateBytes({ slots, entries }: IndexedTexts): number {
    return slots < MIN_TEXTS ? 0 : entries * 3;
  }

  /** A text that has come, or is another now. */
  noteChange(slot: number, terms: number): void {
    this.changedSlots.push(slot);
    this.changedTerms += terms + 1;
  }

  get areStale(): boolean {
    return this.changedTerms > this.maxChangedTerms;
  }

  /** One for each unit in which a text may have one of the roots. Overwritten by the next call. */
  findUnits(roots: Uint32Array, slots: number): Uint8Array {
    const { starts, units, shift, mask } = this;
    const marks = unitFlags.zeros((slots >>> shift) + 1);
    for (const root of roots) {
      const bucket = root & mask;
      for (let i = starts[bucket]!, end = starts[bucket + 1]!; i < end; i++) marks[units[i]!] = 1;
    }
    for (const slot of this.changedSlots) marks[slot >>> shift] = 1;
    return marks;
  }
}
