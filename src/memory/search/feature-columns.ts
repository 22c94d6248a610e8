// Computes the features of all texts for a question: one column of numbers for each feature.
import { type CivilDate, writeUtcDate, type DatePart } from './date-words.js';
import type { TextLayout } from './layout.js';
import { type Clock, MAX_OFFSET_MS } from './local-time.js';
import { type Matches, findMatches } from './matches.js';
import type { Question } from './question.js';
import { numberBuffer } from './scratch.js';
import type { TextTable } from './text-table.js';

/**
 * BM25 parameters for single messages. They are short, so length matters less than in documents,
 * and repetition saturates early.
 */
const TURN_BM25 = { saturation: 0.9, lengthShare: 0.4 };
const SESSION_BM25 = { saturation: 1.2, lengthShare: 0.75 };

/**
 * Feature columns over all slots. They live in scratch buffers: the next search overwrites them,
 * and they may be longer than the table.
 */
export interface FeatureColumns {
  /** BM25, divided by the sum of the weights of the question's terms: from 0 to less than 2. */
  words: Float64Array;
  /** The part of `words` by mistyped terms. Empty when there are none. */
  typos: Float64Array;
  /** The share of the question's other terms that occur, weighted by rarity: from 0 to 1. */
  covered: Float64Array;
  /** As `covered`, but a term counts as much as the best of its forms that occur. */
  exact: Float64Array;
  /** Slots of the texts in which a term occurs. A slot appears once for each of its terms. */
  matched: Int32Array;
  /** BM25 of each session, divided by that of the best session. */
  sessions: Float64Array;
  /** 1 where the name of a named speaker occurs. Empty when the question names none. */
  mentions: Uint8Array;
  /**
   * How much of the named date matches, with rare parts weighing more. Empty when the question
   * names no date.
   */
  dates: Float64Array;
}

export function computeFeatures(
  table: TextTable,
  layout: TextLayout,
  { terms, names, dates, clock }: Question,
): FeatureColumns {
  const found = findMatches(table, terms, names);
  // A term that occurs in no text gets no weight.
  const rarity = terms.map(({ weight }, term) =>
    countMatches(found, term) === 0
      ? 0
      : weight * inverseFrequency(table.live, countMatches(found, term)),
  );
  return {
    ...computeWordFeatures(table, layout, found, rarity),
    matched: found.slots,
    sessions: scoreSessions(layout, found, rarity),
    mentions:
      names.length === 0
        ? new Uint8Array(0)
        : markMentions(
            table,
            found,
            names.map((_, name) => terms.length + name),
          ),
    dates: dates.length === 0 ? new Float64Array(0) : scoreDates(table, dates, clock),
  };
}

const countMatches = ({ starts, ends }: Matches, term: number): number =>
  ends[term]! - starts[term]!;
const inverseFrequency = (texts: number, having: number): number =>
  Math.log(1 + (texts - having + 0.5) / (having + 0.5));

/** Term frequency saturation of BM25, for a text `relativeLength` times as long as the average. */
function saturate(
  count: number,
  relativeLength: number,
  { saturation, lengthShare }: typeof TURN_BM25,
): number {
  return (
    (count * (saturation + 1)) /
    (count + saturation * (1 - lengthShare + lengthShare * relativeLength))
  );
}

const [wordsBuffer, coveredBuffer, exactBuffer, sessionsBuffer, countsBuffer] = [
  numberBuffer(),
  numberBuffer(),
  numberBuffer(),
  numberBuffer(),
  numberBuffer(),
];

