// Types of what goes into an index, and of what a search returns.
import type { Condition } from '../../platform/text/index.js';
import type { Weights } from './weights.js';

export interface SearchableText {
  /** Identifies the text; unique in the index. */
  ref: string;
  /** Only the first `MAX_SEARCHED_CHARACTERS` are searched. */
  text: string;
  /** The speaker: a person's name, or a role such as `user`. */
  speaker: string | null;
  /**
   * The conversation it belongs to, or '' for none. Neighbours and sessions are within one group.
   */
  group: string;
  /** When it was said, or from when on it is valid: milliseconds since 1970. */
  at: number;
}

export interface TextHit {
  ref: string;
  score: number;
  /**
   * With `explain`: what each feature (see `weights.ts`) adds to the score. Features that add
   * nothing are left out.
   */
  parts?: Record<string, number>;
  /** Whether its words, its vector or both match the question. */
  matchedBy: 'lexical' | 'vector' | 'both';
}

export interface SearchOptions {
  limit: number;
  /** Only texts of this group are hits. */
  group?: string | undefined;
  /** What hits have to meet. Texts that certainly do not are no hits; others have to be compared. */
  condition?: Condition | undefined;
  /** IANA name of the time zone of dates in the question; UTC without it. */
  timeZone?: string | undefined;
  explain?: boolean;
  /** The vector of `questionForEmbedding(question)`: a unit vector times 127. */
  vector?: Int8Array;
  /**
   * Cosine similarities by ref, when another component (pgvector) compared the vectors. Takes the
   * place of `vector`.
   */
  nearest?: ReadonlyMap<string, number>;
  /** How many words of the question each text has as they are written there, by its ref. */
  written?: ReadonlyMap<string, number> | undefined;
  /** Other weights than those by which questions are answered. */
  weights?: Weights | undefined;
}
