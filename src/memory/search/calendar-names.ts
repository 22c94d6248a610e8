// Knows the names of months and days of the week in many languages, as Intl writes them.
import { foldText, lightStem } from '../../platform/text/index.js';
import { AMBIGUOUS_MONTHS, MONTHS } from './traits.js';

const LOCALES = 'de fr es it pt nl pl ru uk cs sv da fi hu tr el ar hi'.split(' ');
/** Languages whose names of days are no other words. */
const WEEKDAY_LOCALES = 'en de fr es it pt nl pl ru uk cs sv da fi'.split(' ');
/** A shorter name of another language than English may be another word: "mai", "set". */
const MIN_CERTAIN_LENGTH = 5;
/** Names of this length that are words elsewhere. */
const UNCERTAIN = new Set(['kasim']);
const WORD = /\p{L}+/u;
/** Any year in which every month has a first day; 2023 began on a Sunday. */
const YEAR = 2023;

/** In the case that a language uses after a day, and in the one that it uses alone. */
const MONTH_STYLES: Intl.DateTimeFormatOptions[] = [
  { month: 'long' },
  { month: 'long', day: 'numeric' },
];

const months = new Map<string, number>();
const weekdays = new Map<string, number>();
const ambiguous = new Set<string>(AMBIGUOUS_MONTHS);

function nameOf(format: Intl.DateTimeFormat, part: 'month' | 'weekday', at: number): string {
  const name = format.formatToParts(at).find(({ type }) => type === part)?.value ?? '';
  // "segunda-feira" is read as its first word.
  return WORD.exec(foldText(name))?.[0] ?? '';
}

function addMonths(locale: string, style: Intl.DateTimeFormatOptions): void {
  const format = formatOf(locale, style);
  for (let month = 0; month < 12; month++) {
    const name = nameOf(format, 'month', Date.UTC(YEAR, month, 1));
    if (name === '' || months.has(name)) continue;
    months.set(name, month + 1);
    if (name.length < MIN_CERTAIN_LENGTH || UNCERTAIN.has(name)) ambiguous.add(name);
  }
}

function addWeekdays(locale: string): void {
  const format = formatOf(locale, { weekday: 'long' });
  for (let day = 0; day < 7; day++) {
    const name = nameOf(format, 'weekday', Date.UTC(YEAR, 0, 1 + day));
    if (name.length >= MIN_CERTAIN_LENGTH && !ORDINALS.has(name)) weekdays.set(name, day);
  }
}

/** Portuguese names of days begin with a number, which is another word, too. */
const ORDINALS = new Set(['segunda', 'terca', 'quarta', 'quinta', 'sexta']);

const formatOf = (locale: string, style: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(`${locale}-u-ca-gregory-nu-latn`, { ...style, timeZone: 'UTC' });

MONTHS.forEach((name, i) => months.set(name, i + 1).set(name.slice(0, 3), i + 1));
months.set('sept', 9);
for (const locale of LOCALES) for (const style of MONTH_STYLES) addMonths(locale, style);
for (const locale of WEEKDAY_LOCALES) addWeekdays(locale);

/** Other cases of a name have its stem. */
function addStems(names: Map<string, number>): void {
  for (const [name, number] of [...names]) {
    const stem = lightStem(name);
    if (stem.length >= MIN_CERTAIN_LENGTH && !names.has(stem)) names.set(stem, number);
  }
}
addStems(months);
addStems(weekdays);

const find = (names: Map<string, number>, word: string): number | undefined =>
  names.get(word) ?? names.get(lightStem(word));

/** Returns the month from 1 to 12 that a folded word names. */
export const monthOf = (word: string): number | undefined => find(months, word);

/** Returns the day of the week that a folded word names: 0 for Sunday. */
export const dayOf = (word: string): number | undefined => find(weekdays, word);

/** Tells whether the name of a month is also another word. */
export const isAmbiguous = (word: string): boolean => ambiguous.has(word);