function computeWordFeatures(
  { slots, live, length }: TextTable,
  { totalLength }: TextLayout,
  found: Matches,
  rarity: number[],
) {
  const [words, covered, exact] = [wordsBuffer, coveredBuffer, exactBuffer].map((buffer) =>
    buffer.zeros(slots),
  ) as [Float64Array, Float64Array, Float64Array];
  const typos = new Float64Array(found.mistyped.size > 0 ? slots : 0);
  const average = totalLength / live || 1;
  const sum = rarity.reduce((a, b) => a + b, 0);
  rarity.forEach((weight, term) => {
    const share = weight / sum;
    for (let i = found.starts[term]!; i < found.ends[term]!; i++) {
      const slot = found.slots[i]!;
      const score = share * saturate(found.counts[i]!, length[slot]! / average, TURN_BM25);
      words[slot]! += score;
      if (found.mistyped.has(term)) typos[slot]! += score;
      else {
        covered[slot]! += share * Math.min(1, found.counts[i]!);
        exact[slot]! += share * found.weights[i]!;
      }
    }
  });
  return { words, typos, covered, exact };
}

/**
 * Scores only sessions in which a term occurs, because most texts of a user are sessions of their
 * own.
 */
function scoreSessions(
  { session, sessionLengths, totalLength }: TextLayout,
  found: Matches,
  rarity: number[],
): Float64Array {
  const [scores, counts] = [
    sessionsBuffer.zeros(sessionLengths.length),
    countsBuffer.zeros(sessionLengths.length),
  ];
  const average = totalLength / sessionLengths.length || 1;
  const having: number[] = [];
  rarity.forEach((weight, term) => {
    for (let i = found.starts[term]!; i < found.ends[term]!; i++)
      counts[session[found.slots[i]!]!]! += found.counts[i]!;
    for (let i = found.starts[term]!; i < found.ends[term]!; i++) {
      const number = session[found.slots[i]!]!;
      if (counts[number] === 0) continue;
      if (scores[number] === 0) having.push(number);
      scores[number]! +=
        weight * saturate(counts[number]!, sessionLengths[number]! / average, SESSION_BM25);
      counts[number] = 0;
    }
  });
  const best = having.reduce((most, number) => Math.max(most, scores[number]!), 0);
  for (const number of having) scores[number]! /= best;
  return scores;
}

function markMentions({ slots }: TextTable, found: Matches, names: number[]): Uint8Array {
  const mentions = new Uint8Array(slots);
  for (const name of names) {
    for (let i = found.starts[name]!; i < found.ends[name]!; i++) mentions[found.slots[i]!] = 1;
  }
  return mentions;
}

/** A text's day of the week tells less than another part of a date. */
const WEEKDAY_SHARE = 0.5;

function scoreDates(
  { slots, live, at, alive }: TextTable,
  parts: DatePart[],
  clock: Clock | null,
): Float64Array {
  const having = parts.map(() => 0);
  // One bit for each part of the date that matches.
  const matching = new Uint32Array(slots);
  for (let slot = 0; slot < slots; slot++) {
    if (alive[slot] === 0) continue;
    const bits = clock ? matchLocalDate(at[slot]!, parts, clock) : matchDate(at[slot]!, parts);
    matching[slot] = bits;
    for (let i = 0; i < parts.length && i < 32; i++) having[i]! += (bits >>> i) & 1;
  }
  const rarity = having.map(
    (count, i) => inverseFrequency(live, count) * (parts[i]![0] === 'weekday' ? WEEKDAY_SHARE : 1),
  );
  return Float64Array.from(matching, (bits) =>
    bits === 0
      ? 0
      : rarity.reduce((sum, weight, i) => sum + ((bits >>> i) & 1 && i < 32 ? weight : 0), 0),
  );
}

const date: CivilDate = { year: 0, month: 0, day: 0, weekday: 0 };

/** Returns one bit for each part that the UTC date has. */
function matchDate(at: number, parts: DatePart[]): number {
  writeUtcDate(at, date);
  let bits = 0;
  for (let i = 0; i < parts.length && i < 32; i++)
    if (date[parts[i]![0]] === parts[i]![1]) bits |= 1 << i;
  return bits;
}

/** Asks the clock only when the answer depends on the time zone, because it takes microseconds. */
function matchLocalDate(at: number, parts: DatePart[], clock: Clock): number {
  const bits = matchDate(at, parts);
  return bits === matchDate(at - MAX_OFFSET_MS, parts) &&
    bits === matchDate(at + MAX_OFFSET_MS, parts)
    ? bits
    : matchDate(clock(at), parts);
}
