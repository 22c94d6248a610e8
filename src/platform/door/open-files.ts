// How many connections the process may accept, by the files that the system lets it have open.
import { readFileSync } from 'node:fs';

/** Files that are left to databases, caches, model providers, commands and code. */
const RESERVED_FILES = 200;

/** Linux tells the limit of a process here. */
const LIMITS = '/proc/self/limits';

/** @returns connections of clients; undefined where the system tells no limit */
export function connectionsOfOpenFiles(): number | undefined {
  let text: string;
  try {
    text = readFileSync(LIMITS, 'utf8');
  } catch {
    return undefined;
  }
  const [, limit] = /^Max open files\s+(\d+)/m.exec(text) ?? [];
  if (limit === undefined) return undefined;
  return Math.max(Number(limit) - RESERVED_FILES, Math.floor(Number(limit) / 2));
}
