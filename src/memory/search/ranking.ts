// Scores the texts that have to do with a question, and explains the best.
import { bestOf } from './best.js';
import { type Layout, NONE } from './layout.js';
import { likenessTo } from './likeness.js';
import { measure } from './measures.js';
import type { Question } from './question.js';
import { flags, numbers } from './scratch.js';
import type { SearchHit, SearchOptions } from './searchable-text.js';
import { type Evidence, fillSignals, isCandidate } from './signals.js';
import type { TextTable } from './text-table.js';
import { LEXICAL, SIGNALS, WITH_VECTORS } from './weights.js';

export function rank(
  table: TextTable,
  layout: Layout,
  question: Question,
  options: SearchOptions,
): SearchHit[] {
  const { limit, weights, explain } = options;
  const measures = measure(table, layout, question);
  const likeness = likenessTo(options, table, layout, measures.words);
  const evidence: Evidence = { table, layout, question, measures, likeness };
  const chosen = weights ?? (likeness ? WITH_VECTORS : LEXICAL);
  const inOrder = Float64Array.from(SIGNALS, (signal) => chosen[signal]);
  const { scores, candidates } = scoreAll(evidence, inOrder);
  const isBetter = (a: number, b: number) => {
    const difference = scores[a]! - scores[b]! || table.at[a]! - table.at[b]! || a - b;
    return difference > 0;
  };
  const hitOf = (slot: number): SearchHit => ({
    ref: table.refOf(slot),
    score: scores[slot]!,
    lane: laneOf(evidence, slot),
  });
  return Array.from(bestOf(candidates, limit, isBetter), (slot) =>
    explain ? { ...hitOf(slot), parts: partsOf(evidence, slot, inOrder) } : hitOf(slot),
  );
}

const [scoresKept, seenKept] = [numbers(), flags()];

function scoreAll(
  evidence: Evidence,
  weights: Float64Array,
): { scores: Float64Array; candidates: Int32Array } {
  const { slots, alive } = evidence.table;
  const [scores, candidates, row] = [
    scoresKept.zeros(slots),
    lookedAt(evidence),
    new Float64Array(weights.length),
  ];
  let count = 0;
  for (const slot of candidates) {
    if (alive[slot] === 0 || !isCandidate(evidence, slot)) continue;
    candidates[count++] = slot;
    fillSignals(evidence, slot, row);
    let score = 0;
    for (let i = 0; i < row.length; i++) score += weights[i]! * row[i]!;
    scores[slot] = score;
  }
  return { scores, candidates: candidates.subarray(0, count) };
}

/** All texts; or, where words alone make a candidate, those in which one occurs, and those next to them. */
function lookedAt({ table, layout, question, measures, likeness }: Evidence): Int32Array {
  const { slots } = table;
  if (likeness !== null || measures.dates.length > 0 || question.names.length > 0)
    return Int32Array.from({ length: slots }, (_, slot) => slot);
  const seen = seenKept.zeros(slots);
  const near = new Int32Array(Math.min(slots, 4 * measures.matched.length));
  let count = 0;
  const look = (slot: number): void => {
    if (slot === NONE || seen[slot] === 1) return;
    seen[slot] = 1;
    near[count++] = slot;
  };
  for (const slot of measures.matched) {
    const next = layout.next[slot]!;
    look(slot);
    look(layout.previous[slot]!);
    look(next);
    if (next !== NONE) look(layout.next[next]!);
  }
  return near.subarray(0, count);
}

function partsOf(evidence: Evidence, slot: number, weights: Float64Array): Record<string, number> {
  const row = new Float64Array(weights.length);
  fillSignals(evidence, slot, row);
  const parts: Record<string, number> = {};
  SIGNALS.forEach((signal, i) => {
    const part = weights[i]! * row[i]!;
    if (part !== 0) parts[signal] = part;
  });
  return parts;
}

function laneOf({ likeness, measures }: Evidence, slot: number): SearchHit['lane'] {
  if (likeness === null || likeness.known[slot] === 0) return 'lexical';
  return measures.words[slot]! > 0 ? 'both' : 'vector';
}
