// Tells what a clock in a time zone shows, for many times.

/** Converts milliseconds since 1970 so that their UTC date is the date of a place. */
export type Clock = (at: number) => number;

/** No time zone was ever further from UTC. */
export const MAX_OFFSET_MS = 16 * 60 * 60 * 1_000;

const QUARTER_MS = 15 * 60 * 1_000;
const OFFSET = /GMT(?:([+-])(\d{2}):(\d{2}))?/;
/** Limits of what is kept. */
const MAX_CLOCKS = 100;
const MAX_OFFSETS = 5_000;

const clocks = new Map<string, Clock>();

/**
 * Returns the clock of a time zone.
 * @param timeZone an IANA name
 * @throws RangeError when this process does not know it
 */
export function clockOf(timeZone: string): Clock {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = createClock(timeZone);
    if (clocks.size >= MAX_CLOCKS) clocks.clear();
    clocks.set(timeZone, clock);
  }
  return clock;
}

const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * Returns the beginning of a day in a time zone, as RFC 3339 in UTC. Where midnight was skipped,
 * this is the first moment after it; where it came twice, the first one.
 */
export function startOfDay(day: string, timeZone: string): string {
  const clock = clockOf(timeZone);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const before = midnight - DAY_MS;
  const after = midnight + DAY_MS;
  // By the offset before a change on this day, and by the one after it.
  const early = midnight - (clock(before) - before);
  const late = midnight - (clock(after) - after);
  const start = clock(early) !== midnight && clock(late) === midnight ? late : early;
  const time = new Date(start).toISOString();
  // PostgreSQL has no year 0.
  return /^(?!0000)\d{4}-/.test(time) ? time : `${day}T00:00:00.000Z`;
}

function createClock(timeZone: string): Clock {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const offsets = new Map<number, number>();
  return (at) => {
    // Offsets change on a quarter of an hour.
    const quarter = Math.floor(at / QUARTER_MS);
    let offset = offsets.get(quarter);
    if (offset === undefined) {
      offset = readOffset(format.format(quarter * QUARTER_MS));
      if (offsets.size >= MAX_OFFSETS) offsets.clear();
      offsets.set(quarter, offset);
    }
    return at + offset;
  };
}

function readOffset(time: string): number {
  const [, sign, hours, minutes] = OFFSET.exec(time) ?? [];
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  return sign === '-' ? -offset : offset;
}
