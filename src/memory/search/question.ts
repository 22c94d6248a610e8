// Reads what a question asks for: terms, speakers, dates.
import { type DatePart, findDates } from './date-words.js';
import type { Speakers } from './speakers.js';
import { analyse, type TermKey } from './terms.js';

/** A longer question is a pasted document: only its beginning is read. */
export const MAX_QUESTION_LENGTH = 20_000;
/** How many different terms of a question are searched for. */
const MAX_QUESTION_TERMS = 400;

export interface Question {
  /**
   * Terms without the names of speakers. Everybody in a conversation says those names, so they tell
   * nothing.
   */
  terms: TermKey[];
  /** Numbers of the speakers that the question names, or means by "I" and "you". */
  named: ReadonlySet<number>;
  /** Names of those speakers, to find in texts whose speaker is unknown. */
  names: TermKey[];
  dates: DatePart[];
  asksWhen: boolean;
}

const ASKS_WHEN = /\b(?:when|how long|date)\b/i;

export function readQuestion(text: string, speakers: Speakers): Question {
  const question = text.slice(0, MAX_QUESTION_LENGTH);
  const { named, rest, names } = speakers.findNamed(question);
  const terms = toTermKeys(rest);
  return {
    // A question that consists of a name searches for the name.
    terms: terms.length > 0 ? terms : toTermKeys(question),
    named,
    names: toTermKeys(names.join(' ')),
    dates: findDates(question),
    asksWhen: ASKS_WHEN.test(question),
  };
}

const toTermKeys = (text: string): TermKey[] =>
  [...analyse(text).counts.keys()].slice(0, MAX_QUESTION_TERMS);
