// What two contents differ in: place by place, and line by line.
import { createTwoFilesPatch } from 'diff';
import { isPlainObject, pointerToken } from '../platform/http/index.js';
import { canonicalJson } from './canonical.js';

export interface Change {
  op: 'add' | 'remove' | 'replace';
  /** A JSON pointer (RFC 6901). */
  path: string;
  from?: unknown;
  to?: unknown;
}

/** Objects are compared by their keys, lists by their places; equal places are left out. */
export function changesBetween(from: unknown, to: unknown, path = ''): Change[] {
  if (canonicalJson(from) === canonicalJson(to)) return [];
  if (isPlainObject(from) && isPlainObject(to)) return [...new Set([...Object.keys(from), ...Object.keys(to)])].sort().flatMap((key) => changesAt(from, to, key, path));
  if (Array.isArray(from) && Array.isArray(to)) {
    const places = Array.from({ length: Math.max(from.length, to.length) }, (_, place) => String(place));
    return places.flatMap((place) => changesAt({ ...from }, { ...to }, place, path));
  }
  return [{ op: 'replace', path, from, to }];
}

function changesAt(from: Record<string, unknown>, to: Record<string, unknown>, key: string, path: string): Change[] {
  const at = `${path}/${pointerToken(key)}`;
  if (!Object.hasOwn(from, key)) return [{ op: 'add', path: at, to: to[key] }];
  if (!Object.hasOwn(to, key)) return [{ op: 'remove', path: at, from: from[key] }];
  return changesBetween(from[key], to[key], at);
}

/** A unified diff of the contents as they are read best: indented, with the lines of texts as lines. */
export function textDiff(from: unknown, to: unknown, names: { from: string; to: string }): string {
  return createTwoFilesPatch(names.from, names.to, readable(from), readable(to));
}

/** Text of several lines is written as several lines, or a change of one word would show a whole prompt twice. */
const readable = (content: unknown): string =>
  `${JSON.stringify(JSON.parse(canonicalJson(content)), (_, part: unknown) => (typeof part === 'string' && part.includes('\n') ? part.split('\n') : part), 2)}\n`;
