// Scans a JSON text in one pass before it is parsed: checks bounds and numbers, and finds what
// cannot be stored.
import { RequestErrors } from '../errors/platform.errors.js';
import { pointerAt } from './json-pointer-at.js';
import { words } from './words.js';
import { endOfNumber, isExactNumber, MAX_NUMBER_LENGTH } from './json-number.js';
import { JsonShapes, MAX_UNUSUAL_FIELDS } from './json-shapes.js';

export interface JsonLimits {
  /** Levels of nesting. */
  depth: number;
  /** Values in total: each scalar, array and object counts one. */
  nodes: number;
}

/**
 * Numbers of more than 15 digits, each of which is parsed and written to see whether it stays the
 * same.
 */
export const MAX_LONG_NUMBERS = 100_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const LETTER_E = 0x65;
const LETTER_U = 0x75;
const LOWER_CASE = 0x20;
const isOpening = (code: number) => code === 0x7b || code === 0x5b;
const isClosing = (code: number) => code === 0x7d || code === 0x5d;
const isNumberStart = (code: number) => code === 0x2d || (code >= 0x30 && code <= 0x39);
const isHighSurrogate = (code: number) => code >= 0xd800 && code <= 0xdbff;
const isLowSurrogate = (code: number) => code >= 0xdc00 && code <= 0xdfff;

const PROTOTYPE = '__proto__';
/** A number of this many characters is always exact. */
const SHORT_NUMBER = 15;
/** The answer shows this many characters of a wrong number. */
const SHOWN_LENGTH = 40;
/** A text of this length may have more unusual fields than the bound. */
const LARGE = 2 * MAX_UNUSUAL_FIELDS;

export const invalidJson = (message: string, pointer = '') =>
  RequestErrors.invalidBody({ detail: message, errors: [{ pointer, message }] });

/** What cannot be stored, and where it stands. */
export interface JsonFault {
  message: string;
  /** Offset in the text. */
  at: number;
}

/** Finds strings and numbers. The parser decides later whether the rest is JSON. */
export class JsonScan {
  /** The first string or name that cannot be stored. Report it only if the text is JSON. */
  fault: JsonFault | null = null;
  /** Numbers that a double would change. */
  inexactNumbers = 0;
  private at = 0;
  private depth = 0;
  private nodes = 1;
  private longNumbers = 0;
  /** Index of a known backslash, at or after the last string; -1 without one. */
  private backslash = -1;
  /** Start of the last string, and whether it is `__proto__`. */
  private textFrom = 0;
  private textTo = 0;
  private isPrototype = false;
  private readonly shapes: JsonShapes | null;

  /**
   * @param keepsAsSent true to let in what JSON text can hold: NUL, lone surrogates, and numbers
   *   that a double would change
   */
  constructor(
    private readonly text: string,
    private readonly limits: JsonLimits,
    private readonly keepsAsSent = false,
  ) {
    this.shapes = text.length > LARGE ? new JsonShapes(limits.depth) : null;
  }

  /**
   * Scans this many characters. A token that begins within them is scanned to its end.
   * @returns true at the end of the text
   * @throws AppError `request.invalid_body` when a bound is exceeded, or a number is not exact
   */
  advance(characters: number): boolean {
    const { text } = this;
    const end = Math.min(text.length, this.at + characters);
    let i = this.at;
    for (; i < end; i++) {
      const code = text.charCodeAt(i);
      if (code === QUOTE) i = this.endOfText(i);
      else if (code === COMMA) this.count();
      else if (code === COLON) this.name();
      else if (isOpening(code)) this.open();
      else if (isClosing(code)) this.depth--;
      else if (isNumberStart(code)) i = this.lastOfNumber(i);
    }
    this.at = i;
    return i >= text.length;
  }

  private count(): void {
    if (++this.nodes > this.limits.nodes)
      throw invalidJson(`more than ${this.limits.nodes} values`);
  }

  private open(): void {
    this.count();
    if (++this.depth > this.limits.depth)
      throw invalidJson(`JSON nested deeper than ${this.limits.depth} levels`);
    this.shapes?.open(this.depth);
  }

