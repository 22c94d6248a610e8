// Reduces a word to the part that its other forms share.
import { stemmer } from '@orama/stemmers/english';
import { lightStem } from './light-stems.js';

const LATIN = /^[a-z]+$/;

/** Words of Latin letters are stemmed by the rules of English, others by those of their script. */
export const stemWord = (word: string): string =>
  LATIN.test(word) ? stemmer(word) : lightStem(word);

/**
 * Words with the same first letters are often related where stemming misses it: painter and paint,
 * educator and education.
 */
const ROOT_LETTERS = 5;
/** After these prefixes the first five letters are too common to be a root. */
const PREFIXED = /^(?:inter|under|super|trans|contr|micro|multi|photo|hyper|extra|count)/;
const PREFIXED_LETTERS = 8;
const DIGIT = /\d/;
/** One or two characters of a script without spaces. */
const PAIR = /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]{1,2}$/u;

/** Returns the root by which an index knows a stem: of a pair of characters, the first one. */
export const indexedRootOf = (stem: string): string =>
  PAIR.test(stem) ? String.fromCodePoint(stem.codePointAt(0)!) : rootOf(stem);

/** Returns the first letters of a stem, or all of one that has a digit. */
export function rootOf(stem: string): string {
  if (DIGIT.test(stem)) return stem;
  return stem.slice(0, PREFIXED.test(stem) ? PREFIXED_LETTERS : ROOT_LETTERS);
}
