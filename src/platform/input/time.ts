// Times as RFC 3339 writes them.

const clock = '([01]\\d|2[0-3]):[0-5]\\d';
const RFC_3339 = new RegExp(
  `^(\\d{4}-\\d{2}-\\d{2})T${clock}:[0-5]\\d(\\.\\d+)?(Z|[+-]${clock})$`,
  'i',
);

/** The moment in UTC with milliseconds, or null when the value is no RFC 3339 time with a time zone. PostgreSQL knows no year 0. */
export function parseTime(value: unknown): string | null {
  const day = typeof value === 'string' ? RFC_3339.exec(value)?.[1] : undefined;
  if (!day || !isDay(day)) return null;
  const text = new Date(Date.parse((value as string).toUpperCase())).toISOString();
  return /^(?!0000)\d{4}-/.test(text) ? text : null;
}

/** A day of the calendar, `2026-02-28`. Date.parse takes 30 February for 2 March. */
export function isDay(day: string): boolean {
  if (!/^(?!0000)\d{4}-\d{2}-\d{2}$/.test(day)) return false;
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

/** What a row holds: a date from an entity, a text that is RFC 3339 already from a statement. */
export const rfc3339 = (time: string | Date): string =>
  typeof time === 'string' ? time : time.toISOString();
export const rfc3339OrNull = (time: string | Date | null): string | null =>
  time === null ? null : rfc3339(time);
