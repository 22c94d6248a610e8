// Counts how many hard searches find their text among those of all languages, by words only.
import { describe, expect, it } from '@jest/globals';
import { HARD_SEARCHES } from '../../../test/fixtures/hard-searches.js';
import { TextIndex } from './text-index.js';

const FIRST = 5;
/** How many of the searches find their text among the first. */
const MIN_FOUND = 114;

const searches = HARD_SEARCHES.flatMap((each) => each.searches);
const texts = HARD_SEARCHES.flatMap(({ searches: those, distractors }) => [
  ...those.map(({ text }) => text),
  ...distractors,
]);

describe('hard searches', () => {
  it('the texts are those of 25 languages, and 300 of them answer no question', () => {
    expect(HARD_SEARCHES.length).toBeGreaterThan(25);
    expect(searches.length).toBeGreaterThan(100);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.length - searches.length).toBeGreaterThan(300);
  });

  it(`${MIN_FOUND} of ${searches.length} find their text among the first ${FIRST}`, () => {
    const index = new TextIndex();
    texts.forEach((text, i) =>
      index.put({ ref: String(i), text, speaker: null, group: '', at: 0 }),
    );
    const missed = searches.filter(
      ({ question, text }) =>
        !index.search(question, { limit: FIRST }).some(({ ref }) => texts[Number(ref)] === text),
    );
    // A failure names the searches.
    expect(missed.slice(searches.length - MIN_FOUND)).toEqual([]);
  });
});