  /** Handles the last string as the name of a field. */
  private name(): void {
    if (this.isPrototype)
      this.fault ??= { message: `an object has the key ${PROTOTYPE}`, at: this.textFrom };
    if (this.shapes === null) return;
    this.shapes.add(this.text, this.textFrom, this.textTo, this.depth);
    if (this.shapes.unusual > MAX_UNUSUAL_FIELDS)
      throw invalidJson(
        `more than ${MAX_UNUSUAL_FIELDS} fields of objects that have different ones`,
      );
  }

  private lastOfNumber(start: number): number {
    const end = endOfNumber(this.text, start);
    if (end === start) return start;
    const isLong = end - start > SHORT_NUMBER;
    if (end - start > MAX_NUMBER_LENGTH) throw this.inexact(start, end);
    if (isLong && ++this.longNumbers > MAX_LONG_NUMBERS)
      throw invalidJson(
        `more than ${MAX_LONG_NUMBERS} numbers of more than ${SHORT_NUMBER} characters`,
      );
    if ((isLong || this.hasExponent(start, end)) && !isExactNumber(this.text.slice(start, end))) {
      if (!this.keepsAsSent) throw this.inexact(start, end);
      if (++this.inexactNumbers > MAX_LONG_NUMBERS)
        throw invalidJson(`more than ${MAX_LONG_NUMBERS} numbers that a double does not hold`);
    }
    return end - 1;
  }

  private hasExponent(start: number, end: number): boolean {
    for (let i = start + 1; i < end; i++)
      if ((this.text.charCodeAt(i) | LOWER_CASE) === LETTER_E) return true;
    return false;
  }

  private inexact(start: number, end: number): Error {
    return invalidJson(
      words.inexactNumber(this.text.slice(start, Math.min(end, start + SHOWN_LENGTH))),
      pointerAt(this.text, start),
    );
  }

  /** Finds the closing quote. Most strings have no escapes, and take one search. */
  private endOfText(start: number): number {
    const { text } = this;
    const end = text.indexOf('"', start + 1);
    if (end < 0) return text.length;
    if (this.backslash < start) this.backslash = nextOrEnd(text, start);
    if (this.backslash < end) return this.endOfEscaped(start);
    this.isPrototype =
      end - start - 1 === PROTOTYPE.length && text.startsWith(PROTOTYPE, start + 1);
    return this.endAt(start, end);
  }

  private endAt(start: number, end: number): number {
    this.textFrom = start + 1;
    this.textTo = end;
    return end;
  }

  /**
   * As `endOfText`, for a string with escapes. Only escapes can produce NUL or lone surrogates,
   * because the bytes were valid UTF-8.
   */
  private endOfEscaped(start: number): number {
    const { text } = this;
    /** Number of characters that match `__proto__` so far; -1 after a mismatch. */
    let same = 0;
    let waitsForLow = false;
    for (let i = start + 1; i < text.length; i++) {
      let code = text.charCodeAt(i);
      const isEscape = code === BACKSLASH;
      if (code === QUOTE) {
        if (waitsForLow) this.noteEscape(words.noLoneSurrogate, start);
        this.isPrototype = same === PROTOTYPE.length;
        return this.endAt(start, i);
      }
      if (isEscape) {
        code = this.escaped(i);
        i += code >= 0 ? 5 : 1;
      }
      if (code === 0) this.noteEscape(words.noNul, start);
      if ((isEscape && isLowSurrogate(code)) !== waitsForLow)
        this.noteEscape(words.noLoneSurrogate, start);
      waitsForLow = isEscape && isHighSurrogate(code);
      same = code === PROTOTYPE.charCodeAt(same) ? same + 1 : -1;
    }
    return text.length;
  }

  /** @returns the UTF-16 unit of `\uXXXX`; -1 for any other escape */
  private escaped(backslash: number): number {
    if (this.text.charCodeAt(backslash + 1) !== LETTER_U) return -1;
    let unit = 0;
    for (let i = backslash + 2; i < backslash + 6; i++) {
      const digit = hexDigit(this.text.charCodeAt(i));
      if (digit < 0) return -1;
      unit = unit * 16 + digit;
    }
    return unit;
  }

  private noteEscape(message: string, start: number): void {
    if (!this.keepsAsSent) this.fault ??= { message, at: start + 1 };
  }
}

function nextOrEnd(text: string, from: number): number {
  const found = text.indexOf('\\', from);
  return found < 0 ? text.length : found;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | LOWER_CASE;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
