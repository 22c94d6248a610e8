// Measures all texts of an index against a question: a column of numbers for each thing that is measured.
import { type CivilDate, civilDate, type DatePart } from './date-words.js';
import type { TextLayout } from './layout.js';
import { type Matches, findMatches } from './matches.js';
import type { Question } from './question.js';
import { numberBuffer } from './scratch.js';
import type { TextTable } from './text-table.js';

/** BM25 for turns, which are short: length matters less than in documents, and repeating a word soon says nothing new. */
const TURN_BM25 = { saturation: 0.9, lengthShare: 0.4 };
const SESSION_BM25 = { saturation: 1.2, lengthShare: 0.75 };

/** Overwritten by the next search; the columns may be longer than what they measure. */
export interface FeatureColumns {
  /** BM25 over the sum of the weights of the question's terms: 0 to less than 2. */
  words: Float64Array;
  /** How much of the question occurs, each term weighing as much as it is rare: 0 to 1. */
  covered: Float64Array;
  /** The texts in which one of the terms occurs, once for each. */
  matched: Int32Array;
  /** By session: BM25 over that of the best one. */
  sessions: Float64Array;
  /** 1 where the name of a named speaker occurs; empty when there is none. */
  mentions: Uint8Array;
  /** How much of the named date is the text's, rare parts weighing more; empty when none is named. */
  dates: Float64Array;
}

export function computeFeatures(
  table: TextTable,
  layout: TextLayout,
  { terms, names, dates }: Question,
): FeatureColumns {
  const others = names.filter((name) => !terms.includes(name));
  const found = findMatches(table, [...terms, ...others]);
  // Those that occur nowhere say nothing about the texts there are.
  const rarity = terms.map((_, term) =>
    countMatches(found, term) === 0 ? 0 : inverseFrequency(table.live, countMatches(found, term)),
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
            names.map((name) => [...terms, ...others].indexOf(name)),
          ),
    dates: dates.length === 0 ? new Float64Array(0) : scoreDates(table, dates),
  };
}

const countMatches = ({ starts, ends }: Matches, term: number): number =>
  ends[term]! - starts[term]!;
const inverseFrequency = (texts: number, having: number): number =>
  Math.log(1 + (texts - having + 0.5) / (having + 0.5));

/** What `count` occurrences are worth in something that is `relativeLength` times as long as the average. */
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

const [wordsBuffer, coveredBuffer, sessionsBuffer, countsBuffer] = [
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
  const [words, covered] = [wordsBuffer.zeros(slots), coveredBuffer.zeros(slots)];
  const average = totalLength / live || 1;
  const sum = rarity.reduce((a, b) => a + b, 0);
  rarity.forEach((weight, term) => {
    const share = weight / sum;
    for (let i = found.starts[term]!; i < found.ends[term]!; i++) {
      const slot = found.slots[i]!;
      words[slot]! += share * saturate(found.counts[i]!, length[slot]! / average, TURN_BM25);
      covered[slot]! += share * Math.min(1, found.counts[i]!);
    }
  });
  return { words, covered };
}

/** Most texts of a user are sessions of their own: only those in which something occurs are looked at. */
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

function scoreDates({ slots, live, at, alive }: TextTable, parts: DatePart[]): Float64Array {
  const having = parts.map(() => 0);
  // Which parts of the date are each text's, as bits: a question names few.
  const matching = new Uint32Array(slots);
  const date: CivilDate = { year: 0, month: 0, day: 0 };
  for (let slot = 0; slot < slots; slot++) {
    if (alive[slot] === 0) continue;
    civilDate(at[slot]!, date);
    for (let i = 0; i < parts.length && i < 32; i++) {
      if (date[parts[i]![0]] !== parts[i]![1]) continue;
      having[i]!++;
      matching[slot]! |= 1 << i;
    }
  }
  const rarity = having.map((count) => inverseFrequency(live, count));
  return Float64Array.from(matching, (bits) =>
    bits === 0
      ? 0
      : rarity.reduce((sum, weight, i) => sum + ((bits >>> i) & 1 && i < 32 ? weight : 0), 0),
  );
}
