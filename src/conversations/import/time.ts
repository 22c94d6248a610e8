// Reads times of an import, limited to plausible years.
import {
  bodyRule,
  parseTime as parseAnyTime,
  TIME_SCHEMA,
  words,
} from '../../platform/input/index.js';

const EARLIEST = '1970-01-01T00:00:00.000Z';
const LATEST = '2100-01-01T00:00:00.000Z';

/** Returns the time in UTC with milliseconds, or null when the value is no time or out of range. */
export function parseTime(value: unknown): string | null {
  const time = parseAnyTime(value);
  return time !== null && time >= EARLIEST && time <= LATEST ? time : null;
}

export const IsImportTime = bodyRule(
  'isImportTime',
  (value) => parseTime(value) !== null,
  words.timeAnd('between 1970 and 2100'),
  TIME_SCHEMA,
);
