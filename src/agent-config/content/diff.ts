// Compares two contents: by JSON pointer, and as a unified diff. The first takes linear time; the
// second has a limit.
import { createTwoFilesPatch } from 'diff';
import { isPlainObject, pointerToken } from '../../platform/input/json-value.js';
import { canonicalJson } from '../../platform/input/canonical-json.js';
import { type Change, type JsonChanges, MAX_CHANGES } from './json-changes.js';

/** Characters of the pointers of all changes; each repeats the names of its parents. */
const MAX_PATH_CHARACTERS = 1_000_000;

/** Longer contents get no unified diff. */
const MAX_LINES = 50_000;
const MAX_CHARACTERS = 8_000_000;
/**
 * Contents that differ in more lines, or take longer, get no unified diff: its algorithm is
 * quadratic in the number of changes.
 */
const MAX_EDITS = 3_000;
const TEXT_TIMEOUT_MS = 3_000;

/** Lists the differences. Objects are compared by key and arrays by index. */
export function changesBetween(from: unknown, to: unknown): JsonChanges {
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
 * Makes a unified diff of the contents as indented JSON, in which texts have a line for each of
 * their lines.
 * @returns null when a content is too long, or too many lines differ
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

/** Measures a content and stops at the limit. */
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

/**
 * Writes a text of several lines as an array of lines. A change of one word would otherwise show a
 * whole prompt twice.
 */
const readable = (content: unknown): string =>
  `${JSON.stringify(JSON.parse(canonicalJson(content)), (_, part: unknown) => (typeof part === 'string' && part.includes('\n') ? part.split('\n') : part), 2)}\n`;
