// Measures all texts of an index against a question: a column of numbers for each thing that is measured.
import { type CivilDate, civilDate, type DatePart } from './date-words.js';
import type { Layout } from './layout.js';
import { type Matches, matchesOf } from './matches.js';
import type { Question } from './question.js';
import { numbers } from './scratch.js';
import type { TextTable } from './text-table.js';

/** BM25 for turns, which are short: length matters less than in documents, and repeating a word soon says nothing new. */
const TURN = { saturation: 0.9, lengthShare: 0.4 };
const SESSION = { saturation: 1.2, lengthShare: 0.75 };

/** Overwritten by the next search; the columns may be longer than what they measure. */
export interface Measures {
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

export function measure(
  table: TextTable,
  layout: Layout,
  { terms, names, dates }: Question,
): Measures {
  const others = names.filter((name) => !terms.includes(name));
  const found = matchesOf(table, [...terms, ...others]);
  // Those that occur nowhere say nothing about the texts there are.
  const rarity = terms.map((_, term) =>
    countOf(found, term) === 0 ? 0 : inverseFrequency(table.live, countOf(found, term)),
  );
  return {
    ...measureWords(table, layout, found, rarity),
    matched: found.slots,
    sessions: measureSessions(layout, found, rarity),
    mentions:
      names.length === 0
        ? new Uint8Array(0)
        : measureMentions(
            table,
            found,
            names.map((name) => [...terms, ...others].indexOf(name)),
          ),
    dates: dates.length === 0 ? new Float64Array(0) : measureDates(table, dates),
  };
}

const countOf = ({ starts, ends }: Matches, term: number): number => ends[term]! - starts[term]!;
const inverseFrequency = (texts: number, having: number): number =>
  Math.log(1 + (texts - having + 0.5) / (having + 0.5));

/** What `count` occurrences are worth in something that is `relativeLength` times as long as the average. */
function saturated(
  count: number,
  relativeLength: number,
  { saturation, lengthShare }: typeof TURN,
): number {
  return (
    (count * (saturation + 1)) /
    (count + saturation * (1 - lengthShare + lengthShare * relativeLength))
  );
}

const [wordsKept, coveredKept, sessionsKept, countsKept] = [
  numbers(),
  numbers(),
  numbers(),
  numbers(),
];

function measureWords(
  { slots, live, length }: TextTable,
  { totalLength }: Layout,
  found: Matches,
  rarity: number[],
) {
  const [words, covered] = [wordsKept.zeros(slots), coveredKept.zeros(slots)];
  const average = totalLength / live || 1;
  const sum = rarity.reduce((a, b) => a + b, 0);
  rarity.forEach((weight, term) => {
    const share = weight / sum;
    for (let i = found.starts[term]!; i < found.ends[term]!; i++) {
      const slot = found.slots[i]!;
      words[slot]! += share * saturated(found.counts[i]!, length[slot]! / average, TURN);
      covered[slot]! += share * Math.min(1, found.counts[i]!);
    }
  });
  return { words, covered };
}

/** Most texts of a user are sessions of their own: only those in which something occurs are looked at. */
function measureSessions(
  { session, sessionLengths, totalLength }: Layout,
  found: Matches,
  rarity: number[],
): Float64Array {
  const [scores, counts] = [
    sessionsKept.zeros(sessionLengths.length),
    countsKept.zeros(sessionLengths.length),
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
        weight * saturated(counts[number]!, sessionLengths[number]! / average, SESSION);
      counts[number] = 0;
    }
  });
  const best = having.reduce((most, number) => Math.max(most, scores[number]!), 0);
  for (const number of having) scores[number]! /= best;
  return scores;
}

function measureMentions({ slots }: TextTable, found: Matches, names: number[]): Uint8Array {
  const mentions = new Uint8Array(slots);
  for (const name of names) {
    for (let i = found.starts[name]!; i < found.ends[name]!; i++) mentions[found.slots[i]!] = 1;
  }
  return mentions;
}

function measureDates({ slots, live, at, alive }: TextTable, parts: DatePart[]): Float64Array {
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
