// Reads and writes times in the form of RFC 3339.

const day = '(\\d{4})-(\\d{2})-(\\d{2})';
const clock = '([01]\\d|2[0-3]):[0-5]\\d';
const DAY = new RegExp(`^${day}$`);
/** Of a text that is RFC 3339: it has the form in which times are returned. */
const UTC_MILLISECONDS = /T.{8}\.\d{3}Z$/;
const RFC_3339 = new RegExp(`^${day}T${clock}:[0-5]\\d(\\.\\d+)?(Z|[+-]${clock})$`, 'i');

/**
 * Converts to UTC with milliseconds.
 * @returns null unless the value is an RFC 3339 time with a time zone; PostgreSQL has no year 0
 */
export function parseTime(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const match = RFC_3339.exec(value);
  if (!isCalendarDay(match)) return null;
  if (UTC_MILLISECONDS.test(value)) return value;
  const text = new Date(value.toUpperCase()).toISOString();
  // A zone may lead out of the years 1 to 9999. Other years have a sign and six digits.
  return text.length === MILLISECONDS_LENGTH && !text.startsWith('0000') ? text : null;
}

/**
 * Tells whether a match begins with the groups year, month and day of a day that there is.
 * `Date.parse` takes 30 February for 2 March.
 */
function isCalendarDay(match: RegExpExecArray | null): boolean {
  if (!match) return false;
  const [year, month, dayOfMonth] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (year < 1 || month < 1 || month > 12 || dayOfMonth < 1) return false;
  // Every month has 28 days. Day 0 of the next month is the last of this one.
  return dayOfMonth <= 28 || dayOfMonth <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/**
 * Converts as `parseTime`, and keeps microseconds where there are any: `…00.123Z` or `…00.123456Z`.
 * Digits after the sixth are cut.
 */
export function parseExactTime(value: unknown): string | null {
  const time = parseTime(value);
  return time === null ? null : withMicroseconds(time, value as string);
}

/** As `parseExactTime`, and takes a calendar day, too. */
export const parseExactTimeOrDay = (value: unknown): string | null =>
  typeof value === 'string' && isDay(value) ? parseTimeOrDay(value) : parseExactTime(value);

/**
 * Adds the microseconds that a text has to the same time in milliseconds.
 * @param time as `toISOString` writes it
 */
export function withMicroseconds(time: string, text: string): string {
  const micros = (/\.\d{3}(\d{1,3})/.exec(text)?.[1] ?? '').padEnd(3, '0');
  return micros === '000' ? time : `${time.slice(0, -1)}${micros}Z`;
}

/** Compares times that `parseExactTime` or a statement gave: below 0 when `a` is earlier. */
export function compareTimes(a: string, b: string): number {
  const [first, second] = [sortable(a), sortable(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** Without the Z, a shorter text of the same time stands before a longer one. */
const sortable = (time: string): string => time.slice(0, -1);

/** Returns the time without its microseconds. */
export const toMilliseconds = (time: string): string =>
  time.length > MILLISECONDS_LENGTH ? `${time.slice(0, MILLISECONDS_LENGTH - 1)}Z` : time;
const MILLISECONDS_LENGTH = '2026-01-01T00:00:00.000Z'.length;

/** Converts as `parseTime`. Takes a calendar day, too, which is its midnight in UTC. */
export const parseTimeOrDay = (value: unknown): string | null =>
  typeof value === 'string' && isDay(value) ? `${value}T00:00:00.000Z` : parseTime(value);

/** True for a calendar day such as `2026-02-28`. */
export const isDay = (day: string): boolean => isCalendarDay(DAY.exec(day));

/**
 * IANA names only. PostgreSQL takes an abbreviation such as CET as a fixed offset, without summer
 * time.
 */
export const ZONE = /^([Uu][Tt][Cc]|[Gg][Mm][Tt]|[A-Za-z][\w+-]*(\/[A-Za-z][\w+-]*)+)$/;
export const MAX_ZONE_LENGTH = 64;

/** True for the IANA name of a time zone that this process knows, such as `Europe/Oslo`. */
export function isTimeZone(name: string): boolean {
  if (name.length > MAX_ZONE_LENGTH || !ZONE.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

/** Converts the value of a row: entities have dates, statements give RFC 3339 text already. */
export const rfc3339 = (time: string | Date): string =>
  typeof time === 'string' ? time : time.toISOString();
export const rfc3339OrNull = (time: string | Date | null): string | null =>
  time === null ? null : rfc3339(time);

/**
 * An entity, or a row of a list statement: times are dates in the one and RFC 3339 texts in the
 * other.
 */
export type EntityOrRow<T> = { [K in keyof T]: Date extends T[K] ? T[K] | string : T[K] };
