// Turns a text into the terms it is found by. An index keeps only hashes of them: what was removed cannot be read from memory.
import { stemmer } from '@orama/stemmers/english';
import { atOnce } from '../../platform/fairness/index.js';
import { STOP_WORDS } from './stop-words.js';
import { punctuationTraits, findTrait } from './traits.js';
import { splitIntoPieces, MAX_SEARCHED_CHARACTERS, splitWords } from './words.js';

/** Stemmed words, without those that say nothing. In order, with repetitions. */
export function extractTerms(text: string): string[] {
  return splitWords(text)
    .filter((word) => !STOP_WORDS.has(word))
    .map(stem);
}

const ENGLISH = /^[a-z]+$/;
const stem = (word: string): string => (ENGLISH.test(word) ? stemmer(word) : word);

/** 32 bits of hash for a term's root and 12 that tell it from the few others of that root, in a number that fits a double. Zero stands for no term. */
export type TermKey = number;
const STEM_VALUES = 2 ** 12;
export const rootHash = (key: TermKey): number => Math.floor(key / STEM_VALUES);
export const stemHash = (key: TermKey): number => key % STEM_VALUES;

/** Words that begin with the same letters are often kin where stemming doesn't see it: painter and paint, educator and education. */
const ROOT_LETTERS = 5;
/** The first letters of these say too little. */
const PREFIXED = /^(?:inter|under|super|trans|contr|micro|multi|photo|hyper|extra|count)/;
const PREFIXED_LETTERS = 8;
const DIGIT = /\d/;

/** With what a word and its kin begin, as it is written: what a text is looked through for where it has no index. */
export function toSearchPrefix(word: string): string {
  if (DIGIT.test(word)) return word;
  const root = stem(word).slice(0, PREFIXED.test(word) ? PREFIXED_LETTERS : ROOT_LETTERS);
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
  return (hashText(root) % 2 ** 32) * STEM_VALUES + (hashText(stem) % STEM_VALUES) || 1;
}

export interface TextTerms {
  /** How often each occurs. */
  counts: Map<TermKey, number>;
  length: number;
  /** Bits of `traits.ts`. */
  traits: number;
}

/** A single character may stand for many words of its folded text. */
const MAX_WORDS = MAX_SEARCHED_CHARACTERS;

export const analyse = (text: string): TextTerms => atOnce(analyseInSteps(text));

/** The same in steps of a few thousand characters. */
export function* analyseInSteps(text: string): Generator<void, TextTerms> {
  const counts = new Map<TermKey, number>();
  let [length, words, traits] = [0, 0, punctuationTraits(text.slice(0, MAX_SEARCHED_CHARACTERS))];
  for (const piece of splitIntoPieces(text)) {
    if (words > MAX_WORDS) break;
    for (const word of splitWords(piece)) {
      const slot = findCacheSlot(word);
      words++;
      traits |= cachedTraits[slot]!;
      const key = cachedKeys[slot]!;
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
const STEM_CACHE_SIZE = 2 ** 15;
const cachedWordHashes = new Float64Array(STEM_CACHE_SIZE);
const cachedKeys = new Float64Array(STEM_CACHE_SIZE);
const cachedTraits = new Uint16Array(STEM_CACHE_SIZE);

function findCacheSlot(word: string): number {
  const hash = hashText(word);
  const slot = hash % STEM_CACHE_SIZE;
  if (cachedWordHashes[slot] !== hash) {
    cachedWordHashes[slot] = hash;
    cachedKeys[slot] = STOP_WORDS.has(word) ? 0 : termKey(stem(word));
    cachedTraits[slot] = findTrait(word);
  }
  return slot;
}

/** 53 bits of a hash with two lanes (cyrb53). Never zero. */
export function hashText(text: string): number {
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
