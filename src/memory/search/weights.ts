// What a text's score is made of: each signal times its weight. Learned by bench/retrieval/learn-weights.mjs, which says from what.

/** The first weight is for a search by words only, the second for one with vectors. */
export const WEIGHTS = {
  /** How well the text's own words match (BM25), 0 to less than 2. */
  words: [2.1, 0.9],
  /** How much of the question occurs in it, 0 to 1. */
  covered: [3.1, 2.4],
  /** `words` of the text after, and of the one before the last: mostly what the same person said before. */
  next: [1.3, 0.3],
  beforePrevious: [2.2, 1.4],
  /** How well its session matches, 1 for the best. */
  session: [2.9, 2.1],
  /** Said by somebody whom the question names; or, where nobody knows who said it, about somebody. */
  speaker: [0.9, 1],
  /** Said on a date that the question names. */
  date: [1.5, 1.5],
  /** Ends with a question. */
  asks: [-0.7, -0.9],
  /** Logarithm of its length, up to 30 terms: very short texts say little. */
  length: [0.4, 0.55],
  /** Somebody talks of himself. */
  firstPerson: [0.6, 0.65],
  /** Says when, and the question asks when. */
  when: [1.8, 1.9],
  /** `words` of the text before if that asks something and somebody else said it. */
  answers: [3.2, 2.3],
  /** Likeness of meaning: of the text, its neighbours, and the likest of its session. */
  cosine: [0, 4.4],
  previousCosine: [0, 0.9],
  nextCosine: [0, 1.4],
  sessionCosine: [0, 4.2],
} as const;

export type Feature = keyof typeof WEIGHTS;
export type Weights = Record<Feature, number>;

export const FEATURES = Object.keys(WEIGHTS) as Feature[];
/** Of each signal, where it stands in `SIGNALS`. */
export const FEATURE_INDEX = Object.fromEntries(
  FEATURES.map((signal, place) => [signal, place]),
) as Record<Feature, number>;

const column = (place: 0 | 1): Weights =>
  Object.fromEntries(FEATURES.map((signal) => [signal, WEIGHTS[signal][place]])) as Weights;

export const LEXICAL = column(0);
export const WITH_VECTORS = column(1);
