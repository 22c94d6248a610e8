// Forms in which texts that say the same are equal.
import { STOP_WORDS } from './stop-words.js';

/**
 * Returns a form that is equal for texts that are the same: in Unicode's composed form, with runs of
 * white space as one space, trimmed, and without one final stop. Anything else is another memory,
 * because a capital, a sign or a point may change what a text says: `5 mg` is not `.5 mg`.
 */
export function toSameForm(text: string): string {
  const form = text.normalize('NFC').replace(/\s+/g, ' ').trim();
  return form.length > 1 ? form.replace(/[.。]$/, '') : form;
}

/** A longer text is near to no other, so that the form costs little. */
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
export const toNearForm = (text: string): string => nearForm(text, (word) => word.toLowerCase());

/**
 * As `toNearForm`, but a capital counts, which may make a word a name: `Turkey` is not `turkey`. Only
 * the capital of a word that tells nothing about the subject does not: `What` is `what`.
 */
export const toNearQuestion = (text: string): string =>
  nearForm(text, (word) => {
    const small = word.charAt(0).toLowerCase() + word.slice(1);
    return STOP_WORDS.has(small) ? small : word;
  });

function nearForm(text: string, fold: (word: string) => string): string {
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
    else if (!isAfterNumber || piece.length > MAX_UNIT_LENGTH) shown = fold(piece);
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
