// The terms by which a text is found, with the places of its words.
import { compoundTail } from './latin-forms.js';
import type { PhraseTerm, Term } from './condition.js';
import { findExtraWords } from './extra-words.js';
import { indexedRootOf, stemWord } from './stem.js';
import { STOP_WORDS } from './stop-words.js';
import { MAX_SEARCHED_CHARACTERS, splitIntoPieces, splitWords } from './words.js';

/** Limits of a tsvector of PostgreSQL: no higher position, 255 positions of a word, a megabyte. */
const MAX_POSITION = 16_383;
const MAX_TERM_POSITIONS = 255;
const MAX_VECTOR_BYTES = 1_000_000;
/** Bytes of a term besides its letters: alignment and the number of positions. */
const TERM_OVERHEAD_BYTES = 4;
const POSITION_BYTES = 2;

/** Limits the words of a text, because one character may normalise to many words. */
const MAX_WORDS = MAX_SEARCHED_CHARACTERS;

/** Stems of words, kept for a batch of texts. Stemming takes longer than all the rest. */
export class Stems {
  private readonly stems = new Map<string, string | null>();

  /** @param keepsStopWords stop words have a stem like other words */
  constructor(private readonly keepsStopWords = false) {}

  /** Returns the stem, or null for a stop word. */
  of(word: string): string | null {
    let stem = this.stems.get(word);
    if (stem === undefined) {
      stem = STOP_WORDS.has(word) && !this.keepsStopWords ? null : stemWord(word);
      this.stems.set(word, stem);
    }
    return stem;
  }
}

export class TermVector {
  readonly positions = new Map<string, number[]>();
  private readonly roots = new Set<string>();
  private bytes = 0;
  /** The terms in order, made for the first search by a beginning. */
  private sorted: string[] | undefined;

  /** Adds a term, unless the vector is full. */
  add(term: string, position?: number): void {
    // PostgreSQL refuses a term without characters.
    if (term === '') return;
    let positions = this.positions.get(term);
    if (positions === undefined) {
      const bytes = Buffer.byteLength(term) + TERM_OVERHEAD_BYTES;
      if (this.bytes + bytes > MAX_VECTOR_BYTES) return;
      this.bytes += bytes;
      this.positions.set(term, (positions = []));
    }
    if (position === undefined || position > MAX_POSITION) return;
    if (positions.length >= MAX_TERM_POSITIONS) return;
    if (this.bytes + POSITION_BYTES > MAX_VECTOR_BYTES) return;
    this.bytes += POSITION_BYTES;
    positions.push(position);
  }

  /** Adds the stem of a word, which is found by its root, too. */
  addStem(stem: string, position?: number): void {
    const isNew = !this.positions.has(stem);
    this.add(stem, position);
    if (isNew && this.positions.has(stem)) this.roots.add(indexedRootOf(stem));
  }

  has({ term, as }: Term): boolean {
    if (as === 'root') return this.roots.has(term);
    return as === 'beginning' ? this.beginningWith(term).length > 0 : this.positions.has(term);
  }

  /** Returns the places of the words that are any of these terms. */
  placesOf(terms: PhraseTerm[]): number[] {
    return terms
      .flatMap(({ term, as }) => (as === 'beginning' ? this.beginningWith(term) : [term]))
      .flatMap((term) => this.positions.get(term) ?? []);
  }

  private beginningWith(text: string): string[] {
    this.sorted ??= [...this.positions.keys()].sort();
    const first = firstAtLeast(this.sorted, text);
    let end = first;
    while (end < this.sorted.length && this.sorted[end]!.startsWith(text)) end++;
    return this.sorted.slice(first, end);
  }
}

function firstAtLeast(sorted: string[], text: string): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle]! < text) from = middle + 1;
    else to = middle;
  }
  return from;
}

/**
 * Makes the vector of a text in steps of a few thousand characters. It has the stem of each word with
 * its positions; the word as written where that differs, for searches by a beginning; parts of
 * compounds, and their ends. Phrases are found in the first 16,383 words, and all words in the first
 * megabyte of the vector.
 */
export function* toVectorInSteps(text: string, stems: Stems): Generator<void, TermVector> {
  const vector = new TermVector();
  let [words, position] = [0, 0];
  for (const piece of splitIntoPieces(text)) {
    if (words > MAX_WORDS) break;
    for (const word of splitWords(piece)) {
      words++;
      position++;
      const stem = stems.of(word);
      if (stem === null) continue;
      vector.addStem(stem, position);
      if (stem !== word) vector.add(word);
      const tail = compoundTail(word);
      if (tail !== null) vector.add(tail);
    }
    for (const word of findExtraWords(piece)) {
      words++;
      const stem = stems.of(word);
      if (stem !== null) vector.addStem(stem);
    }
    yield;
  }
  return vector;
}
