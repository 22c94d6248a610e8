// Reads and writes JSON with numbers that a double would change, such as ids of 19 digits. Each of
// them is an object with the characters that were sent. Worker threads load this file.
import { randomUUID } from 'node:crypto';
import { endOfNumber, isExactNumber } from './json-number.js';
import { endOfString } from './json-pointer-at.js';

const QUOTE = 0x22;
/** Begins a text that stands for a number. It never leaves this file, so no client knows it. */
const MARK = randomUUID();
const MARKED_NUMBER = new RegExp(`"${MARK}([-+.0-9eE]{1,1000})"`, 'g');

let isWriting = false;
let wasWritten = false;

/** A number as it was sent. As a JavaScript number it is the nearest double. */
export class ExactNumber extends Number {
  /** Private, so that the object has no fields of its own. */
  readonly #token: string;

  constructor(token: string) {
    super(token);
    this.#token = token;
  }

  override toString(): string {
    return this.#token;
  }

  /** Plain `JSON.stringify` gives a text with all digits; `writeJson` gives the number. */
  toJSON(): string {
    if (!isWriting) return this.#token;
    wasWritten = true;
    return MARK + this.#token;
  }
}

/** As `JSON.stringify`, and writes each ExactNumber as it was sent. */
export const writeJson = (value: unknown): string => writeExactly(value).text;

/** As `writeJson`, and tells whether there is any ExactNumber. */
export function writeExactly(value: unknown): { text: string; hasExactNumbers: boolean } {
  isWriting = true;
  wasWritten = false;
  try {
    const text = JSON.stringify(value);
    return wasWritten
      ? { text: text.replace(MARKED_NUMBER, '$1'), hasExactNumbers: true }
      : { text, hasExactNumbers: false };
  } finally {
    isWriting = false;
  }
}

/**
 * As `JSON.parse`, and reads each number that a double would change as an ExactNumber. Takes longer
 * than `JSON.parse`: use it only for a text that has such numbers.
 * @param text valid JSON whose numbers are not longer than `MAX_NUMBER_LENGTH`
 */
export function readExactly(text: string): unknown {
  const pieces: string[] = [];
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) === QUOTE) {
      i = endOfString(text, i);
      continue;
    }
    const end = endOfNumber(text, i);
    if (end === i) continue;
    const token = text.slice(i, end);
    if (!isExactNumber(token)) {
      pieces.push(text.slice(copied, i), `"${MARK}${token}"`);
      copied = end;
    }
    i = end - 1;
  }
  pieces.push(text.slice(copied));
  return JSON.parse(pieces.join(''), (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK)
      ? new ExactNumber(value.slice(MARK.length))
      : value,
  );
}
