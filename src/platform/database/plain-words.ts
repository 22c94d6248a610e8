// Makes texts ready for PostgreSQL's parsers of words, which depend on the locale of the database.
import { foldCase } from './fold-case.js';

/** Characters that are no part of a word: marks, signs, spaces and emoji that are not ASCII. */
const SIGNS =
  String.raw`\u0080-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u2000-\u20cf` +
  String.raw`\u2190-\u24b5\u24ea-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u30fb` +
  String.raw`\ue000-\uf8ff\ufe10-\ufe6f\ufeff-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65` +
  String.raw`\U0001f000-\U0001f12f\U0001f18a-\U0001fbff`;

/**
 * SQL of a text for PostgreSQL's parsers of words, with small letters and without signs that are not ASCII.
 * Leaves nothing for the locale of the database to decide: with `C`, the parser takes every
 * character for a letter that is not ASCII, and changes the case of no such letter.
 */
export const plainWords = (text: string): string =>
  `regexp_replace(${foldCase(text)}, '[${SIGNS}]+', ' ', 'g')`;
