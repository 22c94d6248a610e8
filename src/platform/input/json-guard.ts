// Parses a JSON body within bounds: refuses deep nesting, huge arrays, malformed text, and what
// cannot be stored as it was sent.
import { isUtf8 } from 'node:buffer';
import { setImmediate as otherRequests } from 'node:timers/promises';
// Not from the index, which loads Nest: commands that call the API load this file.
import { RequestErrors } from '../errors/platform.errors.js';
import { readExactly } from './exact-json.js';
import { pointerAt } from './json-pointer-at.js';
import { invalidJson, type JsonLimits, JsonScan } from './json-scan.js';

export type { JsonLimits } from './json-scan.js';
export const JSON_LIMITS: JsonLimits = { depth: 64, nodes: 400_000 };

/**
 * Bytes of a body that is parsed at once. A larger one is scanned in slices of this many
 * characters, between which other requests run.
 */
export const SCAN_SLICE_BYTES = 262_144;

/**
 * @param keepsAsSent true to let in what JSON text can hold: NUL, lone surrogates, and numbers that
 *   a double does not hold, each of which is an `ExactNumber`
 * @throws AppError `request.malformed` (400) unless the body is JSON in UTF-8;
 * `request.invalid_body` (422) for JSON that cannot be stored exactly: NUL, lone surrogates,
 * `__proto__`, numbers that a double does not hold, too many levels or values
 */
export function parseJson(
  body: Buffer,
  limits: JsonLimits = JSON_LIMITS,
  keepsAsSent = false,
): unknown {
  const text = decodeBody(body);
  const scan = new JsonScan(text, limits, keepsAsSent);
  scan.advance(Infinity);
  return parseScanned(text, scan);
}

/** As `parseJson`, but lets other requests run while it scans a large body. */
export async function parseLargeJson(
  body: Buffer,
  limits: JsonLimits = JSON_LIMITS,
  keepsAsSent = false,
): Promise<unknown> {
  const text = decodeBody(body);
  const scan = new JsonScan(text, limits, keepsAsSent);
  while (!scan.advance(SCAN_SLICE_BYTES)) await otherRequests();
  await otherRequests();
  return parseScanned(text, scan);
}

function decodeBody(body: Buffer): string {
  if (!isUtf8(body)) throw RequestErrors.malformed({ detail: 'The body is not UTF-8.' });
  return body.toString('utf8');
}

/**
 * Parses the text, and throws what the scan has found.
 * @param scan has reached the end of the text
 */
function parseScanned(text: string, scan: JsonScan): unknown {
  const value = parse(text);
  const { fault } = scan;
  if (fault !== null) throw invalidJson(fault.message, pointerAt(text, fault.at));
  return scan.inexactNumbers > 0 ? readExactly(text) : value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const detail = `The body is not valid JSON${placeOf(text, (cause as Error).message)}.`;
    throw RequestErrors.malformed({ detail, cause });
  }
}

/**
 * Says where the text goes wrong, as far as the engine tells. Repeats nothing of the text, so it
 * ignores a position that the engine quotes from there.
 */
function placeOf(text: string, message: string): string {
  const place = /^[^"]* at position (\d+)/.exec(message)?.[1];
  const position = message.startsWith('Unexpected end') ? text.length : Number(place);
  if (Number.isNaN(position)) return '';
  if (position === text.length) return ': it ends too early';
  let [line, lineStart] = [1, 0];
  for (
    let end = text.indexOf('\n');
    end >= 0 && end < position;
    end = text.indexOf('\n', lineStart)
  ) {
    line++;
    lineStart = end + 1;
  }
  return `, at line ${line}, column ${position - lineStart + 1}`;
}
