// One text for one content, whatever the order in which it was written: what a version is addressed by.
import { createHash } from 'node:crypto';
import { isPlainObject } from '../../platform/input/json-value.js';

/** JSON with the keys of every object in order (RFC 8785 for what JSON.stringify leaves open). */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isPlainObject(part) ? Object.fromEntries(Object.entries(part).sort(byKey)) : part,
  );
}

/** SHA-256 in hex. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;
