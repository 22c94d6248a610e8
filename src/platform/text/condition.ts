// Describes what a text must have to match a question.

export type Condition =
  | Term
  | { kind: 'all' | 'any'; of: Condition[] }
  | { kind: 'not'; of: Condition }
  | { kind: 'phrase'; words: PhraseWord[] };

export interface Term {
  kind: 'term';
  term: string;
  /** A text has the term itself, a term that begins with it, or a word of this root. */
  as: 'whole' | 'beginning' | 'root';
}

export interface PhraseWord {
  /** Words from the first word of the phrase to this one. */
  at: number;
  /** Any of them stands there. */
  terms: PhraseTerm[];
}

/** The places of words are not known by their roots. */
export interface PhraseTerm extends Term {
  as: 'whole' | 'beginning';
}

export const exactTerm = (term: string): PhraseTerm => ({ kind: 'term', term, as: 'whole' });
export const beginning = (term: string): PhraseTerm => ({ kind: 'term', term, as: 'beginning' });
/** @param root as `rootOf` gives it */
export const anyOfRoot = (root: string): Term => ({ kind: 'term', term: root, as: 'root' });

/** Joins conditions. One alone stays as it is. */
export const join = (kind: 'all' | 'any', of: Condition[]): Condition =>
  of.length === 1 ? of[0]! : { kind, of };

export const allOf = (of: Condition[]): Condition => join('all', of);
export const anyOf = (of: Condition[]): Condition => join('any', of);
