// Computes the fingerprint by which duplicates are recognised, which equates only what is the same
// text, and the one by which near texts are found.
import { createHash } from 'node:crypto';
import type { MemoryValues } from '../memory-row.js';

/** What a fingerprint depends on. */
export type Fingerprinted = Pick<
  MemoryValues,
  'kind' | 'label' | 'content' | 'agentId' | 'conversationId' | 'validFrom'
>;

/**
 * Returns a form that is equal for texts that are the same: in Unicode's composed form, with runs of
 * white space as one space, trimmed, and without one final stop. Anything else is another memory,
 * because a capital, a sign or a point may change what a text says: `5 mg` is not `.5 mg`.
 */
export function toSameForm(text: string): string {
  const form = text.normalize('NFC').replace(/\s+/g, ' ').trim();
  return form.length > 1 ? form.replace(/[.。]$/, '') : form;
}

/** A longer text is near to no other, so that a write costs little. */
export const MAX_NEAR_CHARACTERS = 500;

const PIECES = /\p{N}+|[\p{L}\p{M}]+|\s+|[^\p{L}\p{M}\p{N}\s]+/gu;
/** Superscripts, fractions and such are left as they are: `10⁵` is not `105`. */
const FOLDABLE = /[^\p{No}]+/gu;
const INVISIBLE = /[\p{Cf}\ufe00-\ufe0f]+/gu;
const NUMBER = /^\p{N}/u;
const WORD = /^[\p{L}\p{M}]/u;
const SPACE = /^\s/;
/** In `!=` the mark is no mark of a sentence. */
const SYMBOL = /^\p{S}/u;
/** The case of a unit after a number counts: `5 mW` is not `5 MW`. */
const MAX_UNIT_LENGTH = 3;

const SENTENCE_MARKS = new Set('.,;:!…。、，；：！।،؛');
const QUOTES = new Set('\'"`´‘’‚‛“”„‟«»‹›「」『』');
const BRACKETS = new Set('()[]{}（）［］｛｝【】〈〉《》');
const DASHES = new Set('-‐‑‒–—―');

/**
 * Returns a form that is equal for texts that are near: without regard to case, width, white space,
 * quotes, brackets, hyphens and the marks of sentences. Numbers keep their signs and points, and
 * what is inside of names and addresses stays: `.5` is not `5`, and `a.b` is not `ab`.
 */
export function toNearForm(text: string): string {
  const same = toSameForm(text);
  if (same.length > MAX_NEAR_CHARACTERS) return same;
  const folded = same.replace(FOLDABLE, (run) => run.normalize('NFKC')).replace(INVISIBLE, '');
  const pieces = folded.match(PIECES) ?? [];
  let form = '';
  let isAfterNumber = false;
  for (const [i, piece] of pieces.entries()) {
    if (SPACE.test(piece)) continue;
    let shown = piece;
    if (NUMBER.test(piece)) shown = isAfterNumber ? ` ${piece}` : piece;
    else if (!WORD.test(piece)) shown = keptMarks(piece, pieces, i);
    else if (!isAfterNumber || piece.length > MAX_UNIT_LENGTH) shown = piece.toLowerCase();
    if (shown === '') continue;
    form += shown;
    isAfterNumber = NUMBER.test(piece);
  }
  return form === '' ? same : form;
}

/** Returns the signs of a run between words, numbers and white space that may change what is said. */
function keptMarks(marks: string, pieces: string[], at: number): string {
  const [before = ' ', after = ' ', beyond = ''] = [pieces[at - 1], pieces[at + 1], pieces[at + 2]];
  const isDetached = SPACE.test(before);
  const isBeforeNumber = NUMBER.test(SPACE.test(after) && isDetached ? beyond : after);
  const isByNumber = isBeforeNumber || NUMBER.test(before);
  const isKept = (mark: string, i: number, all: string[]): boolean => {
    if (SENTENCE_MARKS.has(mark))
      return isBeforeNumber || !SPACE.test(after) || SYMBOL.test(all[i + 1] ?? '');
    if (QUOTES.has(mark)) return NUMBER.test(before);
    return isByNumber || !(BRACKETS.has(mark) || DASHES.has(mark));
  };
  return [...marks].filter(isKept).join('');
}

/**
 * Returns how much of two different texts is the same, from 0 to 0.999: the share of pairs of
 * neighbouring characters that both have (Dice's coefficient), rounded down. Only texts that are the
 * same would have 1.
 */
export function computeSimilarity(one: string, other: string): number {
  const [first, second] = [one, other].map((text) =>
    pairsOf(toSameForm(text.slice(0, MAX_NEAR_CHARACTERS))),
  );
  const counts = new Map<string, number>();
  for (const pair of first!) counts.set(pair, (counts.get(pair) ?? 0) + 1);
  let shared = 0;
  for (const pair of second!) {
    const left = counts.get(pair) ?? 0;
    if (left > 0) shared++;
    counts.set(pair, left - 1);
  }
  const share = (2 * shared) / (first!.length + second!.length);
  return Math.min(999, Math.floor(share * 1_000)) / 1_000;
}

/** The ends count as spaces, so that a text of one character has pairs. */
function pairsOf(text: string): string[] {
  const padded = ` ${text} `;
  return Array.from({ length: text.length + 1 }, (_, i) => padded.slice(i, i + 2));
}

/**
 * Episodes are duplicates only when they happened at the same time. A block is identified by its
 * label.
 */
export function computeFingerprint(values: Fingerprinted): Buffer {
  const { kind, label, content } = values;
  return digest(values, kind === 'block' ? label : toSameForm(content)).subarray(0, 16);
}

/** Returns a signed 64-bit number in digits. It is null for a block, which is near to nothing. */
export const computeNearFingerprint = (values: Fingerprinted): string | null =>
  values.kind === 'block'
    ? null
    : String(digest(values, toNearForm(values.content)).readBigInt64BE());

function digest(
  { kind, agentId, conversationId, validFrom }: Fingerprinted,
  what: string | null,
): Buffer {
  const when = kind === 'episode' ? validFrom : null;
  const about = JSON.stringify([kind, agentId, conversationId, when, what]);
  return createHash('sha256').update(about).digest();
}
