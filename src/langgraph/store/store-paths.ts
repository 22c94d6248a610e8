// Namespaces as one text that sorts by elements, so that a prefix of elements is a range of an index.

/** Stands behind each label. No character that a label may have sorts before it. */
const END_OF_LABEL = '\u0001';
/** What comes right after `END_OF_LABEL`. */
const AFTER_END = '\u0002';
/** Above every path: the last character, in more bytes than a path may have. */
const ABOVE_ALL = '\u{10ffff}'.repeat(257);

export const PATH_MAX_BYTES = 1_024;

/** The labels with their ends: `['users', '1']` is no beginning of `['users', '10']`. */
export const pathOf = (labels: readonly string[]): string =>
  labels.map((label) => `${label}${END_OF_LABEL}`).join('');

export const labelsOf = (path: string): string[] => path.split(END_OF_LABEL).slice(0, -1);

export const isLabel = (text: string): boolean => !text.includes(END_OF_LABEL);

/** Paths that begin with these labels: `from` and all before `to`. */
export interface PathRange {
  from: string;
  to: string;
}

export function rangeOf(labels: readonly string[]): PathRange {
  const from = pathOf(labels);
  return { from, to: from === '' ? ABOVE_ALL : `${from.slice(0, -1)}${AFTER_END}` };
}
