// The JSON text in which parts are stored.
import { readExactly, writeExactly } from '../../platform/input/exact-json.js';
import type { RawObject } from './part.js';

/**
 * Begins a text with numbers that a double would change. A space before JSON means nothing, and
 * other texts do not begin with one.
 */
const EXACT_NUMBERS = ' ';

export function toStoredText(parts: unknown[]): string {
  const { text, hasExactNumbers } = writeExactly(parts);
  return hasExactNumbers ? EXACT_NUMBERS + text : text;
}

/** Reads what `toStoredText` wrote. */
export const fromStoredText = (text: string): RawObject[] =>
  (text.startsWith(EXACT_NUMBERS) ? readExactly(text) : JSON.parse(text)) as RawObject[];
