// What a question asks for.
import { type DatePart, findDates } from './date-words.js';
import type { Speakers } from './speakers.js';
import { analyse, type TermKey } from './terms.js';

/** A longer one is a pasted document. */
const MAX_QUESTION_LENGTH = 20_000;
/** Different terms that are looked for. */
const MAX_QUESTION_TERMS = 400;

export interface Question {
  /** Without the names of speakers: everybody in a conversation says them, most of all those who don't bear them. */
  terms: TermKey[];
  /** Numbers of the speakers that are named, or meant by "I" and "you". */
  named: ReadonlySet<number>;
  /** Their names, for texts of which nobody knows who said them. */
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
    // A question that is nothing but a name asks for the name.
    terms: terms.length > 0 ? terms : toTermKeys(question),
    named,
    names: toTermKeys(names.join(' ')),
    dates: findDates(question),
    asksWhen: ASKS_WHEN.test(question),
  };
}

const toTermKeys = (text: string): TermKey[] =>
  [...analyse(text).counts.keys()].slice(0, MAX_QUESTION_TERMS);
