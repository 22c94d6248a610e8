// Correcting words of a question takes time that grows with the texts and with the question, and no faster.
import { describe, expect, it } from '@jest/globals';
import { TextIndex } from '../../src/memory/search/text-index.js';
import { growthOf, type Work } from '../support/growth.js';

/** Linear work grows by 2 at a doubling, quadratic work by 4. Caches and other processes add some. */
const MAX_GROWTH = 2.9;
const QUESTION = 'kithcen bicylce calednar ';

function searchFor(question: string, texts: number): () => unknown {
  const index = new TextIndex();
  for (let i = 0; i < texts; i++)
    index.put({ ref: `r${i}`, text: `kitchen word${i}`, speaker: 'Ann', group: 'g', at: i });
  return () => index.search(question, { limit: 10 });
}

const CASES: [name: string, work: Work][] = [
  ['mistyped words among many texts', (n) => searchFor(QUESTION, n)],
  ['many mistyped words', (n) => searchFor(QUESTION.repeat(n), 1_000)],
  ['a long mistyped word', (n) => searchFor(`kithcen${'a'.repeat(n)}`, 1_000)],
];

describe('a search for mistyped words', () => {
  it.each(CASES)('is linear: %s', (_, work) => {
    expect(growthOf(work)).toBeLessThan(MAX_GROWTH);
  });
});
