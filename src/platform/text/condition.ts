// Describes what a text must have to match a question.

export type Condition =
  | Term
  | { kind: 'all' | 'any'; of: Condition[] }
  | { kind: 'not'; of: Condition }
  | { kind: 'phrase'; words: PhraseWord[] };

export interface Term {
  kind: 'term';
  term: string;
  /** Any term that begins so matches. */
  isBeginning: boolean;
}

export interface PhraseWord {
  /** Words from the first word of the phrase to this one. */
  at: number;
  /** Any of them stands there. */
  terms: Term[];
}

export const exactTerm = (term: string): Term => ({ kind: 'term', term, isBeginning: false });
export const beginning = (term: string): Term => ({ kind: 'term', term, isBeginning: true });

/** Joins conditions. One alone stays as it is. */
export const join = (kind: 'all' | 'any', of: Condition[]): Condition =>
  of.length === 1 ? of[0]! : { kind, of };

export const allOf = (of: Condition[]): Condition => join('all', of);
export const anyOf = (of: Condition[]): Condition => join('any', of);
