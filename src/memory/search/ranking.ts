// Scores the candidate texts of a question, selects the best, and explains their scores.
import { conditionFilter } from './condition-filter.js';
import { type IsBetter, topK } from './top-k.js';
import { type TextLayout, NO_SLOT } from './layout.js';
import { computeSimilarity } from './similarity.js';
import { computeFeatures } from './feature-columns.js';
import type { Question } from './question.js';
import { flagBuffer, numberBuffer } from './scratch.js';
import type { TextHit, SearchOptions } from './searchable-text.js';
import { type Evidence, fillFeatures, isCandidate } from './feature-row.js';
import type { TextTable } from './text-table.js';
import { MAX_TEXTS_FOR_TREES, scoreByTrees } from './trees.js';
import { LEXICAL, FEATURES, WITH_VECTORS } from './weights.js';

export function rank(
  table: TextTable,
  layout: TextLayout,
  question: Question,
  options: SearchOptions,
): TextHit[] {
  const { limit, weights, explain, written } = options;
  const features = computeFeatures(table, layout, question);
  const similarity = computeSimilarity(options, table, layout, features.words);
  const evidence: Evidence = { table, layout, question, features, similarity, written };
  const chosen = weights ?? (similarity ? WITH_VECTORS : LEXICAL);
  const inOrder = Float64Array.from(FEATURES, (signal) => chosen[signal]);
  const { scores, candidates } = scoreAll(evidence, inOrder, askedFilter(table, options));
  const isBetter: IsBetter = (a, b) => {
    const difference = scores[a]! - scores[b]! || table.at[a]! - table.at[b]! || a - b;
    return difference > 0;
  };
  // By words only, trees found nothing that the weights had not.
  const usesTrees = similarity !== null && weights === undefined;
  const best = topK(candidates, usesTrees ? Math.max(limit, MAX_TEXTS_FOR_TREES) : limit, isBetter);
  if (usesTrees) addTrees(evidence, best, scores, isBetter);
  const toHit = (slot: number): TextHit => ({
    ref: table.getRef(slot),
    score: scores[slot]!,
    matchedBy: describeMatch(evidence, slot),
  });
  return Array.from(best.subarray(0, limit), (slot) =>
    explain
      ? { ...toHit(slot), parts: explainScore(evidence, slot, inOrder, scores[slot]!) }
      : toHit(slot),
  );
}

/** Adds what the trees say to the scores of the first texts, and puts these in the new order. */
function addTrees(
  evidence: Evidence,
  best: Int32Array,
  scores: Float64Array,
  isBetter: IsBetter,
): void {
  const first = best.subarray(0, MAX_TEXTS_FOR_TREES);
  const row = new Float64Array(FEATURES.length);
  for (const slot of first) {
    fillFeatures(evidence, slot, row);
    scores[slot]! += scoreByTrees(row);
  }
  first.sort((a, b) => (isBetter(a, b) ? -1 : 1));
  // The others stay behind the first texts, whatever the limit is, and as far apart as they were.
  const others = best.subarray(first.length);
  if (others.length === 0) return;
  const lead = Math.max(0, scores[others[0]!]! - scores[first.at(-1)!]!);
  for (const slot of others) scores[slot]! -= lead;
}

/** Returns a check of slots: true for texts of the group that may meet the condition. */
function askedFilter(
  table: TextTable,
  { group, condition }: SearchOptions,
): (slot: number) => boolean {
  const isInGroup = table.groupFilter(group);
  if (condition === undefined) return isInGroup;
  const mayMeet = conditionFilter(table, condition);
  return (slot) => isInGroup(slot) && mayMeet(slot);
}

const [scoreBuffer, seenBuffer] = [numberBuffer(), flagBuffer()];

function scoreAll(
  evidence: Evidence,
  weights: Float64Array,
  isAsked: (slot: number) => boolean,
): { scores: Float64Array; candidates: Int32Array } {
  const { slots, alive } = evidence.table;
  const [scores, candidates, row] = [
    scoreBuffer.zeros(slots),
    slotsToScore(evidence),
    new Float64Array(weights.length),
  ];
  let count = 0;
  for (const slot of candidates) {
    if (alive[slot] === 0 || !isCandidate(evidence, slot) || !isAsked(slot)) continue;
    candidates[count++] = slot;
    fillFeatures(evidence, slot, row);
    let score = 0;
    for (let i = 0; i < row.length; i++) score += weights[i]! * row[i]!;
    scores[slot] = score;
  }
  return { scores, candidates: candidates.subarray(0, count) };
}

/**
 * Returns all slots, or, when only words can make a candidate, the slots with a match and their
 * neighbours.
 */
function slotsToScore({ table, layout, question, features, similarity }: Evidence): Int32Array {
  const { slots } = table;
  if (similarity !== null || features.dates.length > 0 || question.names.length > 0)
    return Int32Array.from({ length: slots }, (_, slot) => slot);
  const seen = seenBuffer.zeros(slots);
  const near = new Int32Array(Math.min(slots, 4 * features.matched.length));
  let count = 0;
  const look = (slot: number): void => {
    if (slot === NO_SLOT || seen[slot] === 1) return;
    seen[slot] = 1;
    near[count++] = slot;
  };
  for (const slot of features.matched) {
    const next = layout.next[slot]!;
    look(slot);
    look(layout.previous[slot]!);
    look(next);
    if (next !== NO_SLOT) look(layout.next[next]!);
  }
  return near.subarray(0, count);
}

function explainScore(
  evidence: Evidence,
  slot: number,
  weights: Float64Array,
  score: number,
): Record<string, number> {
  const row = new Float64Array(weights.length);
  fillFeatures(evidence, slot, row);
  const parts: Record<string, number> = {};
  let linear = 0;
  FEATURES.forEach((signal, i) => {
    const part = weights[i]! * row[i]!;
    if (part !== 0) parts[signal] = part;
    linear += part;
  });
  if (score !== linear) parts.trees = score - linear;
  return parts;
}

function describeMatch({ similarity, features }: Evidence, slot: number): TextHit['matchedBy'] {
  if (similarity === null || similarity.known[slot] === 0) return 'lexical';
  return features.words[slot]! > 0 ? 'both' : 'vector';
}
