// Finds the texts in which the terms of a question occur.
import { listTypos, ROOT_WEIGHT } from '../../platform/text/index.js';
import type { QuestionTerm } from './question-terms.js';
import { rootHash, stemHash, stemKey } from './terms.js';
import { COUNT_VALUES, type TextTable } from './text-table.js';

export interface Matches {
  /**
   * The matches of term `i` are the entries from `starts[i]` to `ends[i]` of `slots`, `counts` and
   * `weights`.
   */
  starts: Int32Array;
  ends: Int32Array;
  /** Slots of matching texts, in rising order for each term. */
  slots: Int32Array;
  /**
   * How often the term occurs, by the weights of its forms. Of several forms that one word
   * matches, the best counts.
   */
  counts: Float32Array;
  /** The best weight of the forms that matched: 1 for the word itself. */
  weights: Float32Array;
  /** Terms that only words but for a typing error match. */
  mistyped: ReadonlySet<number>;
}

/** How many words of a question are looked up as mistyped. */
const MAX_MISTYPED = 3;
/** Weight of a word that a searched word is but for a typing error: above that of its root. */
const TYPO_WEIGHT = 0.6;

/** Names are not taken for mistyped words. */
export function findMatches(
  table: TextTable,
  terms: QuestionTerm[],
  names: QuestionTerm[],
): Matches {
  const all = [...terms, ...names];
  buffer.count = 0;
  const weights = scan(table, new TermLookup(all));
  const mistyped = terms
    .flatMap(({ word }, term) => (word && weights[term]! <= ROOT_WEIGHT ? [term] : []))
    .slice(0, MAX_MISTYPED);
  if (mistyped.length > 0) {
    forget(mistyped);
    const others = terms.map(() => NO_TERM);
    for (const term of mistyped) others[term] = withTypos(terms[term]!, weights[term]! > 0);
    scan(table, new TermLookup(others));
  }
  const matches = {
    ...groupByTerm(buffer, all.length),
    mistyped: new Set(mistyped.filter((term) => weights[term] === 0)),
  };
  if (buffer.slots.length > MAX_KEPT_BUFFER_SIZE) buffer = createBuffer(MIN_BUFFER_SIZE);
  return matches;
}

const NO_TERM: QuestionTerm = { forms: [], weight: 0 };

function withTypos({ word, forms, weight }: QuestionTerm, hasRoot: boolean): QuestionTerm {
  const typos = listTypos(word!, hasRoot);
  return {
    forms: [
      ...forms,
      ...typos.map((stem) => ({
        key: stemKey(stem),
        stemWeight: TYPO_WEIGHT,
        rootWeight: 0,
      })),
    ],
    weight,
  };
}

/** Removes what was recorded for some terms. */
function forget(terms: number[]): void {
  let kept = 0;
  for (let i = 0; i < buffer.count; i++) {
    if (terms.includes(buffer.terms[i]!)) continue;
    buffer.slots[kept] = buffer.slots[i]!;
    buffer.terms[kept] = buffer.terms[i]!;
    buffer.weights[kept] = buffer.weights[i]!;
    buffer.counts[kept++] = buffer.counts[i]!;
  }
  buffer.count = kept;
}

/** A term that an index entry matches, and how well. */
interface MatchedTerm {
  term: number;
  weight: number;
}

/** How many pairs of a root and a stem one search remembers. */
const MAX_KNOWN = 10_000;

/** The forms of the searched terms, by the hash of their root. Many forms of a word share a root. */
class TermLookup {
  readonly mask: number;
  /** The number of a root + 1, in the first free bucket from its hash on; 0 marks a free bucket. */
  readonly buckets: Int16Array;
  /** The different roots. */
  readonly roots: Uint32Array;
  readonly bestWeights: Float64Array;
  /** The forms of each root, in the order of their terms. */
  private readonly forms: RootForm[][] = [];
  /** What entries of a root and a stem match: most entries repeat what others had before. */
  private readonly known = new Map<number, readonly MatchedTerm[]>();

  constructor(terms: QuestionTerm[]) {
    const byRoot = new Map<number, RootForm[]>();
    terms.forEach(({ forms }, term) => {
      for (const { key, stemWeight, rootWeight } of forms) {
        const root = rootHash(key);
        const form = { term, stem: stemHash(key), stemWeight, rootWeight };
        const others = byRoot.get(root);
        if (others) others.push(form);
        else byRoot.set(root, [form]);
      }
    });
    let size = 256;
    while (size < byRoot.size * 8) size *= 2;
    this.mask = size - 1;
    this.buckets = new Int16Array(size);
    this.roots = Uint32Array.from(byRoot.keys());
    this.bestWeights = new Float64Array(terms.length);
    for (const [root, forms] of byRoot) {
      let place = root & this.mask;
      while (this.buckets[place] !== 0) place = (place + 1) & this.mask;
      this.buckets[place] = this.forms.push(forms);
    }
  }

