// Finds the dates that a question names, and the date on which a text was written.
// Dates are in UTC, because the user's time zone is not known.
import { AMBIGUOUS_MONTHS, MONTHS } from './traits.js';

export interface CivilDate {
  year: number;
  /** From 1 to 12. */
  month: number;
  day: number;
}

export type DatePart = [part: keyof CivilDate, value: number];

const DATE_WORD = /\d+|\p{L}+/gu;
const ISO = /\b(\d{4})-(\d{2})-(\d{2})\b/g;
const FILLERS = new Set(['st', 'nd', 'rd', 'th', 'of', 'the']);
/** "May" counts as a month next to a number, and after one of these words. */
const BEFORE_MONTH = new Set([
  'in',
  'since',
  'until',
  'by',
  'during',
  'early',
  'mid',
  'late',
  'last',
  'this',
  'before',
  'after',
]);

/** Finds years, months, and days that stand next to a month's name. */
export function findDates(question: string): DatePart[] {
  const words = (question.match(DATE_WORD) ?? [])
    .map((word) => word.toLowerCase())
    .filter((word) => !FILLERS.has(word));
  const parts = words.filter(isYear).map((year): DatePart => ['year', Number(year)]);
  words.forEach((_, i) => parts.push(...monthAt(words, i)));
  for (const [, , month, day] of question.matchAll(ISO))
    parts.push(['month', Number(month)], ['day', Number(day)]);
  return parts;
}

const isYear = (word: string): boolean => /^(19|20)\d\d$/.test(word);
const isDay = (word: string): boolean =>
  /^\d{1,2}$/.test(word) && Number(word) >= 1 && Number(word) <= 31;

/** Reads a month at word `i`, as in "8 May", "May 8th, 2023" and "in May". */
function monthAt(words: string[], i: number): DatePart[] {
  const [before = '', word = '', after = ''] = [words[i - 1], words[i], words[i + 1]];
  const month = monthNumber(word);
  if (month === 0) return [];
  const day = [after, before].find(isDay);
  if (AMBIGUOUS_MONTHS.has(word) && !day && !isYear(after) && !BEFORE_MONTH.has(before)) return [];
  return day
    ? [
        ['month', month],
        ['day', Number(day)],
      ]
    : [['month', month]];
}

const MONTH_NUMBERS = new Map([
  ['sept', 9],
  ...MONTHS.flatMap((name, i): [string, number][] => [
    [name, i + 1],
    [name.slice(0, 3), i + 1],
  ]),
]);
const monthNumber = (word: string): number => MONTH_NUMBERS.get(word) ?? 0;

const DAY_MS = 24 * 60 * 60 * 1_000;
const DAYS_PER_ERA = 146_097;

/**
 * Writes the UTC date of `at` (milliseconds since 1970) into `into`, without allocating a Date per
 * text.
 * This is Howard Hinnant's days-to-civil algorithm: its years begin in March, its eras have 400
 * years.
 */
export function writeUtcDate(at: number, into: CivilDate): CivilDate {
  const days = Math.floor(at / DAY_MS) + 719_468;
  const era = Math.floor(days / DAYS_PER_ERA);
  const dayOfEra = days - era * DAYS_PER_ERA;
  const year = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / (DAYS_PER_ERA - 1))) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  into.day = dayOfYear - Math.floor((153 * month + 2) / 5) + 1;
  into.month = month < 10 ? month + 3 : month - 9;
  into.year = year + era * 400 + (into.month <= 2 ? 1 : 0);
  return into;
}
