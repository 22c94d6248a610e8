// How like in meaning the texts are to a question, as far as they have vectors.
import type { Layout } from './layout.js';
import type { TextTable } from './text-table.js';

export interface Likeness {
  texts: Float64Array;
  /** Of each session, its likest text's. */
  sessions: Float64Array;
}

/**
 * What a text without a vector is taken to have, by how well its words match: the average of the training set.
 * Vectors are made some time after a text was written, and the newest must not be the last to be found.
 */
const USUAL = 0.07;
const USUAL_FOR_WORDS = 0.5;

/** @returns null when there is nothing to compare. */
export function likenessTo(vector: Int8Array | undefined, { vectors, slots, alive }: TextTable, layout: Layout, words: Float64Array): Likeness | null {
  if (!vector || vectors.count === 0 || vectors.width !== vector.length) return null;
  const [texts, sessions] = [new Float64Array(slots), new Float64Array(layout.sessionLengths.length).fill(-1)];
  for (let slot = 0; slot < slots; slot++) {
    if (alive[slot] === 0) continue;
    const cosine = vectors.has(slot) ? vectors.cosine(slot, vector) : USUAL + USUAL_FOR_WORDS * words[slot]!;
    texts[slot] = cosine;
    const session = layout.session[slot]!;
    if (cosine > sessions[session]!) sessions[session] = cosine;
  }
  return { texts, sessions };
}
