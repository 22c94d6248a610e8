// What PostgreSQL looks for in texts of which there is no index: the beginnings of a question's words.
import { toSearchPrefix } from '../search/terms.js';
import { STOP_WORDS } from '../search/stop-words.js';
import { splitWords } from '../search/words.js';

/** Words that are looked for, the longest first: each is a look at all texts, and a bit of a number. */
const MAX_NEEDLE_WORDS = 16;
const LONGEST_QUESTION = 20_000;

/** Part of a word, in the spelling it may have in a text whose Latin letters are in lower case. */
export interface Needle {
  term: number;
  text: string;
  /** Where part of a word would say little, what the whole word must match: a regular expression of PostgreSQL. */
  pattern: string | null;
}

const WORD = /[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{M}]+)*/gu;
const ASCII_UPPER = /[A-Z]/g;
/** A shorter word is part of too many others. */
const MAX_WHOLE_WORD_LENGTH = 3;
const DIGIT = /\d/;

export function extractNeedles(question: string): Needle[] {
  const spellings = new Map<string, Set<string>>();
  for (const [written] of question.slice(0, LONGEST_QUESTION).matchAll(WORD)) {
    const words = splitWords(written).filter((word) => !STOP_WORDS.has(word));
    for (const word of words) {
      const known = spellings.get(word) ?? new Set([word]);
      spellings.set(
        word,
        words.length === 1 ? new Set([...known, ...listSpellings(written)]) : known,
      );
    }
  }
  const longest = [...spellings].sort(([a], [b]) => b.length - a.length).slice(0, MAX_NEEDLE_WORDS);
  return longest.flatMap(([, texts], term) =>
    [...new Set([...texts].map(toSearchPrefix))].map((text) => ({
      term,
      text,
      pattern: toPattern(text),
    })),
  );
}

/** With accents, which an index leaves out, and with capitals, which PostgreSQL turns into small letters only where they are Latin. */
function listSpellings(written: string): string[] {
  const lower = written.toLowerCase();
  const first = String.fromCodePoint(lower.codePointAt(0)!);
  const spellings = [lower, first.toUpperCase() + lower.slice(first.length), written.toUpperCase()];
  return spellings.map((spelling) =>
    spelling.replace(ASCII_UPPER, (letter) => letter.toLowerCase()),
  );
}

const toPattern = (text: string): string | null =>
  text.length <= MAX_WHOLE_WORD_LENGTH || DIGIT.test(text)
    ? `\\m${text.replace(/[^\p{L}\p{N}\p{M}]/gu, '\\$&')}\\M`
    : null;
