// Searches the words of tasks and events with PostgreSQL's parser of English.
import { foldCase } from '../platform/database/index.js';

/** Characters that are no part of a word: marks, signs, spaces and emoji that are not ASCII. */
const SIGNS =
  String.raw`\u0080-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u2000-\u20cf` +
  String.raw`\u2190-\u24b5\u24ea-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u30fb` +
  String.raw`\ue000-\uf8ff\ufe10-\ufe6f\ufeff-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65` +
  String.raw`\U0001f000-\U0001f12f\U0001f18a-\U0001fbff`;

/**
 * Leaves nothing for the locale of the database to decide: with `C`, the parser takes every
 * character for a letter that is not ASCII, and changes the case of no such letter.
 */
const toPlainWords = (text: string): string =>
  `regexp_replace(${foldCase(text)}, '[${SIGNS}]+', ' ', 'g')`;

/** The SQL condition that a text contains words, in other forms, too. */
export const matchesWords = (text: string, words: string): string =>
  `to_tsvector('english', ${toPlainWords(text)})
    @@ websearch_to_tsquery('english', ${toPlainWords(words)})`;
