// Reads and writes times in the form of RFC 3339.

const clock = '([01]\\d|2[0-3]):[0-5]\\d';
const RFC_3339 = new RegExp(
  `^(\\d{4}-\\d{2}-\\d{2})T${clock}:[0-5]\\d(\\.\\d+)?(Z|[+-]${clock})$`,
  'i',
);

/**
 * Converts to UTC with milliseconds.
 * @returns null unless the value is an RFC 3339 time with a time zone; PostgreSQL has no year 0
 */
export function parseTime(value: unknown): string | null {
  const day = typeof value === 'string' ? RFC_3339.exec(value)?.[1] : undefined;
  if (!day || !isDay(day)) return null;
  const text = new Date(Date.parse((value as string).toUpperCase())).toISOString();
  return /^(?!0000)\d{4}-/.test(text) ? text : null;
}

/** Converts as `parseTime`. Takes a calendar day, too, which is its midnight in UTC. */
export const parseTimeOrDay = (value: unknown): string | null =>
  typeof value === 'string' && isDay(value) ? `${value}T00:00:00.000Z` : parseTime(value);

/** True for a calendar day such as `2026-02-28`. Date.parse would accept 30 February as 2 March. */
export function isDay(day: string): boolean {
  if (!/^(?!0000)\d{4}-\d{2}-\d{2}$/.test(day)) return false;
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

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
