// Interprets the times of an event: local times in a time zone, which PostgreSQL converts to
// instants.
import { isDay, isTimeZone, parseTime } from '../../platform/input/index.js';
import { EventErrors } from './events.errors.js';

export interface GivenTimes {
  start: string;
  end: string | null;
  timeZone: string | null;
}

/** A local time and its time zone. */
export interface ClockTime {
  local: string;
  zone: string;
}

export interface Span {
  allDay: boolean;
  from: ClockTime;
  /** End, exclusive. For an all-day event it is midnight after the last day. */
  to: ClockTime;
}

const TIME =
  /^(\d{4}-\d{2}-\d{2})T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?)(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/i;
/**
 * Years 1000 to 8999: PostgreSQL and JavaScript write them alike, also a day or a time zone away.
 */
const YEARS = /^[1-8]\d{3}-/;

/**
 * Returns the span of an event.
 * @throws AppError `event.invalid_times` with a pointer to the wrong field
 */
export function parseSpan({ start, end, timeZone }: GivenTimes): Span {
  if (timeZone !== null && !isTimeZone(timeZone)) throw unknownZone();
  const from = clockTime(start, timeZone, '/start');
  const allDay = isDay(start);
  if (end === null)
    return { allDay, from, to: allDay ? clockTime(nextDay(start), timeZone, '/start') : from };
  const to = clockTime(end, timeZone, '/end');
  if (isDay(end) !== allDay)
    throw refused('/end', `must be a ${allDay ? 'day' : 'time'}, as start is`);
  if (allDay && end <= start)
    throw refused('/end', 'must be after start: the end of an all-day event is not part of it');
  return { allDay, from, to };
}

function clockTime(text: string, timeZone: string | null, pointer: string): ClockTime {
  if (!YEARS.test(text)) throw refused(pointer, TIME_RULE);
  if (isDay(text)) return { local: `${text}T00:00:00`, zone: timeZone ?? 'UTC' };
  const [, day, time, offset] = TIME.exec(text) ?? [];
  if (!day || !isDay(day)) throw refused(pointer, TIME_RULE);
  if (offset) return { local: parseTime(text)!.slice(0, -1), zone: 'UTC' };
  if (timeZone === null)
    throw refused('/timeZone', `is required, because ${pointer.slice(1)} has no offset`);
  return { local: `${day}T${time!.slice(0, 'HH:mm:ss.SSS'.length)}`, zone: timeZone };
}

const TIME_RULE =
  'must be a day (2026-02-28) or a time (2026-02-28T09:30:00Z; beside timeZone also without an offset), in the years 1000 to 8999';

function nextDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000)
    .toISOString()
    .slice(0, 'YYYY-MM-DD'.length);
}

export const refused = (pointer: string, message: string) =>
  EventErrors.invalidTimes({ errors: [{ pointer, message }] });
export const unknownZone = () =>
  refused('/timeZone', 'must be the IANA name of a time zone, such as Europe/Oslo');
