// Times that come from outside: RFC 3339 with a time zone, in years that make sense for a conversation.

const clock = '([01]\\d|2[0-3]):[0-5]\\d';
const RFC_3339 = new RegExp(`^(\\d{4}-\\d{2}-\\d{2})T${clock}:[0-5]\\d(\\.\\d+)?(Z|[+-]${clock})$`, 'i');
const EARLIEST = Date.parse('1970-01-01T00:00:00Z');
const LATEST = Date.parse('2100-01-01T00:00:00Z');

export const TIME_RULE = 'must be an RFC 3339 time with a time zone, between 1970 and 2100';

/** The time in UTC with milliseconds, or null when it is not one or out of range. */
export function parseTime(value: unknown): string | null {
  const day = typeof value === 'string' ? RFC_3339.exec(value)?.[1] : undefined;
  if (!day || !isDay(day)) return null;
  const time = Date.parse((value as string).toUpperCase());
  return time >= EARLIEST && time <= LATEST ? new Date(time).toISOString() : null;
}

/** Date.parse takes 30 February for 2 March. */
function isDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}
