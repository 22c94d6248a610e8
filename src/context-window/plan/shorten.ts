// Shortens a text or the arguments of a call to a number of tokens.
import { writeJson } from '../../platform/input/exact-json.js';
import { isPlainObject as isObject } from '../../platform/input/json-value.js';

type Count = (text: string) => number;

/** The share of the kept text that is taken from its beginning. The rest is taken from its end. */
const HEAD_SHARE = 2 / 3;
const NOTE_TOKENS = 16;
const MAX_TRIES = 6;
/** A try that uses this share of what is allowed is good enough. */
const GOOD_SHARE = 0.9;

/**
 * Returns the beginning and the end of a text, with a note between them of how much was left out.
 * @param tokens of the whole text
 * @param allowed tokens of the result, its note included
 */
export function shortenText(text: string, tokens: number, allowed: number, count: Count): string {
  const kept = Math.max(0, allowed - NOTE_TOKENS);
  const density = text.length / Math.max(1, tokens);
  const head = takeTokens(text, kept * HEAD_SHARE, density, count, fromStart);
  const rest = text.slice(head.length);
  const tail = takeTokens(rest, kept * (1 - HEAD_SHARE), density, count, fromEnd);
  const note = `[${Math.max(0, tokens - kept)} tokens left out]`;
  return [head, note, tail].filter((piece) => piece !== '').join('\n');
}

/** Cuts between characters, never inside a surrogate pair. */
const fromStart = (text: string, length: number): string =>
  text.slice(0, isInsidePair(text, length) ? length - 1 : length);
const fromEnd = (text: string, length: number): string => {
  const start = text.length - length;
  return text.slice(isInsidePair(text, start) ? start + 1 : start);
};
const isInsidePair = (text: string, at: number): boolean =>
  at > 0 &&
  at < text.length &&
  /[\udc00-\udfff]/.test(text[at]!) &&
  /[\ud800-\udbff]/.test(text[at - 1]!);

/** Takes about `allowed` tokens and not more. Each try counts what it takes, and there are few. */
function takeTokens(
  text: string,
  allowed: number,
  charactersPerToken: number,
  count: Count,
  take: (text: string, length: number) => string,
): string {
  let length = Math.min(text.length, Math.floor(allowed * charactersPerToken));
  let best = '';
  for (let tries = 0; tries < MAX_TRIES && length > 0; tries++) {
    const piece = take(text, length);
    const tokens = count(piece);
    if (tokens <= allowed) {
      if (piece.length > best.length) best = piece;
      if (tokens >= allowed * GOOD_SHARE || length === text.length) break;
      length = Math.min(text.length, Math.floor((length * allowed) / Math.max(1, tokens)));
    } else length = Math.floor((length * allowed * GOOD_SHARE) / tokens);
    if (length <= best.length) break;
  }
  return best;
}

/** Strings of arguments that are shorter than this are kept. */
const SHORT_CHARACTERS = 64;

/**
 * Shortens the long strings in the arguments of a call; what it returns is whole JSON. Arguments
 * that are large without long strings are replaced by a note.
 */
export function shortenInput(
  input: unknown,
  tokens: number,
  allowed: number,
  count: Count,
): Record<string, unknown> {
  const value = typeof input === 'string' ? parsed(input) : input;
  let share = allowed / Math.max(1, tokens);
  for (let tries = 0; tries < 3 && isObject(value); tries++, share /= 2) {
    const short = shortenStrings(value, share) as Record<string, unknown>;
    if (count(writeJson(short)) <= allowed) return short;
  }
  return { omitted: `[arguments of ${tokens} tokens left out]` };
}

function shortenStrings(value: unknown, share: number): unknown {
  if (typeof value === 'string') return shortenString(value, share);
  if (Array.isArray(value)) return value.map((item) => shortenStrings(item, share));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, shortenStrings(field, share)]),
  );
}

function shortenString(text: string, share: number): string {
  if (text.length <= SHORT_CHARACTERS) return text;
  const kept = Math.max(SHORT_CHARACTERS / 2, Math.floor(text.length * share * 0.8));
  if (kept >= text.length) return text;
  const head = fromStart(text, Math.floor(kept * HEAD_SHARE));
  const tail = fromEnd(text, Math.floor(kept * (1 - HEAD_SHARE)));
  return `${head}[${text.length - head.length - tail.length} characters left out]${tail}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
