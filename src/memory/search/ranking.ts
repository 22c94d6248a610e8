// Scores the texts that have to do with a question, and explains the best.
import { bestOf } from './best.js';
import type { Layout } from './layout.js';
import { likenessTo } from './likeness.js';
import { measure } from './measures.js';
import type { Question } from './question.js';
import type { SearchHit, SearchOptions } from './searchable-text.js';
import { type Evidence, fillSignals, isCandidate } from './signals.js';
import type { TextTable } from './text-table.js';
import { LEXICAL, SIGNALS, WITH_VECTORS } from './weights.js';

export function rank(table: TextTable, layout: Layout, question: Question, { limit, vector, weights }: SearchOptions): SearchHit[] {
  const measures = measure(table, layout, question);
  const likeness = likenessTo(vector, table, layout, measures.words);
  const evidence: Evidence = { table, layout, question, measures, likeness };
  const chosen = weights ?? (likeness ? WITH_VECTORS : LEXICAL);
  const inOrder = Float64Array.from(SIGNALS, (signal) => chosen[signal]);
  const { scores, candidates } = scoreAll(evidence, inOrder);
  const isBetter = (a: number, b: number) => {
    const difference = scores[a]! - scores[b]! || table.at[a]! - table.at[b]! || a - b;
    return difference > 0;
  };
  return Array.from(bestOf(candidates, limit, isBetter), (slot) => hitOf(evidence, slot, scores[slot]!, inOrder));
}

function scoreAll(evidence: Evidence, weights: Float64Array): { scores: Float64Array; candidates: Int32Array } {
  const { slots, alive } = evidence.table;
  const [scores, candidates, row] = [new Float64Array(slots), new Int32Array(slots), new Float64Array(weights.length)];
  let count = 0;
  for (let slot = 0; slot < slots; slot++) {
    if (alive[slot] === 0 || !isCandidate(evidence, slot)) continue;
    candidates[count++] = slot;
    fillSignals(evidence, slot, row);
    let score = 0;
    for (let i = 0; i < row.length; i++) score += weights[i]! * row[i]!;
    scores[slot] = score;
  }
  return { scores, candidates: candidates.subarray(0, count) };
}

function hitOf(evidence: Evidence, slot: number, score: number, weights: Float64Array): SearchHit {
  const row = new Float64Array(weights.length);
  fillSignals(evidence, slot, row);
  const parts: Record<string, number> = {};
  SIGNALS.forEach((signal, i) => {
    const part = weights[i]! * row[i]!;
    if (part !== 0) parts[signal] = part;
  });
  return { ref: evidence.table.refOf(slot), score, parts, lane: laneOf(evidence, slot) };
}

function laneOf({ table, likeness, measures }: Evidence, slot: number): SearchHit['lane'] {
  if (likeness === null || !table.vectors.has(slot)) return 'lexical';
  return measures.words[slot]! > 0 ? 'both' : 'vector';
}
