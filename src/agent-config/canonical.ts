// One text for one content, whatever the order in which it was written: what a version is addressed by.
import { createHash } from 'node:crypto';

/** JSON with the keys of every object in order (RFC 8785 for what JSON.stringify leaves open). */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (isObject(part) ? Object.fromEntries(Object.entries(part).sort(byKey)) : part));
}

/** SHA-256 in hex. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : a > b ? 1 : 0);

export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
