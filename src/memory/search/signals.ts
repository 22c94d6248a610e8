// Puts what was measured together for one text: the numbers that are weighted and added up.
import { type Layout, NONE } from './layout.js';
import type { Likeness } from './likeness.js';
import type { Measures } from './measures.js';
import type { Question } from './question.js';
import { NOBODY } from './speakers.js';
import type { TextTable } from './text-table.js';
import { ASKS, ENDS_ASKING, FIRST_PERSON, TEMPORAL } from './traits.js';
import { PLACE } from './weights.js';

export interface Evidence {
  table: TextTable;
  layout: Layout;
  question: Question;
  measures: Measures;
  likeness: Likeness | null;
}

/** Longer texts are not better for being longer. */
const LONGEST = 30;

/** Fills the row in the order of `SIGNALS`. */
export function fillSignals(evidence: Evidence, slot: number, row: Float64Array): void {
  const { table, question, layout, measures } = evidence;
  const traits = table.traits[slot]!;
  row[PLACE.words] = measures.words[slot]!;
  row[PLACE.covered] = measures.covered[slot]!;
  row[PLACE.session] = measures.sessions[layout.session[slot]!]!;
  row[PLACE.speaker] = isByNamed(evidence, slot) ? 1 : 0;
  row[PLACE.date] = measures.dates[slot] ?? 0;
  row[PLACE.asks] = traits & ENDS_ASKING ? 1 : 0;
  row[PLACE.length] = Math.log(1 + Math.min(table.length[slot]!, LONGEST));
  row[PLACE.firstPerson] = traits & FIRST_PERSON ? 1 : 0;
  row[PLACE.when] = question.asksWhen && traits & TEMPORAL ? 1 : 0;
  fillNeighbours(evidence, slot, row);
}

/** Has something to do with the question. That its session has is not enough: a long conversation would be found as a whole. */
export function isCandidate(
  { measures, layout, question, table, likeness }: Evidence,
  slot: number,
): boolean {
  const { words, dates } = measures;
  if (words[slot]! > 0 || dates[slot]! > 0 || likeness?.known[slot] === 1) return true;
  if (
    question.names.length > 0 &&
    (question.named.has(table.speaker[slot]!) || measures.mentions[slot]! > 0)
  )
    return true;
  const previous = inSession(layout, slot, layout.previous);
  return (
    valueAt(words, previous) > 0 ||
    valueAt(words, inSession(layout, slot, layout.next)) > 0 ||
    (previous !== NONE && valueAt(words, inSession(layout, previous, layout.previous)) > 0)
  );
}

function isByNamed({ table, question, measures }: Evidence, slot: number): boolean {
  const speaker = table.speaker[slot]!;
  return speaker === NOBODY ? measures.mentions[slot] === 1 : question.named.has(speaker);
}

function fillNeighbours(
  { table, layout, measures, likeness }: Evidence,
  slot: number,
  row: Float64Array,
): void {
  const previous = inSession(layout, slot, layout.previous);
  const next = inSession(layout, slot, layout.next);
  const beforePrevious = previous === NONE ? NONE : inSession(layout, previous, layout.previous);
  const isAnswer =
    previous !== NONE &&
    (table.traits[previous]! & ASKS) !== 0 &&
    table.speaker[previous] !== table.speaker[slot];
  row[PLACE.next] = valueAt(measures.words, next);
  row[PLACE.beforePrevious] = valueAt(measures.words, beforePrevious);
  row[PLACE.answers] = isAnswer ? measures.words[previous]! : 0;
  if (likeness === null) return;
  row[PLACE.cosine] = likeness.texts[slot]!;
  row[PLACE.previousCosine] = valueAt(likeness.texts, previous);
  row[PLACE.nextCosine] = valueAt(likeness.texts, next);
  row[PLACE.sessionCosine] = likeness.sessions[layout.session[slot]!]!;
}

/** The neighbour in that direction, if no pause lies between. */
function inSession({ session }: Layout, slot: number, direction: Int32Array): number {
  const neighbour = direction[slot]!;
  return neighbour !== NONE && session[neighbour] === session[slot] ? neighbour : NONE;
}

const valueAt = (column: Float64Array, slot: number): number => (slot === NONE ? 0 : column[slot]!);
