// Reads JSON in a parameter of the query string.
import { JSON_LIMITS } from './json-guard.js';
import { JsonScan } from './json-scan.js';
import { Unreadable } from './query.js';
import { words } from './words.js';

/** @throws Unreadable unless the text is a JSON object whose values are kept exactly */
export function parseJsonText(text: string): unknown {
  let value: unknown;
  const scan = new JsonScan(text, JSON_LIMITS);
  try {
    scan.advance(Infinity);
    value = JSON.parse(text);
  } catch {
    throw new Unreadable(words.object);
  }
  if (scan.fault !== null) throw new Unreadable(scan.fault.message);
  return value;
}
