// Reads the values of filters that are JSON, in the words of bodies.
import {
  isBoundedObject,
  isLongerThan,
  JSON_OBJECT_MAX_BYTES,
  Unreadable,
  words,
} from '../input/index.js';

/** Values in one `in` filter. */
export const MAX_IN_VALUES = 100;
/** Characters of a text to compare with. A URL must have room for several. */
export const TEXT_MAX = 255;

/** Reads a time as RFC 3339 in UTC. Returns null for another value. */
export type ReadTime = (value: unknown) => string | null;

/** JSON Schema of the values of `in`. */
export const listSchema = (items: Record<string, unknown>): Record<string, unknown> => ({
  type: 'array',
  items,
  minItems: 1,
  maxItems: MAX_IN_VALUES,
});

/** @throws Unreadable */
export function readFlag(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Unreadable(words.flag);
  return value;
}

/** @throws Unreadable */
export function readList<T>(value: unknown, read: (one: unknown) => T): T[] {
  if (!Array.isArray(value)) throw new Unreadable(words.list);
  if (value.length === 0) throw new Unreadable(words.notEmpty);
  if (value.length > MAX_IN_VALUES) throw new Unreadable(words.maxItems(MAX_IN_VALUES));
  return value.map(read);
}

/** @throws Unreadable */
export function readText(value: unknown): string {
  if (typeof value !== 'string') throw new Unreadable(words.text);
  if (value === '') throw new Unreadable(words.notEmpty);
  if (isLongerThan(value, TEXT_MAX)) throw new Unreadable(words.maxCharacters(TEXT_MAX));
  return value;
}

/** @throws Unreadable */
export function readNumber(
  value: unknown,
  type: 'integer' | 'number',
  min: number,
  max: number,
): number {
  const isOfType = type === 'integer' ? Number.isInteger(value) : typeof value === 'number';
  if (!isOfType || !((value as number) >= min && (value as number) <= max))
    throw new Unreadable(words[type](min, max));
  return value as number;
}

/** Returns the object as JSON. @throws Unreadable */
export function readObject(value: unknown): string {
  if (!isBoundedObject(value)) throw new Unreadable(words.objectOfBytes(JSON_OBJECT_MAX_BYTES));
  return JSON.stringify(value);
}

/** @throws Unreadable */
export function readTimeWith(value: unknown, readTime: ReadTime): string {
  const time = readTime(value);
  if (time === null) throw new Unreadable(words.timeAnd('or a date'));
  return time;
}
