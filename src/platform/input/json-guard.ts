// Reads a JSON body within bounds: nothing after this sees deep nesting, huge arrays, broken text or numbers we would change.
import { isUtf8 } from 'node:buffer';
import { setImmediate as otherRequests } from 'node:timers/promises';
import { RequestErrors } from '../errors/index.js';
import { invalidJson, type JsonLimits, JsonScan } from './json-scan.js';

export type { JsonLimits } from './json-scan.js';
export const JSON_LIMITS: JsonLimits = { depth: 64, nodes: 400_000 };

/** Bytes of a body that is read at once, and characters of a larger one that are looked at before other requests get their turn. */
export const AT_ONCE = 262_144;

/**
 * @throws AppError `request.malformed` (400) for what is not JSON in UTF-8, `request.invalid_body` (422) for what is JSON
 * and could not be kept exactly: NUL, lone surrogates, `__proto__`, numbers that a double does not hold, too deep, too many.
 */
export function parseJson(body: Buffer, limits: JsonLimits = JSON_LIMITS): unknown {
  const text = textOf(body);
  const scan = new JsonScan(text, limits);
  scan.advance(Infinity);
  return valueOf(text, scan);
}

/** As `parseJson`. Other requests get their turn while a large body is looked at. */
export async function parseLargeJson(
  body: Buffer,
  limits: JsonLimits = JSON_LIMITS,
): Promise<unknown> {
  const text = textOf(body);
  const scan = new JsonScan(text, limits);
  while (!scan.advance(AT_ONCE)) await otherRequests();
  await otherRequests();
  return valueOf(text, scan);
}

function textOf(body: Buffer): string {
  if (!isUtf8(body)) throw RequestErrors.malformed({ detail: 'The body is not UTF-8.' });
  return body.toString('utf8');
}

/** @param scan at the end of the text */
function valueOf(text: string, { fault }: JsonScan): unknown {
  const value = parse(text);
  if (fault !== null) throw invalidJson(fault);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw RequestErrors.malformed({ detail: 'The body is not valid JSON.', cause });
  }
}
