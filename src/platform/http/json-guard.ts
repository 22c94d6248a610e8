// Reads a JSON body within bounds: nothing after this sees deep nesting, huge arrays, broken text or numbers we would change.
import { isUtf8 } from 'node:buffer';
import { RequestErrors } from '../errors/index.js';

export interface JsonLimits {
  /** Levels of nesting. */
  depth: number;
  /** Values in all: every scalar, array and object counts one. */
  nodes: number;
}

export const JSON_LIMITS: JsonLimits = { depth: 64, nodes: 400_000 };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const isOpening = (code: number) => code === 0x7b || code === 0x5b;
const isClosing = (code: number) => code === 0x7d || code === 0x5d;

const invalid = (message: string) => RequestErrors.invalidBody({ detail: message, errors: [{ pointer: '', message }] });

/**
 * @throws AppError `request.malformed` (400) for what is not JSON in UTF-8, `request.invalid_body` (422) for what is JSON
 * and could not be kept exactly: NUL, lone surrogates, `__proto__`, numbers that a double does not hold, too deep, too many.
 */
export function parseJson(body: Buffer, limits: JsonLimits = JSON_LIMITS): unknown {
  if (!isUtf8(body)) throw RequestErrors.malformed({ detail: 'The body is not UTF-8.' });
  const text = body.toString('utf8');
  measure(text, limits);
  const value = parse(text);
  // Only an escape can bring these in: raw control characters are not JSON, and the bytes were UTF-8.
  if (text.includes('\\u')) requireStorableText(value);
  if (text.includes('__proto__') || text.includes('\\u')) requireNoPrototypeKey(value);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw RequestErrors.malformed({ detail: 'The body is not valid JSON.', cause });
  }
}

/** One pass over the text, before anything is built from it. */
function measure(text: string, limits: JsonLimits): void {
  let depth = 0;
  let nodes = 1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (isOpening(code)) {
      depth++;
      nodes++;
    } else if (isClosing(code)) depth--;
    else if (code === 0x2c) nodes++;
    else if (isNumberStart(code)) i = endOfNumber(text, i);
    if (depth > limits.depth) throw invalid(`JSON nested deeper than ${limits.depth} levels`);
    if (nodes > limits.nodes) throw invalid(`more than ${limits.nodes} values`);
  }
}

function endOfString(text: string, start: number): number {
  for (let i = text.indexOf('"', start + 1); i !== -1; i = text.indexOf('"', i + 1)) {
    let slashes = 0;
    while (text.charCodeAt(i - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return i;
  }
  return text.length;
}

const isNumberStart = (code: number) => code === 0x2d || (code >= 0x30 && code <= 0x39);

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Index of the number's last character. @throws AppError when a double would not give the same number back. */
function endOfNumber(text: string, start: number): number {
  NUMBER.lastIndex = start;
  const token = NUMBER.exec(text)?.[0];
  if (!token) return start;
  // Fifteen significant digits always survive.
  if ((token.length > 15 || /[eE]/.test(token)) && decimal(token) !== decimal(String(Number(token)))) {
    throw invalid(`the number ${token.slice(0, 40)} cannot be kept exactly; send it as a string`);
  }
  return start + token.length - 1;
}

/** A canonical form, so that 1e2, 100 and 100.0 compare equal. */
function decimal(token: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token);
  if (!match) return token;
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + (digits.length - significant.length)}`;
}

/** Visits every string and key without recursion: the depth is bounded, the number of nodes may be large. */
function everyText(value: unknown, visit: (text: string, isKey: boolean) => void): void {
  const stack = [value];
  while (stack.length > 0) {
    const next = stack.pop();
    if (typeof next === 'string') visit(next, false);
    else if (typeof next === 'object' && next !== null) {
      for (const [key, child] of Object.entries(next)) {
        if (!Array.isArray(next)) visit(key, true);
        stack.push(child);
      }
    }
  }
}

function requireStorableText(value: unknown): void {
  everyText(value, (text) => {
    if (text.includes('\0')) throw invalid('text contains a NUL character');
    if (!text.isWellFormed()) throw invalid('text contains a lone surrogate');
  });
}

function requireNoPrototypeKey(value: unknown): void {
  everyText(value, (text, isKey) => {
    if (isKey && text === '__proto__') throw invalid('an object has the key __proto__');
  });
}
