// Collects the features of one text in a row, to be weighted and summed.
import { type TextLayout, NO_SLOT } from './layout.js';
import type { Similarity } from './similarity.js';
import type { FeatureColumns } from './feature-columns.js';
import type { Question } from './question.js';
import { NO_SPEAKER } from './speakers.js';
import type { TextTable } from './text-table.js';
import { HAS_QUESTION, ENDS_WITH_QUESTION, FIRST_PERSON, TEMPORAL } from './traits.js';
import { FEATURE_INDEX } from './weights.js';

export interface Evidence {
  table: TextTable;
  layout: TextLayout;
  question: Question;
  features: FeatureColumns;
  similarity: Similarity | null;
  /** How many words each text has as they were written, by its ref. Undefined when not known. */
  written: ReadonlyMap<string, number> | undefined;
}

/** The length feature stops growing at this many terms. */
const MAX_LENGTH_TERMS = 30;

/** Fills `row` in the order of `FEATURES`. */
export function fillFeatures(evidence: Evidence, slot: number, row: Float64Array): void {
  const { table, question, layout, features, similarity, written } = evidence;
  const traits = table.traits[slot]!;
  const typos = features.typos[slot] ?? 0;
  row.fill(0);
  row[FEATURE_INDEX.words] = features.words[slot]! - typos;
  row[FEATURE_INDEX.typos] = typos;
  row[FEATURE_INDEX.covered] = features.covered[slot]!;
  row[FEATURE_INDEX.exact] = features.exact[slot]!;
  row[FEATURE_INDEX.written] = written?.get(table.getRef(slot)) ?? 0;
  row[FEATURE_INDEX.session] = features.sessions[layout.session[slot]!]!;
  const speaker = table.speaker[slot]!;
  const isUnnamed = question.unnamed.has(speaker);
  row[FEATURE_INDEX.speaker] = isByNamed(evidence, slot) ? 1 : 0;
  row[FEATURE_INDEX.role] = isUnnamed && question.named.has(speaker) ? 1 : 0;
  row[FEATURE_INDEX.date] = features.dates[slot] ?? 0;
  row[FEATURE_INDEX.length] = Math.log(1 + Math.min(table.length[slot]!, MAX_LENGTH_TERMS));
  row[FEATURE_INDEX.firstPerson] = traits & FIRST_PERSON ? 1 : 0;
  row[FEATURE_INDEX.when] = question.asksWhen && traits & TEMPORAL ? 1 : 0;
  row[FEATURE_INDEX.next] = valueAt(features.words, inSession(layout, slot, layout.next));
  if (!isUnnamed) fillTurns(evidence, slot, row);
  if (similarity !== null) fillSimilarity(evidence, similarity, slot, row);
}

/**
 * Tells whether a text is a candidate. A match elsewhere in its session is not enough: one match
 * would return a whole long conversation.
 */
export function isCandidate(
  { features, layout, question, table, similarity }: Evidence,
  slot: number,
): boolean {
  const { words, dates } = features;
  if (words[slot]! > 0 || dates[slot]! > 0 || similarity?.known[slot] === 1) return true;
  if (
    question.names.length > 0 &&
    (question.named.has(table.speaker[slot]!) || features.mentions[slot]! > 0)
  )
    return true;
  const previous = inSession(layout, slot, layout.previous);
  return (
    valueAt(words, previous) > 0 ||
    valueAt(words, inSession(layout, slot, layout.next)) > 0 ||
    (previous !== NO_SLOT && valueAt(words, inSession(layout, previous, layout.previous)) > 0)
  );
}

function isByNamed({ table, question, features }: Evidence, slot: number): boolean {
  const speaker = table.speaker[slot]!;
  return speaker === NO_SPEAKER ? features.mentions[slot] === 1 : question.named.has(speaker);
}

/**
 * Fills the features of people who take turns. A user and an assistant do not: the assistant's long
 * answers follow questions, and tell less about the user than the questions do.
 */
function fillTurns({ table, layout, features }: Evidence, slot: number, row: Float64Array): void {
  const previous = inSession(layout, slot, layout.previous);
  const beforePrevious =
    previous === NO_SLOT ? NO_SLOT : inSession(layout, previous, layout.previous);
  const isAnswer =
    previous !== NO_SLOT &&
    (table.traits[previous]! & HAS_QUESTION) !== 0 &&
    table.speaker[previous] !== table.speaker[slot];
  row[FEATURE_INDEX.asks] = table.traits[slot]! & ENDS_WITH_QUESTION ? 1 : 0;
  row[FEATURE_INDEX.beforePrevious] = valueAt(features.words, beforePrevious);
  row[FEATURE_INDEX.answers] = isAnswer ? features.words[previous]! : 0;
}

function fillSimilarity(
  { layout }: Evidence,
  { texts, sessions }: Similarity,
  slot: number,
  row: Float64Array,
): void {
  row[FEATURE_INDEX.cosine] = texts[slot]!;
  row[FEATURE_INDEX.previousCosine] = valueAt(texts, inSession(layout, slot, layout.previous));
  row[FEATURE_INDEX.nextCosine] = valueAt(texts, inSession(layout, slot, layout.next));
  row[FEATURE_INDEX.sessionCosine] = sessions[layout.session[slot]!]!;
}

/** Returns the neighbour in that direction if it is in the same session, else NO_SLOT. */
function inSession({ session }: TextLayout, slot: number, direction: Int32Array): number {
  const neighbour = direction[slot]!;
  return neighbour !== NO_SLOT && session[neighbour] === session[slot] ? neighbour : NO_SLOT;
}

const valueAt = (column: Float64Array, slot: number): number =>
  slot === NO_SLOT ? 0 : column[slot]!;
