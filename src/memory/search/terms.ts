// Turns a text into the terms it is found by. An index keeps only hashes of them: what was removed cannot be read from memory.
import { stemmer } from '@orama/stemmers/english';
import { atOnce } from '../../platform/fairness/index.js';
import { STOP_WORDS } from './stop-words.js';
import { punctuationTraits, traitOf } from './traits.js';
import { piecesOf, SEARCHED_CHARACTERS, wordsOf } from './words.js';

/** Stemmed words, without those that say nothing. In order, with repetitions. */
export function termsOf(text: string): string[] {
  return wordsOf(text)
    .filter((word) => !STOP_WORDS.has(word))
    .map(stemOf);
}

const ENGLISH = /^[a-z]+$/;
const stemOf = (word: string): string => (ENGLISH.test(word) ? stemmer(word) : word);

/** 32 bits of hash for a term's root and 12 that tell it from the few others of that root, in a number that fits a double. Zero stands for no term. */
export type TermKey = number;
const STEM_VALUES = 2 ** 12;
export const rootIn = (key: TermKey): number => Math.floor(key / STEM_VALUES);
export const stemIn = (key: TermKey): number => key % STEM_VALUES;

/** Words that begin with the same letters are often kin where stemming doesn't see it: painter and paint, educator and education. */
const ROOT_LETTERS = 5;
/** The first letters of these say too little. */
const PREFIXED = /^(?:inter|under|super|trans|contr|micro|multi|photo|hyper|extra|count)/;
const PREFIXED_LETTERS = 8;
const DIGIT = /\d/;

/** With what a word and its kin begin, as it is written: what a text is looked through for where it has no index. */
export function beginningOf(word: string): string {
  if (DIGIT.test(word)) return word;
  const root = stemOf(word).slice(0, PREFIXED.test(word) ? PREFIXED_LETTERS : ROOT_LETTERS);
  let length = 0;
  while (length < root.length && root[length] === word[length]) length++;
  // The stemmer makes y an i: study, studies.
  const written = root.slice(0, length);
  return ENGLISH.test(word) && written.length > 2 && written.endsWith('i')
    ? written.slice(0, -1)
    : written;
}

function termKey(stem: string): TermKey {
  const root = DIGIT.test(stem)
    ? stem
    : stem.slice(0, PREFIXED.test(stem) ? PREFIXED_LETTERS : ROOT_LETTERS);
  return (hashOf(root) % 2 ** 32) * STEM_VALUES + (hashOf(stem) % STEM_VALUES) || 1;
}

export interface TextTerms {
  /** How often each occurs. */
  counts: Map<TermKey, number>;
  length: number;
  /** Bits of `traits.ts`. */
  traits: number;
}

/** A single character may stand for many words of its folded text. */
const MOST_WORDS = SEARCHED_CHARACTERS;

export const analyse = (text: string): TextTerms => atOnce(analysing(text));

/** The same in steps of a few thousand characters. */
export function* analysing(text: string): Generator<void, TextTerms> {
  const counts = new Map<TermKey, number>();
  let [length, words, traits] = [0, 0, punctuationTraits(text.slice(0, SEARCHED_CHARACTERS))];
  for (const piece of piecesOf(text)) {
    if (words > MOST_WORDS) break;
    for (const word of wordsOf(piece)) {
      const slot = knownSlot(word);
      words++;
      traits |= traitsKnown[slot]!;
      const key = keysKnown[slot]!;
      if (key === 0) continue;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      length++;
    }
    yield;
  }
  return { counts, length, traits };
}

/**
 * Stemming takes ten times as long as everything else, so the last word that fell into each slot is remembered, by its hash:
 * the words themselves would be content that outlives its removal.
 */
const SLOTS = 2 ** 15;
const wordsKnown = new Float64Array(SLOTS);
const keysKnown = new Float64Array(SLOTS);
const traitsKnown = new Uint16Array(SLOTS);

function knownSlot(word: string): number {
  const hash = hashOf(word);
  const slot = hash % SLOTS;
  if (wordsKnown[slot] !== hash) {
    wordsKnown[slot] = hash;
    keysKnown[slot] = STOP_WORDS.has(word) ? 0 : termKey(stemOf(word));
    traitsKnown[slot] = traitOf(word);
  }
  return slot;
}

/** 53 bits of a hash with two lanes (cyrb53). Never zero. */
export function hashOf(text: string): number {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 2 ** 32 * (b & 0x1fffff) + (a >>> 0) || 1;
}
