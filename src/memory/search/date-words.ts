// Finds the dates that a question names, and the date on which a text was written.
import { dayOf, isAmbiguous, monthOf } from './calendar-names.js';
import { AMBIGUOUS_MONTHS } from './traits.js';
import { foldText } from '../../platform/text/index.js';

export interface CivilDate {
  year: number;
  /** From 1 to 12. */
  month: number;
  day: number;
  /** From 0 for Sunday to 6. */
  weekday: number;
}

export type DatePart = [part: keyof CivilDate, value: number];

const DATE_WORD = /\d+|\p{L}+/gu;
const ISO = /\b(\d{4})-(\d{2})-(\d{2})\b/g;
/** Stand between the day and the month in some languages: "1er mai", "8 de mayo". */
const FILLERS = new Set('st nd rd th of the de del do er den le'.split(' '));
/** Dates of Chinese, Japanese and Korean: "2023年5月8日", "五月", "5월 8일". */
const MONTH_AND_DAY =
  /(?<![\d一二三四五六七八九十])(\d{1,2}|[一二三四五六七八九十]{1,3})\s?[月월](?:\s?(\d{1,2}|[一二三四五六七八九十]{1,3})\s?[日号號일])?/g;
/** "星期一", "周一", "月曜日", "월요일". */
const WEEKDAY_SIGN =
  /(?:星期|礼拜|禮拜|周|週)([日天一二三四五六])|([日月火水木金土])曜|([일월화수목금토])요일/g;
const WEEKDAY_SIGNS = ['日天일', '一月월', '二火화', '三水수', '四木목', '五金금', '六土토'];
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
/** So does "Mai" after "im". */
const BEFORE_OTHER_MONTH = new Set('im in en em w we v ve i a au nel в у во τον'.split(' '));

/**
 * Finds years, months, days that stand next to a month's name, and days of the week, in the languages
 * of `calendar-names.ts`.
 */
export function findDates(question: string): DatePart[] {
  const folded = foldText(question);
  const words = (folded.match(DATE_WORD) ?? []).filter((word) => !FILLERS.has(word));
  const parts = words.filter(isYear).map((year): DatePart => ['year', Number(year)]);
  for (const word of words) {
    const weekday = dayOf(word);
    if (weekday !== undefined) parts.push(['weekday', weekday]);
  }
  for (const [, month, day] of folded.matchAll(MONTH_AND_DAY))
    parts.push(...inRange('month', readNumber(month)), ...inRange('day', readNumber(day)));
  for (const [, ...signs] of folded.matchAll(WEEKDAY_SIGN))
    parts.push(['weekday', WEEKDAY_SIGNS.findIndex((some) => some.includes(signs.join('')))]);
  words.forEach((_, i) => parts.push(...monthAt(words, i)));
  for (const [, , month, day] of question.matchAll(ISO))
    parts.push(['month', Number(month)], ['day', Number(day)]);
  return parts;
}

const HAN_DIGITS = '一二三四五六七八九';
const HAN_TEN = '十';
/** Reads a number up to 31 in digits or as "二十一"; NaN for another. */
function readNumber(text = ''): number {
  if (!/[一-龥]/.test(text)) return Number(text || NaN);
  const [tens, ones] = text.split(HAN_TEN);
  if (tens!.length > 1 || (ones?.length ?? 0) > 1) return NaN;
  return ones === undefined ? hanDigit(tens!) : (hanDigit(tens!) || 1) * 10 + hanDigit(ones);
}

/** Returns 0 for no digit. */
const hanDigit = (digit: string): number => (digit === '' ? 0 : HAN_DIGITS.indexOf(digit) + 1);

const LIMITS = { month: 12, day: 31 } as const;
const inRange = (part: 'month' | 'day', value: number): DatePart[] =>
  value >= 1 && value <= LIMITS[part] ? [[part, value]] : [];

const isYear = (word: string): boolean => /^(19|20)\d\d$/.test(word);
const isDay = (word: string): boolean =>
  /^\d{1,2}$/.test(word) && Number(word) >= 1 && Number(word) <= 31;

/** Reads a month at word `i`, as in "8 May", "May 8th, 2023" and "in May". */
function monthAt(words: string[], i: number): DatePart[] {
  const [before = '', word = '', after = ''] = [words[i - 1], words[i], words[i + 1]];
  const month = monthOf(word);
  if (month === undefined) return [];
  const day = [after, before].find(isDay);
  const beforeIt = AMBIGUOUS_MONTHS.has(word) ? BEFORE_MONTH : BEFORE_OTHER_MONTH;
  if (isAmbiguous(word) && !day && !isYear(after) && !beforeIt.has(before)) return [];
  return day
    ? [
        ['month', month],
        ['day', Number(day)],
      ]
    : [['month', month]];
}

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
  // 1970-01-01 was a Thursday.
  into.weekday = (((Math.floor(at / DAY_MS) + 4) % 7) + 7) % 7;
  into.day = dayOfYear - Math.floor((153 * month + 2) / 5) + 1;
  into.month = month < 10 ? month + 3 : month - 9;
  into.year = year + era * 400 + (into.month <= 2 ? 1 : 0);
  return into;
}
