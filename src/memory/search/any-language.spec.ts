// Counts how many facts are found by another form of their words, in many languages and in code.
import { describe, expect, it } from '@jest/globals';
import { LANGUAGE_CASES } from '../../../test/fixtures/any-language.js';
import { TextIndex } from './text-index.js';

const FIRST = 5;

function indexOf(facts: string[]): TextIndex {
  const index = new TextIndex();
  facts.forEach((text, i) => index.put({ ref: String(i), text, speaker: null, group: '', at: 0 }));
  return index;
}

/** Returns the searches whose fact is not among the first, and how many searches there are. */
function search(set: 'searches' | 'heldOut'): { missed: string[]; count: number } {
  const missed: string[] = [];
  let count = 0;
  for (const { language, facts, [set]: searches } of LANGUAGE_CASES) {
    const index = indexOf(facts);
    for (const [question, fact] of searches) {
      count++;
      const hits = index.search(question, { limit: FIRST }).map(({ ref }) => Number(ref));
      if (!hits.includes(fact)) missed.push(`${language}: ${question}`);
    }
  }
  return { missed, count };
}

describe('search in any language', () => {
  it('at least 90 of 100 hard searches find their fact among the first five', () => {
    const { missed, count } = search('searches');
    expect(count).toBeGreaterThanOrEqual(100);
    // A failure names the searches.
    expect(missed.slice(Math.floor(count / 10))).toEqual([]);
  });

  it('so do most searches for which no rule was made', () => {
    const { missed, count } = search('heldOut');
    expect(count).toBeGreaterThanOrEqual(40);
    expect(missed.slice(Math.floor(count / 4))).toEqual([]);
  });
});
