// Turns a text into the terms by which it is found. An index keeps hashes of terms only, so that
// removed content cannot be read from memory.
import { atOnce } from '../../platform/fairness/index.js';
import {
  compoundTail,
  findExtraWords,
  indexedRootOf,
  MAX_SEARCHED_CHARACTERS,
  splitIntoPieces,
  splitWords,
  STOP_WORDS,
  rootOf,
  stemWord,
} from '../../platform/text/index.js';
import { punctuationTraits, findTrait } from './traits.js';

/** Returns the stemmed words of a text without stop words, in order and with repetitions. */
export function extractTerms(text: string): string[] {
  return splitWords(text)
    .filter((word) => !STOP_WORDS.has(word))
    .map(stemWord);
}

const ENGLISH = /^[a-z]+$/;

/**
 * The hash of a term: 32 bits for its root, and 12 bits that tell apart the stems of that root.
 * Fits a double exactly. 0 stands for no term.
 */
export type TermKey = number;
const STEM_VALUES = 2 ** 12;
export const rootHash = (key: TermKey): number => Math.floor(key / STEM_VALUES);
export const stemHash = (key: TermKey): number => key % STEM_VALUES;

const DIGIT = /\d/;

/**
 * Returns the beginning that a word shares with related words, as written: PostgreSQL scans for it
 * where a user has no index.
 */
export function toSearchPrefix(word: string): string {
  if (DIGIT.test(word)) return word;
  const root = rootOf(stemWord(word));
  let length = 0;
  while (length < root.length && root[length] === word[length]) length++;
  // A stem without an Arabic or Hebrew article begins otherwise than the word.
  if (length === 0) return rootOf(word);
  // The stemmer turns a final y into i: study, studies.
  const written = root.slice(0, length);
  return ENGLISH.test(word) && written.length > 2 && written.endsWith('i')
    ? written.slice(0, -1)
    : written;
}

/** Returns the key of a stem. */
export function stemKey(stem: string): TermKey {
  return (
    (hashText(indexedRootOf(stem)) % 2 ** 32) * STEM_VALUES + (hashText(stem) % STEM_VALUES) || 1
  );
}

export interface TextTerms {
  /** How often each term occurs. */
  counts: Map<TermKey, number>;
  length: number;
  /** Bits defined in `traits.ts`. */
  traits: number;
}

/** Limits the words of a text, because one character may normalise to many words. */
const MAX_WORDS = MAX_SEARCHED_CHARACTERS;

export const analyse = (text: string, keepsStopWords = false): TextTerms =>
  atOnce(analyseInSteps(text, keepsStopWords));

/**
 * Analyses a text in steps of a few thousand characters.
 * @param keepsStopWords stop words are terms, too
 */
export function* analyseInSteps(text: string, keepsStopWords = false): Generator<void, TextTerms> {
  const counts = new Map<TermKey, number>();
  let [length, words, traits] = [0, 0, punctuationTraits(text.slice(0, MAX_SEARCHED_CHARACTERS))];
  for (const piece of splitIntoPieces(text)) {
    if (words > MAX_WORDS) break;
    for (const word of splitWords(piece)) {
      const slot = findCacheSlot(word);
      words++;
      traits |= cachedTraits[slot]!;
      const key = cachedKeys[slot]! || (keepsStopWords ? stopWordKey(word) : 0);
      if (key === 0) continue;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      length++;
      const tail = compoundTail(word);
      if (tail === null) continue;
      const tailKey = cachedKeys[findCacheSlot(tail)]!;
      counts.set(tailKey, (counts.get(tailKey) ?? 0) + 1);
    }
    // They have no share in the length, because they repeat what the words say.
    for (const word of findExtraWords(piece)) {
      words++;
      const key = cachedKeys[findCacheSlot(word)]!;
      if (key !== 0) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    yield;
  }
  return { counts, length, traits };
}

/**
 * A cache of stems, because stemming takes ten times as long as the rest of the analysis. Each slot
 * keeps the last word that fell into it, by its hash: the words themselves would be content that
 * outlives its removal.
 */
const STEM_CACHE_SIZE = 2 ** 15;
const cachedWordHashes = new Float64Array(STEM_CACHE_SIZE);
const cachedKeys = new Float64Array(STEM_CACHE_SIZE);
const cachedTraits = new Uint16Array(STEM_CACHE_SIZE);

/** Returns the key of a word, or 0 for a stop word, unless those are kept. */
export const wordKey = (word: string, keepsStopWords = false): TermKey =>
  cachedKeys[findCacheSlot(word)]! || (keepsStopWords ? stopWordKey(word) : 0);

const stopWordKey = (word: string): TermKey => stemKey(stemWord(word));

function findCacheSlot(word: string): number {
  const hash = hashText(word);
  const slot = hash % STEM_CACHE_SIZE;
  if (cachedWordHashes[slot] !== hash) {
    cachedWordHashes[slot] = hash;
    cachedKeys[slot] = STOP_WORDS.has(word) ? 0 : stemKey(stemWord(word));
    cachedTraits[slot] = findTrait(word);
  }
  return slot;
}

/** Returns a 53-bit hash (cyrb53: two 32-bit states). Never 0. */
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
