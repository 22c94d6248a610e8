import { describe, expect, it } from '@jest/globals';
import { readSearchQuestion } from '../../platform/text/index.js';
import { TextIndex } from '../search/text-index.js';
import { Demand } from './demand.js';
import { findBestHits, type HitRow } from './hits.js';

const ref = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** Searches `count` texts, of which a few have all words. Returns the hits, and how many rows were read. */
async function search(question: string, count: number) {
  const contents = Array.from({ length: count }, (_, i) =>
    i % 500 === 7 ? `a rare lantern in house ${i}` : `a common lantern without it ${i}`,
  );
  const index = new TextIndex();
  contents.forEach((text, i) => index.put({ ref: ref(i), text, speaker: null, group: '', at: i }));
  const { match, asked } = readSearchQuestion(question)!;
  let read = 0;
  const found = await findBestHits(
    index,
    {
      ...{ question: asked, limit: 10, condition: match },
      demand: new Demand(match, false),
    },
    1_000_000,
    (refs) => {
      read += refs.length;
      const rows = refs.map((id): [string, HitRow] => {
        const content = contents[Number(id.slice(-12))];
        return [id, { id, revision: 0, bytes: 100, json: JSON.stringify({ content }) }];
      });
      return Promise.resolve(new Map(rows));
    },
  );
  return { found: found.shown.length, read, isWhole: found.isWhole };
}

describe('a search for texts that have all words', () => {
  it.each([
    ['common lantern rare', 0],
    ['"rare lantern" 4711', 0],
    ['rare lantern', 4],
    ['"rare lantern"', 4],
  ])('reads what has them, and nothing of twice as many others: %s', async (question, found) => {
    const [one, two] = [await search(question, 2_000), await search(question, 4_000)];
    expect(one).toEqual({ found, read: found, isWhole: true });
    expect(two).toEqual({ found: 2 * found, read: 2 * found, isWhole: true });
  });
});
