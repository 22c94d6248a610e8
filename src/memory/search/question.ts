// Reads what a question asks for: terms, speakers, dates.
import { type DatePart, findDates } from './date-words.js';
import { type Clock, clockOf } from './local-time.js';
import type { Speakers } from './speakers.js';
import { type QuestionTerm, toQuestionTerms } from './question-terms.js';

/** A longer question is a pasted document: only its beginning is read. */
export const MAX_QUESTION_LENGTH = 20_000;

export interface Question {
  /**
   * Terms without the names of speakers. Everybody in a conversation says those names, so they tell
   * nothing.
   */
  terms: QuestionTerm[];
  /** Numbers of the speakers that the question names, or means by "I" and "you". */
  named: ReadonlySet<number>;
  /** Names of those speakers, to find in texts whose speaker is unknown. */
  names: QuestionTerm[];
  /** Numbers of all speakers without a name: roles, and unknown ones. */
  unnamed: ReadonlySet<number>;
  dates: DatePart[];
  /** The clock that dates are read by; null for UTC. */
  clock: Clock | null;
  asksWhen: boolean;
}

const ASKS_WHEN = /\b(?:when|how long|date)\b/i;

interface ReadOptions {
  /** IANA name; UTC without it. */
  timeZone?: string | undefined;
  /** Stop words are asked for as other words are. */
  keepsStopWords?: boolean | undefined;
}

export function readQuestion(
  text: string,
  speakers: Speakers,
  { timeZone, keepsStopWords = false }: ReadOptions = {},
): Question {
  const question = text.slice(0, MAX_QUESTION_LENGTH);
  const { named, rest, names } = speakers.findNamed(question);
  const terms = toQuestionTerms(rest, keepsStopWords);
  return {
    // A question that consists of a name searches for the name.
    terms: terms.length > 0 ? terms : toQuestionTerms(question, keepsStopWords),
    named,
    unnamed: speakers.findUnnamed(),
    names: toQuestionTerms(names.join(' ')),
    dates: findDates(question),
    clock: timeZone === undefined ? null : clockOf(timeZone),
    asksWhen: ASKS_WHEN.test(question),
  };
}
