// Finds messages by stop words, which no index has: PostgreSQL scans for them, and the messages that
// it finds are read again by the rules of the index.
import { type SearchQuestion, Stems } from '../../../platform/text/index.js';
import type { ScannedMessage, SearchHit, WordScan } from './message-search.repository.js';
import { meeting } from './met-messages.js';

const APOSTROPHE = "['’]?";
/** What may stand before and behind a word. A sign of JSON is the letter of a line break. */
const BEFORE = String.raw`(?:(?<![a-zA-Z0-9])|\\[nrt])`;
const BEHIND = '(?![a-zA-Z0-9])';
const WRITTEN_WORD = /[A-Za-z]+(?:['’][A-Za-z]+)*/g;

const toPattern = (letters: string): string => `${BEFORE}${letters}${BEHIND}`;

/** All stop words are ASCII letters, so that none needs quoting. */
export function scanOf({ stopWords, alternatives }: SearchQuestion, q: string): WordScan {
  return {
    patterns: stopWords.map((word) => toPattern([...word].join(APOSTROPHE))),
    needsAll: alternatives === 1,
    writtenPatterns: [...new Set(q.match(WRITTEN_WORD) ?? [])].map(toPattern),
  };
}

/** Score of a hit with all words as they were written, and of others at least. */
const [WRITTEN_SCORE, MIN_SCORE] = [1, 0.5];

/** Keeps the messages that meet the question, and gives them a score. */
export async function toScannedHits(
  rows: ScannedMessage[],
  question: SearchQuestion,
): Promise<SearchHit[]> {
  const met = await meeting(rows, question, new Stems(true));
  return met.map((row) => {
    const share = Math.min(1, row.written / question.stopWords.length);
    const words = MIN_SCORE + (WRITTEN_SCORE - MIN_SCORE) * share;
    return { ...row, words, forms: 0, typos: 0 };
  });
}
