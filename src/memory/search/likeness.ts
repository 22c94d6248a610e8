// How like in meaning the texts are to a question, as far as that is known.
import type { TextLayout } from './layout.js';
import type { SearchOptions } from './searchable-text.js';
import type { TextTable } from './text-table.js';

export interface Similarity {
  texts: Float64Array;
  /** 1 for those of which it is known. */
  known: Uint8Array;
  /** Of each session, its likest text's. */
  sessions: Float64Array;
}

/**
 * What a text without a vector is taken to have, by how well its words match: the average of the training set.
 * Vectors are made some time after a text was written, and the newest must not be the last to be found.
 */
const ASSUMED_SIMILARITY = 0.07;
const ASSUMED_SIMILARITY_PER_WORDS = 0.5;

/** @returns null when there is nothing to compare. */
export function computeSimilarity(
  { vector, nearest }: SearchOptions,
  table: TextTable,
  layout: TextLayout,
  words: Float64Array,
): Similarity | null {
  const { vectors, slots } = table;
  const isComparable = vector !== undefined && vectors.count > 0 && vectors.width === vector.length;
  // Most searches go by words alone: they make no columns.
  if (!nearest && !isComparable) return null;
  const similarity: Similarity = {
    texts: new Float64Array(slots),
    known: new Uint8Array(slots),
    sessions: new Float64Array(layout.sessionLengths.length).fill(-1),
  };
  if (nearest) fillNearest(similarity, nearest, table);
  else fillCosines(similarity, vector!, table);
  const { texts, known, sessions } = similarity;
  for (let slot = 0; slot < slots; slot++) {
    if (table.alive[slot] === 0) continue;
    if (known[slot] === 0)
      texts[slot] = ASSUMED_SIMILARITY + ASSUMED_SIMILARITY_PER_WORDS * words[slot]!;
    const session = layout.session[slot]!;
    if (texts[slot]! > sessions[session]!) sessions[session] = texts[slot]!;
  }
  return similarity;
}

function fillCosines(
  { texts, known }: Similarity,
  vector: Int8Array,
  { vectors, slots, alive }: TextTable,
): void {
  for (let slot = 0; slot < slots; slot++) {
    if (alive[slot] === 0 || !vectors.has(slot)) continue;
    texts[slot] = vectors.cosine(slot, vector);
    known[slot] = 1;
  }
}

function fillNearest(
  { texts, known }: Similarity,
  nearest: ReadonlyMap<string, number>,
  table: TextTable,
): void {
  for (const [ref, cosine] of nearest) {
    const slot = table.findSlot(ref);
    if (slot < 0) continue;
    texts[slot] = cosine;
    known[slot] = 1;
  }
}
