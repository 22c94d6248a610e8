// Computes how similar in meaning the texts are to a question, as far as vectors are known.
import type { TextLayout } from './layout.js';
import type { SearchOptions } from './searchable-text.js';
import type { TextTable } from './text-table.js';

export interface Similarity {
  texts: Float64Array;
  /** 1 where the similarity is known, 0 where it is assumed. */
  known: Uint8Array;
  /** The highest similarity in each session. */
  sessions: Float64Array;
}

/**
 * Similarity that is assumed for a text without a vector: a base plus a share of its word score.
 * The values are averages of the training set. Vectors are made some time after a write, and the
 * newest texts must not rank last until then.
 */
const ASSUMED_SIMILARITY = 0.07;
const ASSUMED_SIMILARITY_PER_WORDS = 0.5;

/** Returns null when there are no vectors to compare. */
export function computeSimilarity(
  { vector, nearest }: SearchOptions,
  table: TextTable,
  layout: TextLayout,
  words: Float64Array,
): Similarity | null {
  const { vectors, slots } = table;
  const isComparable = vector !== undefined && vectors.count > 0 && vectors.width === vector.length;
  // Most searches have no vectors: allocate nothing for them.
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
