// What the memory tool shows, as models know it.
import type { MemoryFile } from './claude-memory-files.js';

const LINE_NUMBER_WIDTH = 6;
const MAX_DEPTH = 2;
const SIZE_UNITS = ['B', 'K', 'M', 'G'];
/** Places of a text that are looked for, at most. */
const MAX_OCCURRENCES = 100;

/** Lines with their numbers. @param last -1 for the last one */
export function numbered(text: string, first: number, last: number): string {
  const start = Math.max(1, first) - 1;
  return text
    .split('\n')
    .slice(start, last === -1 ? undefined : last)
    .map((line, i) => `${String(start + i + 1).padStart(LINE_NUMBER_WIDTH)}\t${line}`)
    .join('\n');
}

/** Where a text occurs, also where two places overlap. */
export function occurrences(text: string, searched: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(searched); at >= 0; at = text.indexOf(searched, at + 1))
    if (found.push(at) === MAX_OCCURRENCES) break;
  return found;
}

/** Shows what is in a directory. A directory is as large as its files. */
export function listing(directory: string, files: MemoryFile[]): string {
  const sizes = new Map<string, number>();
  const visible = files.filter(({ path }) => !isHidden(path.slice(directory.length)));
  for (const { path, text } of visible) {
    const size = new TextEncoder().encode(text).length;
    for (const shown of shownFor(directory, path)) sizes.set(shown, (sizes.get(shown) ?? 0) + size);
  }
  const lines = [...sizes]
    .sort(([a], [b]) => (sortKey(a) < sortKey(b) ? -1 : 1))
    .map(([path, size]) => `${sizeText(size)}\t${path}`);
  return [
    `Here're the files and directories up to ${MAX_DEPTH} levels deep in ${directory}, excluding hidden items and node_modules:`,
    ...(lines.length > 0 ? lines : [`${sizeText(0)}\t${directory}`]),
  ].join('\n');
}

/** The directory, the directories on the way to a file, and the file when it is not too deep. */
function shownFor(directory: string, path: string): string[] {
  const names = path.slice(directory.length + 1).split('/');
  const shown = names
    .slice(0, MAX_DEPTH)
    .map(
      (_, i) => `${directory}/${names.slice(0, i + 1).join('/')}${i < names.length - 1 ? '/' : ''}`,
    );
  return [directory, ...shown];
}

const isHidden = (path: string): boolean =>
  path.split('/').some((name) => name.startsWith('.') || name === 'node_modules');

/** Names are compared one by one, and a directory stands before what is in it. */
const sortKey = (path: string): string => path.replaceAll('/', '\0');

/** Such as `5.5K`. */
function sizeText(bytes: number): string {
  const unit = bytes === 0 ? 0 : Math.floor(Math.log2(bytes) / 10);
  const size = bytes / 1024 ** unit;
  return `${Number.isInteger(size) ? size : size.toFixed(1)}${SIZE_UNITS[unit]}`;
}
