// Writes a question as tsqueries: what a hit matches, and the words by which hits are ranked.
import { mayBeMistyped, type SearchQuestion } from '../../../platform/text/index.js';
import type { Condition, Unit } from '../../../platform/text/index.js';
import { toRankedTsquery, toTsquery } from './tsquery.js';

export interface MessageQuestion {
  /** What a hit matches, as the text of a tsquery. */
  match: string;
  /** Any of the words as they were asked for. Null when there are none. */
  words: string | null;
  /** Any of their other forms. Null when there are none. */
  forms: string | null;
  /** Any of the words that a mistyped one may be. Null when there are none. */
  typos: string | null;
}

export function toMessageQuestion({ match, units }: SearchQuestion): MessageQuestion {
  const ranked = (termsOf: (unit: Unit) => Condition[]) => toRankedTsquery(units.flatMap(termsOf));
  return {
    match: toTsquery(match),
    words: ranked(({ exact }) => exact),
    // Rare forms are found, but do not rank: they are hundreds, and mean the word less often.
    forms: ranked(({ endings, related }) => [...endings, ...related]),
    typos: ranked(({ typos }) => typos),
  };
}

/** Words of a question that are looked up to know whether they are mistyped. */
const MAX_LOOKED_UP = 8;

export interface LongWord {
  word: string;
  /** Any form of it, as the text of a tsquery. */
  anyForm: string;
}

/** Lists the words that may be mistyped, the longest first. */
export function listLongWords({ units }: SearchQuestion): LongWord[] {
  const found = new Map<string, LongWord>();
  for (const { word, exact, endings, related, rare } of units) {
    if (word === undefined || found.has(word) || !mayBeMistyped(word)) continue;
    const of = [...exact, ...endings, ...related, ...rare];
    found.set(word, { word, anyForm: toTsquery({ kind: 'any', of }) });
  }
  return [...found.values()].sort((a, b) => b.word.length - a.word.length).slice(0, MAX_LOOKED_UP);
}
