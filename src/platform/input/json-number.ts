// Checks whether a double holds a JSON number exactly, in time linear in its length, which is
// bounded.

/** A double written in full has up to 309 digits before its point, or 323 zeros after it. */
export const MAX_NUMBER_LENGTH = 400;

/** A double of ordinary size keeps this many significant digits. */
const SAFE_DIGITS = 15;
/** The shortest decimal of a double has at most this many digits. */
const MAX_SHORTEST_DIGITS = 17;
/** Doubles have full precision up to this power of ten. */
const SAFE_POWER = 300;

const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
const POINT = 0x2e;
const EXPONENT = 0x65;
const LOWER_CASE = 0x20;

/**
 * A number as `digits` times ten to the `power`. The digits neither begin nor end with a zero, and
 * are empty for zero.
 */
interface Decimal {
  digits: string;
  power: number;
}

/** @param token a JSON number of at most `MAX_NUMBER_LENGTH` characters */
export function isExactNumber(token: string): boolean {
  const { first, last, point, end } = partsOf(token);
  if (last < 0) return true;
  const isAcross = first < point && last > point;
  const count = last - first + (isAcross ? 0 : 1);
  if (count > MAX_SHORTEST_DIGITS) return false;
  const power = exponentOf(token, end) + (first < point ? point - first : point - first + 1);
  if (count <= SAFE_DIGITS && Math.abs(power) <= SAFE_POWER) return true;
  const value = Number(token);
  if (Number.isSafeInteger(value) && end === token.length && point === end) return true;
  const shortest = String(value);
  return shortest === token || isSame(toDecimal(token), toDecimal(shortest));
}

/**
 * Indexes of the first and last digits other than zero (-1 without any), of the point or the place
 * where it would be, and of the end of the digits.
 */
function partsOf(token: string): { first: number; last: number; point: number; end: number } {
  let [first, last, point, end] = [-1, -1, -1, 0];
  for (; end < token.length; end++) {
    const code = token.charCodeAt(end);
    if (code === POINT) point = end;
    else if ((code | LOWER_CASE) === EXPONENT) break;
    else if (code > ZERO && code <= NINE) {
      if (first < 0) first = end;
      last = end;
    }
  }
  return { first, last, point: point < 0 ? end : point, end };
}

const exponentOf = (token: string, end: number): number =>
  end < token.length ? Number(token.slice(end + 1)) : 0;

/** `Infinity` gets no digits, like zero, so it equals no JSON number that has digits. */
function toDecimal(token: string): Decimal {
  const { first, last, point, end } = partsOf(token);
  if (last < 0) return { digits: '', power: 0 };
  const digits =
    point > first && point < last
      ? token.slice(first, point) + token.slice(point + 1, last + 1)
      : token.slice(first, last + 1);
  return {
    digits,
    power: exponentOf(token, end) + (last < point ? point - last - 1 : point - last),
  };
}

const isSame = (a: Decimal, b: Decimal): boolean => a.power === b.power && a.digits === b.digits;

/**
 * @returns the index after the number; `start` when none begins there; one more than the bound for
 * a number that is too long
 */
export function endOfNumber(text: string, start: number): number {
  const most = start + MAX_NUMBER_LENGTH + 1;
  const whole = endOfDigits(text, text.charCodeAt(start) === MINUS ? start + 1 : start, most);
  if (whole === start || text.charCodeAt(whole - 1) === MINUS) return start;
  const fraction = text.charCodeAt(whole) === POINT ? endOfDigits(text, whole + 1, most) : whole;
  const end = fraction > whole + 1 ? fraction : whole;
  if ((text.charCodeAt(end) | LOWER_CASE) !== EXPONENT) return end;
  const sign = text.charCodeAt(end + 1);
  const digits = sign === MINUS || sign === 0x2b ? end + 2 : end + 1;
  const exponent = endOfDigits(text, digits, most);
  return exponent > digits ? exponent : end;
}

function endOfDigits(text: string, from: number, most: number): number {
  let end = from;
  while (end < most && isDigit(text.charCodeAt(end))) end++;
  return end;
}

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;
