// Reads times of messages, limited to plausible years.
import {
  bodyRule,
  compareTimes,
  parseExactTime,
  TIME_SCHEMA,
  words,
} from '../../platform/input/index.js';

const EARLIEST = '1970-01-01T00:00:00.000Z';
const LATEST = '2100-01-01T00:00:00.000Z';

/**
 * Returns the time in UTC with milliseconds, or microseconds where it has any; null when the value is
 * no time or out of range.
 */
export function parseTime(value: unknown): string | null {
  const time = parseExactTime(value);
  const isInRange =
    time !== null && compareTimes(time, EARLIEST) >= 0 && compareTimes(time, LATEST) <= 0;
  return isInRange ? time : null;
}

/** A time as `parseTime` takes it. */
export const IsMessageTime = bodyRule(
  'isMessageTime',
  (value) => parseTime(value) !== null,
  words.timeAnd('between 1970 and 2100'),
  TIME_SCHEMA,
);
