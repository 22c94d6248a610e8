// A moment of the user's memory, as it can be asked for: a time, or the number of a write.
import { type QueryField, Unreadable, time } from '../platform/input/index.js';

export type Moment = { time: string } | { revision: number };

const LAST = 2_147_483_647;
const anyTime = time();

export const MOMENT_SCHEMA: Record<string, unknown> = {
  oneOf: [
    { type: 'string', format: 'date-time' },
    { type: 'integer', minimum: 0, maximum: LAST },
  ],
  description:
    'A moment: a time, or the `revision` of a write. The memory as it was then, without what has been erased since.',
  example: 1,
};

/** Undefined when it is left out: now. */
export const moment = (): QueryField<Moment | undefined> => ({
  schema: { oneOf: MOMENT_SCHEMA['oneOf'] },
  description: 'The memory as it was then: a time, or the `revision` of a write.',
  read: (text) => {
    if (text === undefined) return undefined;
    if (/^\d{1,10}$/.test(text) && Number(text) <= LAST) return { revision: Number(text) };
    try {
      return { time: anyTime.read(text)! };
    } catch {
      throw new Unreadable('must be an RFC 3339 time with a time zone, or the number of a write');
    }
  },
});

/** Of a body; null for what is no moment. */
export function readMoment(value: unknown): Moment | null {
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= 0 && value <= LAST ? { revision: value } : null;
  try {
    return typeof value === 'string' ? { time: anyTime.read(value)! } : null;
  } catch {
    return null;
  }
}
