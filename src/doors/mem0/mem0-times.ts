// Times of mem0: days on which memories expire, and seconds since 1970.
import { bodyRule, isDay, words } from '../../platform/input/index.js';

const DAY_MS = 86_400_000;
const LAST_DAY = '9999-12-31';
/** Seconds of the last second of the year 9999. */
export const MAX_TIMESTAMP = 253_402_300_799;

/** A calendar day, such as `2026-12-31`. */
export const IsDay = bodyRule(
  'isDay',
  (value) => typeof value === 'string' && isDay(value),
  words.inFormat('YYYY-MM-DD'),
  { type: 'string', format: 'date' },
);

/** The memory is there until the end of its last day, in UTC. */
export const toExpiresAt = (day: string): string =>
  day === LAST_DAY
    ? `${LAST_DAY}T23:59:59.999Z`
    : new Date(Date.parse(`${day}T00:00:00.000Z`) + DAY_MS).toISOString();

/** @param expiresAt RFC 3339 */
export const toExpirationDate = (expiresAt: string | null): string | null =>
  expiresAt === null ? null : new Date(Date.parse(expiresAt) - 1).toISOString().slice(0, 10);

/** @param seconds since 1970 */
export const toTime = (seconds: number): string => new Date(seconds * 1_000).toISOString();
