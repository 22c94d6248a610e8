// Views of a text as a reader sees it: without invisible characters, in plain letters, without line
// breaks.

/** Invisible or without a glyph: zero-width, soft hyphens, variation selectors, fillers, tags. */
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/** Normalization sorts marks in quadratic time. No script stacks more than eight. */
const STACKED_MARKS = /(\p{M}{8})\p{M}+/gu;
const MARKS_ON_ASCII = /(?<=[!-~])\p{M}+/gu;
const NON_ASCII = /[^\0-\x7f]/;

/**
 * A line break with the indent, quotes and operators around it. Bounded, so that the search is
 * linear.
 */
const BREAK = /[ \t"'`\\+]{0,8}[\n\v\f\r\u0085\u2028\u2029]{1,4}[ \t"'`+>|]{0,32}/g;
/** The rest of a line that is one word. */
const WORD_OF_LINE = /\S*[ \t]{0,8}(?:[\n\v\f\r\u0085\u2028\u2029]|$)/y;
/** Four characters encode three bytes, so a longer run can be decoded in parts. */
const BASE64 = /[A-Za-z0-9+/_-]{24,4096}/g;

/**
 * Folds to visible characters: NFKC without format characters, and without accents on ASCII
 * letters.
 * @returns null when nothing changes
 */
export function folded(text: string): string | null {
  if (!NON_ASCII.test(text)) return null;
  const seen = text.replace(UNSEEN, '').replace(STACKED_MARKS, '$1').normalize('NFKD');
  return seen.replace(STACKED_MARKS, '$1').replace(MARKS_ON_ASCII, '').normalize('NFC');
}

/**
 * Joins lines in several ways: all lines; every second break, from the first or the second on,
 * which finds a token over two lines; and lines of one word, which finds a token over many lines.
 * @returns an empty list for a text of one line
 */
export function unbroken(text: string): string[] {
  const all = text.replace(BREAK, '');
  if (all === text) return [];
  const every = [0, 1].map((first) => {
    let n = 0;
    return text.replace(BREAK, (found) => (n++ % 2 === first ? '' : found));
  });
  let start = 0;
  const words = text.replace(BREAK, (found: string, offset: number) => {
    const line = text.slice(start, offset);
    start = WORD_OF_LINE.lastIndex = offset + found.length;
    return !/\s/.test(line) && WORD_OF_LINE.test(text) ? '' : found;
  });
  return [all, ...every, words];
}

/** Decodes each run of base64 once, as one character per byte. Does not decode the result again. */
export const decoded = (text: string): string[] =>
  [...text.matchAll(BASE64)].map(([run]) => Buffer.from(run, 'base64').toString('latin1'));
