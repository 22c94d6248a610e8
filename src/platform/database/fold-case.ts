// Compares texts without regard to case. PostgreSQL's own functions depend on the locale of the
// database: with `C`, `Ü` is not `ü`.

/** SQL of a text in which capitals are small letters, in any language; the same on every server. */
export const foldCase = (text: string): string => `threadkeep.fold_case(${text})`;

/** The SQL condition that a text contains another, in capitals or not. */
export const containsText = (text: string, part: string): string =>
  `strpos(${foldCase(text)}, ${foldCase(part)}) > 0`;
