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

/** True for a calendar day such as `2026-02-28`. Date.parse would accept 30 February as 2 March. */
export function isDay(day: string): boolean {
  if (!/^(?!0000)\d{4}-\d{2}-\d{2}$/.test(day)) return false;
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

/** Converts the value of a row: entities have dates, statements give RFC 3339 text already. */
export const rfc3339 = (time: string | Date): string =>
  typeof time === 'string' ? time : time.toISOString();
export const rfc3339OrNull = (time: string | Date | null): string | null =>
  time === null ? null : rfc3339(time);

/** An entity, or a row of a list statement: times are dates in the one and RFC 3339 texts in the other. */
export type EntityOrRow<T> = { [K in keyof T]: Date extends T[K] ? T[K] | string : T[K] };
