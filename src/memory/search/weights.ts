// A text's score is the sum of its features, each times its weight.
// bench/retrieval/learn-weights.mjs learns the weights.

/** The first weight applies to searches by words only, the second to searches with vectors. */
export const WEIGHTS = {
  /** BM25 of the text's own words: from 0 to less than 2. */
  words: [2.1, 0.9],
  /**
   * BM25 of the words that a searched one may be but for a typing error. Not learned: less than
   * `words` and `covered` together.
   */
  typos: [4.5, 2.8],
  /** The share of the question that occurs in the text, from 0 to 1. */
  covered: [3.1, 2.4],
  /**
   * As `covered`, but other forms of a word count less, however often they occur. Only for questions
   * whose words must all occur (`LITERAL`).
   */
  exact: [0, 0],
  /**
   * How many words stand in the text as they were written, where that is known: in questions of stop
   * words only. Not learned: more than all that a text of the same words may have besides.
   */
  written: [8, 8],
  /**
   * `words` of the next text, and of the one before the previous text: that one is mostly by the
   * same speaker. The latter, `asks` and `answers` are 0 for a text whose speaker has no name.
   */
  next: [1.3, 0.3],
  beforePrevious: [2.2, 1.4],
  /** BM25 of the text's session, divided by that of the best session. */
  session: [2.9, 2.1],
  /**
   * 1 when a named speaker said it, or, when the speaker is unknown, when the name occurs in it.
   */
  speaker: [0.9, 1],
  /**
   * As `speaker`, and added to it, for a speaker who is a role. What a user asks about themselves,
   * they mostly said themselves, where two friends tell much about each other. Not learned here:
   * FriendsQA teaches 2.1 to 2.6 for both features together.
   */
  role: [1.1, 1],
  /** Match with a date that the question names. */
  date: [1.5, 1.5],
  /** 1 when the text ends with a question. */
  asks: [-0.7, -0.9],
  /** Logarithm of the length in terms, up to 30: very short texts tell little. */
  length: [0.4, 0.55],
  /** 1 when the text is in the first person. */
  firstPerson: [0.6, 0.65],
  /** 1 when the text contains a word of time and the question asks when. */
  when: [1.8, 1.9],
  /** `words` of the previous text, when that is a question by another speaker. */
  answers: [3.2, 2.3],
  /**
   * Cosine similarity of the text, of its neighbours, and of the most similar text in its session.
   */
  cosine: [0, 4.4],
  previousCosine: [0, 0.9],
  nextCosine: [0, 1.4],
  sessionCosine: [0, 4.2],
} as const;

export type Feature = keyof typeof WEIGHTS;
export type Weights = Record<Feature, number>;

export const FEATURES = Object.keys(WEIGHTS) as Feature[];
/** The index of each feature in `FEATURES`. */
export const FEATURE_INDEX = Object.fromEntries(
  FEATURES.map((signal, place) => [signal, place]),
) as Record<Feature, number>;

const column = (place: 0 | 1): Weights =>
  Object.fromEntries(FEATURES.map((signal) => [signal, WEIGHTS[signal][place]])) as Weights;

export const LEXICAL = column(0);
export const WITH_VECTORS = column(1);
/** For questions whose words must all occur: only what the text itself says counts. */
export const LITERAL: Weights = {
  ...(Object.fromEntries(FEATURES.map((signal) => [signal, 0])) as Weights),
  ...{ words: LEXICAL.words, typos: LEXICAL.typos, exact: 6, written: LEXICAL.written },
};
