// What goes into an index and what comes out.
import type { Weights } from './weights.js';

export interface SearchableText {
  /** Unique in the index. */
  ref: string;
  /** Of a very long one only the beginning is searched. */
  text: string;
  /** Who said it: a person's name, or a role such as `user`. */
  speaker: string | null;
  /** The conversation it belongs to, '' for none. Neighbours and sessions are of one group. */
  group: string;
  /** When it was said, or from when on it is true: milliseconds since 1970. */
  at: number;
}

export interface SearchHit {
  ref: string;
  score: number;
  /** When it is to be explained: what each signal (see `weights.ts`) adds to the score; those that add nothing are left out. */
  parts?: Record<string, number>;
  /** What it was found by. */
  matchedBy: 'lexical' | 'vector' | 'both';
}

export interface SearchOptions {
  limit: number;
  explain?: boolean;
  /** Of the question without names (`questionForEmbedding`): a unit vector times 127. */
  vector?: Int8Array;
  /** Instead of it, where somebody else has looked at the vectors: cosines of the nearest, by ref. */
  nearest?: ReadonlyMap<string, number>;
  /** Others than those of `weights.ts`, to learn them. */
  weights?: Weights;
}