  /**
   * Records every term that an index entry matches. Call it only when the entry's bucket is taken.
   * Most buckets are free: the scan skips their entries without a call.
   */
  match(root: number, entry: number, slot: number): void {
    let place = root & this.mask;
    let number = this.buckets[place]! - 1;
    while (number >= 0 && this.roots[number] !== root) {
      place = (place + 1) & this.mask;
      number = this.buckets[place]! - 1;
    }
    if (number < 0) return;
    const stem = entry >>> COUNT_BITS;
    const count = entry & (COUNT_VALUES - 1);
    for (const { term, weight } of this.matchedBy(number, stem)) record(slot, term, count, weight);
  }

  private matchedBy(number: number, stem: number): readonly MatchedTerm[] {
    const key = number * STEM_HASHES + stem;
    const known = this.known.get(key);
    if (known) return known;
    const matched = new Map<number, MatchedTerm>();
    for (const { term, stem: stemOfForm, stemWeight, rootWeight } of this.forms[number]!) {
      const weight = stemOfForm === stem ? stemWeight : rootWeight;
      if (weight <= (matched.get(term)?.weight ?? 0)) continue;
      matched.set(term, { term, weight });
      if (weight > this.bestWeights[term]!) this.bestWeights[term] = weight;
    }
    const found = [...matched.values()];
    if (this.known.size < MAX_KNOWN) this.known.set(key, found);
    return found;
  }
}

interface RootForm {
  term: number;
  /** The hash of the stem. */
  stem: number;
  /** As of a `TermForm`. */
  stemWeight: number;
  rootWeight: number;
}

interface MatchBuffer {
  count: number;
  slots: Int32Array;
  terms: Int16Array;
  counts: Float32Array;
  weights: Float32Array;
}

const createBuffer = (size: number): MatchBuffer => ({
  count: 0,
  slots: new Int32Array(size),
  terms: new Int16Array(size),
  counts: new Float32Array(size),
  weights: new Float32Array(size),
});

const MIN_BUFFER_SIZE = 1_024;
/** A buffer larger than this is released after the search. */
const MAX_KEPT_BUFFER_SIZE = 2 ** 18;
/** Shared by all searches, like the columns of scratch.ts: a search is synchronous. */
let buffer = createBuffer(MIN_BUFFER_SIZE);

/** Records all matches. Returns the best weight with which each term was matched. */
function scan(table: TextTable, lookup: TermLookup): Float64Array {
  const { slots, alive, from, terms, roots, stems, postings } = table;
  const { mask, buckets } = lookup;
  const units = postings?.findUnits(lookup.roots, slots);
  const shift = postings?.shift ?? 0;
  for (let slot = 0; slot < slots; slot++) {
    if (alive[slot] === 0 || (units && units[slot >>> shift] === 0)) continue;
    const end = from[slot]! + terms[slot]!;
    for (let entry = from[slot]!; entry < end; entry++) {
      const root = roots[entry]!;
      if (buckets[root & mask] !== 0) lookup.match(root, stems[entry]!, slot);
    }
  }
  return lookup.bestWeights;
}

const COUNT_BITS = Math.log2(COUNT_VALUES);
const STEM_HASHES = 2 ** (16 - COUNT_BITS);

function record(slot: number, term: number, count: number, weight: number): void {
  if (buffer.count === buffer.slots.length) {
    const old = buffer;
    buffer = { ...createBuffer(old.count * 2), count: old.count };
    buffer.slots.set(old.slots);
    buffer.terms.set(old.terms);
    buffer.counts.set(old.counts);
    buffer.weights.set(old.weights);
  }
  buffer.slots[buffer.count] = slot;
  buffer.terms[buffer.count] = term;
  buffer.weights[buffer.count] = weight;
  buffer.counts[buffer.count++] = count * weight;
}

type Columns = Omit<Matches, 'mistyped'>;

function groupByTerm(
  { count, slots, terms, counts, weights }: MatchBuffer,
  termCount: number,
): Columns {
  const starts = new Int32Array(termCount + 1);
  for (let i = 0; i < count; i++) starts[terms[i]! + 1]!++;
  for (let term = 0; term < termCount; term++) starts[term + 1]! += starts[term]!;
  const matches = {
    starts,
    ends: starts.slice(),
    slots: new Int32Array(count),
    counts: new Float32Array(count),
    weights: new Float32Array(count),
  };
  for (let i = 0; i < count; i++) add(matches, terms[i]!, slots[i]!, counts[i]!, weights[i]!);
  return matches;
}

/** Adds a match. Several words of one root in a text count as one match. */
function add(
  { starts, ends, slots: matched, counts, weights }: Columns,
  term: number,
  slot: number,
  count: number,
  weight: number,
): void {
  let end = ends[term]!;
  if (end === starts[term] || matched[end - 1] !== slot) {
    matched[end++] = slot;
    ends[term] = end;
  }
  counts[end - 1]! += count;
  weights[end - 1] = Math.max(weights[end - 1]!, weight);
}
