// An as-of point of a user's memories: a time, or the revision of a write.
import {
  bodyRule,
  MAX_INTEGER,
  type QueryField,
  time,
  Unreadable,
  words,
} from '../platform/input/index.js';

export type AsOf = { time: string } | { revision: number };

const MAX_REVISION = MAX_INTEGER;
const AS_OF_MESSAGE = words.timeAnd('or the revision of a write');

const anyTime = time();

const KINDS = [
  { type: 'string', format: 'date-time' },
  { type: 'integer', minimum: 0, maximum: MAX_REVISION },
];

export const AS_OF_SCHEMA = {
  oneOf: KINDS,
  description:
    'A time, or the `revision` of a write: the memory as it was then, less what was erased since.',
  example: 1,
};

export const OPTIONAL_AS_OF_SCHEMA = { ...AS_OF_SCHEMA, oneOf: [...KINDS, { type: 'null' }] };

/** A query field for an as-of point; undefined means now. */
export const asOfField = (): QueryField<AsOf | undefined> => ({
  schema: { oneOf: KINDS },
  description: 'The memory as it was then: a time, or the `revision` of a write.',
  read: (text) => {
    if (text === undefined) return undefined;
    if (/^\d{1,10}$/.test(text) && Number(text) <= MAX_REVISION) return { revision: Number(text) };
    try {
      return { time: anyTime.read(text)! };
    } catch {
      throw new Unreadable(AS_OF_MESSAGE);
    }
  },
});

/** Reads an as-of point from a body. Returns null when the value is invalid. */
export function readAsOf(value: unknown): AsOf | null {
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= 0 && value <= MAX_REVISION
      ? { revision: value }
      : null;
  try {
    return typeof value === 'string' ? { time: anyTime.read(value)! } : null;
  } catch {
    return null;
  }
}

/** An as-of point in a body. `readAsOf` reads it. */
export const IsAsOf = bodyRule('isAsOf', (value) => readAsOf(value) !== null, AS_OF_MESSAGE);
