// An inverted index: names the texts in which a term may occur, so that a search of a large table
// reads only those. It may name too many texts, never too few.
import { atOnce } from '../../platform/fairness/index.js';
import { flagBuffer } from './scratch.js';

/** A smaller table is scanned whole just as fast. */
const MIN_TEXTS = 256;
/**
 * Average number of index entries in a bucket. A smaller bucket brings along fewer texts of other
 * terms.
 */
const TERMS_PER_BUCKET = 16;
/**
 * Texts changed since the build are always scanned. When their share of all terms exceeds this, the
 * postings are rebuilt.
 */
const MAX_CHANGED_SHARE = 1 / 8;
/** Number of terms that one step of a build processes. */
const TERMS_PER_STEP = 50_000;
/**
 * Texts are numbered in 16 bits. In a table with more slots, one unit stands for several
 * neighbouring slots.
 */
const MAX_UNITS = 2 ** 16;

/** The columns of a `TextTable` that postings read. */
interface IndexedTexts {
  readonly slots: number;
  readonly alive: Uint8Array;
  /** Where the entries of each slot begin, and how many there are. */
  readonly from: Uint32Array;
  readonly terms: Uint32Array;
  readonly entries: number;
  readonly roots: Uint32Array;
}

const unitFlags = flagBuffer();

export class Postings {
  /** `slot >>> shift` is the unit of a slot. */
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
    // The counts of a bucket stand two places after it. Filling the bucket then moves the place
    // between them to the start of the next bucket.
    this.starts = new Uint32Array(this.mask + 3);
    this.units = new Uint16Array(0);
  }

  /** Builds postings, or returns null for a table that is small enough to scan whole. */
  static build(table: IndexedTexts): Postings | null {
    return atOnce(Postings.buildInSteps(table));
  }

  /** Builds in steps. The table must not change between them. */
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

  /**
   * Visits the terms of the slots from `first` on, up to `TERMS_PER_STEP`. Returns the slot to
   * continue with.
   */
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

  /**
   * Estimates the bytes of a table's postings, built or not: two for each entry, and the bucket
   * starts.
   */
  static estimateBytes({ slots, entries }: IndexedTexts): number {
    return slots < MIN_TEXTS ? 0 : entries * 3;
  }

  /** Notes a text that was added or replaced since the build. */
  noteChange(slot: number, terms: number): void {
    this.changedSlots.push(slot);
    this.changedTerms += terms + 1;
  }

  get areStale(): boolean {
    return this.changedTerms > this.maxChangedTerms;
  }

  /**
   * Marks each unit in which a text may have one of the roots. The next call overwrites the result.
   */
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
