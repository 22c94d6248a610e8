// Reading a question of words, phrases and alternatives, and comparing a text with it, takes time that
// grows with the question and with the text, and no faster.
import { describe, expect, it } from '@jest/globals';
import { atOnce } from '../../src/platform/fairness/index.js';
import {
  isMet,
  readSearchQuestion,
  Stems,
  toVectorInSteps,
} from '../../src/platform/text/index.js';
import { readSearchQuery } from '../../src/memory/recall/search-query.js';
import { conditionFilter } from '../../src/memory/search/condition-filter.js';
import { findDates } from '../../src/memory/search/date-words.js';
import { TextTable } from '../../src/memory/search/text-table.js';
import { growthOf, type Work } from '../support/growth.js';

/** Linear work grows by 2 at a doubling, quadratic work by 4. Caches and other processes add some. */
const MAX_GROWTH = 2.9;

const onText =
  (unit: string, work: (text: string) => unknown): Work =>
  (n) => {
    const text = unit.repeat(Math.ceil(n / unit.length));
    return () => work(text);
  };

/** Reads a question, with each of its first words taken for a mistyped one. */
function ask(text: string): unknown {
  const mistyped = new Set(text.slice(0, 2_000).split(' '));
  const question = readSearchQuestion(text, { mistyped });
  return question && conditionFilter(new TextTable(), question.match);
}

const vectorOf = (text: string) => atOnce(toVectorInSteps(text, new Stems(true)));
const meets = (question: string, text: string) =>
  isMet(readSearchQuestion(question)!.match, vectorOf(text));

const UNITS = [
  ...['漢字', 'แมวดำ', 'ខ្មែរ', 'getName-', '1 000', 'a.', '🍕', 'ab ', 'ä', 'a_<'],
  ...['the ', '"a b" ', '-"a" ', 'or ', 'a or ', '"', 'kithcen ', "don't "],
];
const CASES: [name: string, work: Work][] = [
  ...UNITS.map((unit): [string, Work] => [
    `a question of ${JSON.stringify(unit)}`,
    onText(unit, ask),
  ]),
  ...['? ', ' ', '?', '"a" '].map((unit): [string, Work] => [
    `a search of memories for ${JSON.stringify(unit)}`,
    onText(unit, (query) => readSearchQuery({ query, match: 'any', prefix: false })),
  ]),
  ...['8 May ', '5月8', 'Monday ', '2024-05-08 '].map((unit): [string, Work] => [
    `the dates of ${JSON.stringify(unit)}`,
    onText(unit, findDates),
  ]),
  ['a phrase in a text of its words', onText('a1 b2 ', (text) => meets('"a1 b2 b2"', text))],
  ['a long phrase in a text', onText('a1 b2 ', (text) => meets(`"${text}"`, 'a1 b2 '.repeat(500)))],
  [
    'the beginning of all words of a text',
    (n) => {
      const text = Array.from({ length: n }, (_, i) => `w${i.toString(36)}`).join(' ');
      return () => isMet(readSearchQuestion('"w1 w', { prefix: true })!.match, vectorOf(text));
    },
  ],
];

describe('a search by words, phrases and alternatives', () => {
  it.each(CASES)('is linear: %s', (_, work) => {
    expect(growthOf(work)).toBeLessThan(MAX_GROWTH);
  });
});
