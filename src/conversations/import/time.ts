// Reads times of an import, limited to plausible years.
import { parseTime as parseAnyTime } from '../../platform/input/index.js';

const EARLIEST = '1970-01-01T00:00:00.000Z';
const LATEST = '2100-01-01T00:00:00.000Z';

export const TIME_RULE = 'must be an RFC 3339 time with a time zone, between 1970 and 2100';

/** Returns the time in UTC with milliseconds, or null when the value is no time or out of range. */
export function parseTime(value: unknown): string | null {
  const time = parseAnyTime(value);
  return time !== null && time >= EARLIEST && time <= LATEST ? time : null;
}
