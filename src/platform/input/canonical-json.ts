// Canonical JSON: the same content has the same text and digest, in whatever order it was written.
import { createHash } from 'node:crypto';
import { isPlainObject } from './json-value.js';

/** Sorts the keys of every object, as RFC 8785 does; JSON.stringify decides the rest. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isPlainObject(part) ? Object.fromEntries(Object.entries(part).sort(byKey)) : part,
  );
}

/** Returns the SHA-256 in hex. */
export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;
