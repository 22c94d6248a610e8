// Turns a question into the beginnings of its words, for which PostgreSQL scans texts that have no
// index.
import { MAX_QUESTION_LENGTH } from '../search/question.js';
import { toSearchPrefix } from '../search/terms.js';
import { STOP_WORDS, splitWords } from '../../platform/text/index.js';

/**
 * How many words are searched for, the longest first. Each one costs a scan of all texts, and a bit
 * of the mask.
 */
const MAX_NEEDLE_WORDS = 16;

/**
 * The beginning of a searched word, in one spelling. The text is compared after its Latin letters
 * were put in lower case.
 */
export interface Needle {
  term: number;
  text: string;
  /**
   * A regular expression of PostgreSQL that the whole word must match; null when the beginning is
   * enough.
   */
  pattern: string | null;
}

const WORD = /[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{M}]+)*/gu;
const ASCII_UPPER = /[A-Z]/g;
/** Words up to this length must match as a whole, because they occur inside too many others. */
const MAX_WHOLE_WORD_LENGTH = 3;
const DIGIT = /\d/;
/**
 * Characters that go on a word of a language with spaces. `\m` and `\M` know only those of ASCII in
 * collation "C".
 */
const WORD_CHARACTER = String.raw`[0-9a-z_\u00c0-\u0556\u0561-\u0587\u05d0-\u05ea\u0620-\u06d3\u0900-\u0963\u0966-\u0dff\u1e00-\u1fff]`;

interface NeedleOptions {
  /** Stop words are looked for, too, as whole words. */
  keepsStopWords?: boolean | undefined;
  /** The last word is the beginning of a word. */
  goesOn?: boolean | undefined;
}

export function extractNeedles(
  question: string,
  { keepsStopWords = false, goesOn = false }: NeedleOptions = {},
): Needle[] {
  if (!goesOn) return needlesOf(wordsOf(question, keepsStopWords));
  const written = [...question.slice(0, MAX_QUESTION_LENGTH).matchAll(WORD)].at(-1);
  if (written === undefined) return [];
  const last = written[0];
  const needles = needlesOf(wordsOf(question.slice(0, written.index), keepsStopWords));
  const term = new Set(needles.map((needle) => needle.term)).size;
  const texts = [...splitWords(last).slice(-1), ...listSpellings(last)].filter(
    (text) => text !== '',
  );
  const open = [...new Set(texts)].map((text) => ({ term, text, pattern: wordBeginning(text) }));
  return [...needles, ...open];
}

/** Returns the words of a question with the ways to write them. */
function wordsOf(question: string, keepsStopWords: boolean): Map<string, Set<string>> {
  const spellings = new Map<string, Set<string>>();
  for (const [written] of question.slice(0, MAX_QUESTION_LENGTH).matchAll(WORD)) {
    const words = splitWords(written).filter((word) => keepsStopWords || !STOP_WORDS.has(word));
    for (const word of words) {
      const known = spellings.get(word) ?? new Set([word]);
      spellings.set(
        word,
        words.length === 1 ? new Set([...known, ...listSpellings(written)]) : known,
      );
    }
  }
  return spellings;
}

function needlesOf(spellings: ReadonlyMap<string, ReadonlySet<string>>): Needle[] {
  const longest = [...spellings].sort(([a], [b]) => b.length - a.length).slice(0, MAX_NEEDLE_WORDS);
  return longest.flatMap(([word, texts], term) => {
    const isStopWord = STOP_WORDS.has(word);
    return [...new Set([...texts].map(isStopWord ? same : toSearchPrefix))].map((text) => ({
      term,
      text,
      pattern: isStopWord || needsWhole(text) ? wholeWord(text) : null,
    }));
  });
}

const same = (text: string): string => text;

/**
 * Lists spellings with accents (an index drops them) and with capitals (PostgreSQL's lower()
 * converts only Latin letters in collation "C").
 */
function listSpellings(written: string): string[] {
  const lower = written.toLowerCase();
  const first = String.fromCodePoint(lower.codePointAt(0)!);
  const spellings = [lower, first.toUpperCase() + lower.slice(first.length), written.toUpperCase()];
  return spellings.map((spelling) =>
    spelling.replace(ASCII_UPPER, (letter) => letter.toLowerCase()),
  );
}

const needsWhole = (text: string): boolean =>
  text.length <= MAX_WHOLE_WORD_LENGTH || DIGIT.test(text);

/** A line break in JSON ends with a letter. */
const wordBeginning = (text: string): string =>
  `(?:(?<!${WORD_CHARACTER})|\\\\[nrt])${text.replace(/[^\p{L}\p{N}\p{M}]/gu, '\\$&')}`;

const wholeWord = (text: string): string => `${wordBeginning(text)}(?!${WORD_CHARACTER})`;
