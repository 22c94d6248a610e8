// Describes another way to write a word, and how much it counts.

export interface WordForm {
  word: string;
  /** Weight of a text's word that is this form. */
  weight: number;
  /** Weight of a text's word that only begins as this form does. */
  rootWeight: number;
}

/** Weight of a word that has the root of a searched word, but not its stem. */
export const ROOT_WEIGHT = 0.5;
/** Weight of a word that is a searched word with another ending. */
export const ENDING_WEIGHT = 0.8;
