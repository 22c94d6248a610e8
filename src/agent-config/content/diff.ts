// What two contents differ in: place by place, and line by line. In time linear in both, but for the text, which has a limit.
import { createTwoFilesPatch } from 'diff';
import { isPlainObject, pointerToken } from '../../platform/input/json-value.js';
import { canonicalJson } from './canonical.js';

export interface Change {
  op: 'add' | 'remove' | 'replace';
  /** A JSON pointer (RFC 6901). */
  path: string;
  from?: unknown;
  to?: unknown;
}

export interface Changes {
  /** The first in the order of the content. */
  changes: Change[];
  /** How many more there are. */
  omittedChanges: number;
}

export const MAX_CHANGES = 1_000;
/** Characters of the paths of all changes: each repeats the names that lead to it. */
const MAX_PATH_CHARACTERS = 1_000_000;

/** Lines and characters of a content as it is read best, beyond which it is not compared line by line. */
const MAX_LINES = 50_000;
const MAX_CHARACTERS = 8_000_000;
/** Lines that are added or removed, and milliseconds, beyond which there is no text: the algorithm takes their square. */
const MAX_EDITS = 3_000;
const TEXT_TIMEOUT_MS = 3_000;

/** Objects are compared by their keys, lists by their places; equal places are left out. */
export function changesBetween(from: unknown, to: unknown): Changes {
  const found = new FoundChanges();
  found.compare(from, to, '');
  return { changes: found.changes, omittedChanges: found.omitted };
}

class FoundChanges {
  readonly changes: Change[] = [];
  omitted = 0;
  private pathCharacters = 0;

  compare(from: unknown, to: unknown, path: string): void {
    if (from === to) return;
    if (isPlainObject(from) && isPlainObject(to)) this.compareObjects(from, to, path);
    else if (Array.isArray(from) && Array.isArray(to)) this.compareLists(from, to, path);
    else this.add({ op: 'replace', path, from, to });
  }

  private compareObjects(
    from: Record<string, unknown>,
    to: Record<string, unknown>,
    path: string,
  ): void {
    for (const key of [...new Set([...Object.keys(from), ...Object.keys(to)])].sort()) {
      const at = `${path}/${pointerToken(key)}`;
      if (!Object.hasOwn(from, key)) this.add({ op: 'add', path: at, to: to[key] });
      else if (!Object.hasOwn(to, key)) this.add({ op: 'remove', path: at, from: from[key] });
      else this.compare(from[key], to[key], at);
    }
  }

  private compareLists(from: unknown[], to: unknown[], path: string): void {
    for (let place = 0; place < Math.max(from.length, to.length); place++) {
      const at = `${path}/${place}`;
      if (place >= from.length) this.add({ op: 'add', path: at, to: to[place] });
      else if (place >= to.length) this.add({ op: 'remove', path: at, from: from[place] });
      else this.compare(from[place], to[place], at);
    }
  }

  private add(change: Change): void {
    this.pathCharacters += change.path.length;
    const isRoom = this.changes.length < MAX_CHANGES && this.pathCharacters <= MAX_PATH_CHARACTERS;
    if (isRoom) this.changes.push(change);
    else this.omitted++;
  }
}

/**
 * A unified diff of the contents as they are read best: indented, with the lines of texts as lines.
 * @returns null for contents that are too long for one, or differ in too many lines
 */
export function textDiff(
  from: unknown,
  to: unknown,
  names: { from: string; to: string },
): string | null {
  if (!isShort(from) || !isShort(to)) return null;
  const limits = { maxEditLength: MAX_EDITS, timeout: TEXT_TIMEOUT_MS };
  const [a, b] = [readable(from), readable(to)];
  return createTwoFilesPatch(names.from, names.to, a, b, undefined, undefined, limits) ?? null;
}

/** Looks no further than it must. */
function isShort(content: unknown): boolean {
  let [lines, characters] = [MAX_LINES, MAX_CHARACTERS];
  const open: [part: unknown, depth: number][] = [[content, 1]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [part, depth] = next;
    lines -= typeof part === 'string' ? linesOf(part) : 1;
    characters -= 2 * depth * (typeof part === 'string' ? linesOf(part) : 1);
    if (lines < 0 || characters < 0) return false;
    if (typeof part !== 'object' || part === null) continue;
    for (const child of Object.values(part)) open.push([child, depth + 1]);
  }
  return true;
}

function linesOf(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

/** Text of several lines is written as several lines, or a change of one word would show a whole prompt twice. */
const readable = (content: unknown): string =>
  `${JSON.stringify(JSON.parse(canonicalJson(content)), (_, part: unknown) => (typeof part === 'string' && part.includes('\n') ? part.split('\n') : part), 2)}\n`;
