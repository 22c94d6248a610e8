// Searches the words of tasks and events with PostgreSQL's parser of English.
import { plainWords } from '../platform/database/index.js';

/** The SQL condition that a text contains words, in other forms, too. */
export const matchesWords = (text: string, words: string): string =>
  `to_tsvector('english', ${plainWords(text)})
    @@ websearch_to_tsquery('english', ${plainWords(words)})`;
