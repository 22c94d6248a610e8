// Where the terms of a question occur: a look at the texts that may have one of them.
import { rootIn, stemIn, type TermKey } from './terms.js';
import { COUNT_VALUES, type TextTable } from './text-table.js';

export interface Matches {
  /** Of each term, where its matches are in the following two. */
  starts: Int32Array;
  ends: Int32Array;
  /** In rising order for each term. */
  slots: Int32Array;
  /** How often the term occurs; a word of the same root counts for less. */
  counts: Float32Array;
}

/** What a word is worth that only has the root of the one that is asked for. */
const KIN = 0.5;

export function matchesOf(table: TextTable, terms: TermKey[]): Matches {
  const matches = byTerm(scan(table, new Wanted(terms)), terms.length);
  if (found.slots.length > MOST_KEPT) found = room(FEWEST);
  return matches;
}

/** The terms that are looked for, by the hash of their root. */
class Wanted {
  readonly mask: number;
  /** Number of a term + 1, in the first free place from its hash on. */
  readonly places: Int16Array;
  readonly roots: Uint32Array;
  private readonly stems: Uint16Array;

  constructor(terms: TermKey[]) {
    let size = 256;
    while (size < terms.length * 8) size *= 2;
    this.mask = size - 1;
    this.places = new Int16Array(size);
    this.roots = Uint32Array.from(terms, rootIn);
    this.stems = Uint16Array.from(terms, stemIn);
    for (let term = 0; term < terms.length; term++) {
      let place = this.roots[term]! & this.mask;
      while (this.places[place] !== 0) place = (place + 1) & this.mask;
      this.places[place] = term + 1;
    }
  }

  /** Records every term that the entry matches. Only for an entry whose place is taken: most are not, and those the scan passes over by itself. */
  match(root: number, entry: number, slot: number): void {
    const stem = entry >>> COUNT_BITS;
    const count = entry & (COUNT_VALUES - 1);
    for (let place = root & this.mask; this.places[place] !== 0; place = (place + 1) & this.mask) {
      const term = this.places[place]! - 1;
      if (this.roots[term] === root)
        record(slot, term, this.stems[term] === stem ? count : count * KIN);
    }
  }
}

interface Found {
  count: number;
  slots: Int32Array;
  terms: Int16Array;
  counts: Float32Array;
}

const room = (size: number): Found => ({
  count: 0,
  slots: new Int32Array(size),
  terms: new Int16Array(size),
  counts: new Float32Array(size),
});

const FEWEST = 1_024;
/** Room for more matches is given back. */
const MOST_KEPT = 2 ** 18;
/** Used again and again: a search is never interrupted by another. */
let found = room(FEWEST);

function scan(table: TextTable, wanted: Wanted): Found {
  const { slots, alive, from, terms, roots, stems, postings } = table;
  const { mask, places } = wanted;
  const units = postings?.unitsWith(wanted.roots, slots);
  const shift = postings?.shift ?? 0;
  found.count = 0;
  for (let slot = 0; slot < slots; slot++) {
    if (alive[slot] === 0 || (units && units[slot >>> shift] === 0)) continue;
    const end = from[slot]! + terms[slot]!;
    for (let entry = from[slot]!; entry < end; entry++) {
      const root = roots[entry]!;
      if (places[root & mask] !== 0) wanted.match(root, stems[entry]!, slot);
    }
  }
  return found;
}

const COUNT_BITS = Math.log2(COUNT_VALUES);

function record(slot: number, term: number, count: number): void {
  if (found.count === found.slots.length) {
    const old = found;
    found = { ...room(old.count * 2), count: old.count };
    found.slots.set(old.slots);
    found.terms.set(old.terms);
    found.counts.set(old.counts);
  }
  found.slots[found.count] = slot;
  found.terms[found.count] = term;
  found.counts[found.count++] = count;
}

function byTerm({ count, slots, terms, counts }: Found, termCount: number): Matches {
  const starts = new Int32Array(termCount + 1);
  for (let i = 0; i < count; i++) starts[terms[i]! + 1]!++;
  for (let term = 0; term < termCount; term++) starts[term + 1]! += starts[term]!;
  const matches = {
    starts,
    ends: starts.slice(),
    slots: new Int32Array(count),
    counts: new Float32Array(count),
  };
  for (let i = 0; i < count; i++) add(matches, terms[i]!, slots[i]!, counts[i]!);
  return matches;
}

/** A text in which a term and words of its root occur is one match. */
function add(
  { starts, ends, slots: matched, counts }: Matches,
  term: number,
  slot: number,
  count: number,
): void {
  let end = ends[term]!;
  if (end === starts[term] || matched[end - 1] !== slot) {
    matched[end++] = slot;
    ends[term] = end;
  }
  counts[end - 1]! += count;
}
