// The texts of an index as columns of numbers: about 130 bytes for a text of 20 words. A slot is a
// text's position in the order of first appearance.
import { Postings } from './postings.js';
import { RefTable } from './ref-table.js';
import { hashText, rootHash, stemHash, type TextTerms } from './terms.js';
import { VectorTable } from './vector-table.js';

/** A term's count shares 16 bits with its stem hash. Larger counts are stored as this one. */
const MAX_COUNT = 15;
export const COUNT_VALUES = 16;

export interface TextFacts {
  speaker: number;
  group: number;
  at: number;
}

export const hashGroup = (group: string): number => (group === '' ? 0 : hashText(group));

export class TextTable {
  /** Number of slots, including those of removed texts. */
  slots = 0;
  live = 0;
  alive = new Uint8Array(8);
  at = new Float64Array(8);
  /** The hash of the group; 0 for none. */
  group = new Float64Array(8);
  speaker = new Int32Array(8);
  traits = new Uint16Array(8);
  length = new Uint32Array(8);
  /** Where the entries of a text begin, and how many there are. */
  from = new Uint32Array(8);
  terms = new Uint32Array(8);

  entries = 0;
  roots = new Uint32Array(64);
  /** The stem hash times `COUNT_VALUES`, plus the count. */
  stems = new Uint16Array(64);

  vectors = new VectorTable();
  private refs = new RefTable();
  private deadEntries = 0;
  private lastPostings: Postings | null = null;
  /**
   * True while new postings are built. Searches use the old postings meanwhile, which still name
   * every text.
   */
  private isPreparing = false;

  /** Returns a check of slots: true for texts of the group, and for all without one. */
  groupFilter(group: string | undefined): (slot: number) => boolean {
    if (group === undefined) return () => true;
    const [hash, groups] = [hashGroup(group), this.group];
    return (slot) => groups[slot] === hash;
  }

  get bytes(): number {
    const { alive, at, group, speaker, traits, length, from, terms, roots, stems, refs, vectors } =
      this;
    const columns = [alive, at, group, speaker, traits, length, from, terms, roots, stems];
    return (
      columns.reduce((sum, column) => sum + column.byteLength, 0) +
      refs.bytes +
      vectors.bytes +
      Postings.estimateBytes(this)
    );
  }

  /** Returns null when the table is small enough to scan whole. */
  get postings(): Postings | null {
    if (this.lastPostings?.areStale && !this.isPreparing) this.lastPostings = null;
    return (this.lastPostings ??= Postings.build(this));
  }

  /**
   * Builds the postings that the next search needs, in steps. The table must not change between
   * them.
   */
  *prepareInSteps(): Generator<void, void> {
    if (this.lastPostings !== null && !this.lastPostings.areStale) return;
    this.isPreparing = true;
    try {
      this.lastPostings = yield* Postings.buildInSteps(this);
    } finally {
      this.isPreparing = false;
    }
  }

  /** Returns the slot of a text, or -1 when it is not in the table. */
  findSlot(ref: string): number {
    const slot = this.refs.find(ref);
    return slot >= 0 && this.alive[slot] ? slot : -1;
  }

  getRef(slot: number): string {
    return this.refs.getRef(slot);
  }

  append(ref: string, facts: TextFacts, text: TextTerms): void {
    if (this.slots === this.alive.length) this.growSlots();
    this.refs.add(ref);
    this.alive[this.slots] = 1;
    this.live++;
    this.write(this.slots++, facts, text);
  }

  replace(slot: number, facts: TextFacts, text: TextTerms): void {
    this.deadEntries += this.terms[slot]!;
    this.vectors.remove(slot);
    this.write(slot, facts, text);
  }

  remove(slot: number): void {
    this.alive[slot] = 0;
    this.live--;
    this.deadEntries += this.terms[slot]!;
    this.vectors.remove(slot);
  }

  get isWasteful(): boolean {
    return this.slots > 2 * this.live + 16 || this.deadEntries > this.entries / 2 + 64;
  }

  /** Returns a copy with the same texts in the same order, without removed slots and entries. */
  compacted(): TextTable {
    const table = new TextTable();
    table.reserve(this.live, this.entries - this.deadEntries);
    for (let slot = 0; slot < this.slots; slot++) if (this.alive[slot]) table.copy(this, slot);
    return table;
  }

  private write(
    slot: number,
    { speaker, group, at }: TextFacts,
    { counts, length, traits }: TextTerms,
  ): void {
    this.at[slot] = at;
    this.group[slot] = group;
    this.speaker[slot] = speaker;
    this.traits[slot] = traits;
    this.length[slot] = length;
    this.from[slot] = this.entries;
    this.terms[slot] = counts.size;
    this.growEntries(counts.size);
    this.lastPostings?.noteChange(slot, counts.size);
    for (const [key, count] of counts) {
      this.roots[this.entries] = rootHash(key);
      this.stems[this.entries++] = stemHash(key) * COUNT_VALUES + Math.min(count, MAX_COUNT);
    }
  }

  private copy(other: TextTable, slot: number): void {
    const [to, from, terms] = [this.slots++, other.from[slot]!, other.terms[slot]!];
    this.refs.add(other.getRef(slot));
    this.alive[to] = 1;
    this.live++;
    this.at[to] = other.at[slot]!;
    this.group[to] = other.group[slot]!;
    this.speaker[to] = other.speaker[slot]!;
    this.traits[to] = other.traits[slot]!;
    this.length[to] = other.length[slot]!;
    this.from[to] = this.entries;
    this.terms[to] = terms;
    this.roots.set(other.roots.subarray(from, from + terms), this.entries);
    this.stems.set(other.stems.subarray(from, from + terms), this.entries);
    this.entries += terms;
    this.vectors.copy(other.vectors, slot, to);
  }

  private reserve(slots: number, entries: number): void {
    while (this.alive.length < slots) this.growSlots();
    this.growEntries(entries);
  }

  private growSlots(): void {
    const size = Math.ceil(this.alive.length * 1.5);
    this.alive = resized(this.alive, size);
    this.at = resized(this.at, size);
    this.group = resized(this.group, size);
    this.speaker = resized(this.speaker, size);
    this.traits = resized(this.traits, size);
    this.length = resized(this.length, size);
    this.from = resized(this.from, size);
    this.terms = resized(this.terms, size);
  }

  private growEntries(more: number): void {
    if (this.entries + more <= this.roots.length) return;
    const size = Math.max(Math.ceil(this.roots.length * 1.4), this.entries + more);
    this.roots = resized(this.roots, size);
    this.stems = resized(this.stems, size);
  }
}

type NumberColumn = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

export function resized<C extends NumberColumn>(column: C, size: number): C {
  const larger = new (column.constructor as new (size: number) => C)(size);
  larger.set(column);
  return larger;
}
