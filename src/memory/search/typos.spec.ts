import { describe, expect, it } from '@jest/globals';
import { MISTYPED_SEARCHES } from '../../../test/fixtures/typos.js';
import { TextIndex } from './text-index.js';
import { listTypos, mayBeMistyped } from '../../platform/text/index.js';

function indexOf(texts: Iterable<string>): TextIndex {
  const index = new TextIndex();
  for (const text of texts) index.put({ ref: text, text, speaker: null, group: '', at: 0 });
  return index;
}
const find = (index: TextIndex, question: string) =>
  index.search(question, { limit: 10, explain: true });
/** Short texts with words of the same beginning may stand before: "Biblia" for "bibliotca". */
const MAX_BEHIND = 5;
const searches = MISTYPED_SEARCHES.flatMap((each) => each.searches);

describe('mistyped words', () => {
  const all = indexOf(
    new Set(
      MISTYPED_SEARCHES.flatMap((each) => [
        ...each.searches.map(({ text }) => text),
        ...each.decoys,
      ]),
    ),
  );

  it('the table has sixty of them in eight languages', () => {
    expect(MISTYPED_SEARCHES.length).toBeGreaterThan(8);
    expect(searches.length).toBeGreaterThan(60);
  });

  it.each(searches)('"$question" finds "$text" among the first three', ({ question, text }) => {
    const first = find(all, question).slice(0, 3);
    expect(first.map(({ ref }) => ref)).toContain(text);
  });

  it(`all but ${MAX_BEHIND} of them find their text before all others`, () => {
    const behind = searches.filter(({ question, text }) => find(all, question)[0]?.ref !== text);
    // A failure names the searches.
    expect(behind.slice(MAX_BEHIND)).toEqual([]);
  });
});

describe('words that texts have', () => {
  const texts = [
    'Ada is allergic to peanuts',
    'The restaurant serves peanut soup',
    'A horse sleeps',
  ];
  const index = indexOf([...texts, 'Ada likes tea with milk']);
  // As they were before mistyped words were looked up.
  const scores = [
    [texts[1], 8.655799990419721],
    [texts[0], 3.66305345587959],
  ];

  it('a question whose words are all found has the scores that it has without typing errors', () => {
    const hits = find(index, 'Which restaurant has peanuts?');
    expect(hits.map(({ ref, score }) => [ref, score])).toEqual(scores);
    expect(hits.some(({ parts }) => 'typos' in parts!)).toBe(false);
  });

  it('a word that a text has finds no words that are near', () => {
    const near = indexOf(['The stationery shop', 'The stationary bicycle', 'Something else']);
    expect(find(near, 'stationary').map(({ ref }) => ref)[0]).toBe('The stationary bicycle');
    expect(find(indexOf(['weather', 'leather', 'x']), 'weather').map(({ ref }) => ref)).toEqual([
      'weather',
    ]);
  });

  it('a mistyped word scores less than the right one, and its part of the score is explained', () => {
    const [right, mistyped] = ['restaurant', 'resaturant'].map((word) => find(index, word)[0]!);
    expect([right!.ref, mistyped!.ref]).toEqual([texts[1], texts[1]]);
    expect(mistyped!.score).toBeLessThan(right!.score);
    expect(mistyped!.parts!['typos']).toBeGreaterThan(0);
    expect(mistyped!.parts).not.toHaveProperty('words');
    const sum = Object.values(mistyped!.parts!).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(mistyped!.score, 9);
  });
});

describe('what is not taken for a mistyped word', () => {
  it.each(['house', 'sleep5', 'hrse', '12345', 'KIRA-1234'])(
    '%s finds nothing near',
    (question) => {
      const index = indexOf(['A horse', 'sleeps', 'JIRA1234', '12354', 'other']);
      expect(find(index, question)).toEqual([]);
    },
  );

  it.each(['cat', 'v2abcd', '東京', 'แมว', 'a'.repeat(25), 'abcдеж', ''])(
    '%j is too short, too long, or not of the letters of one alphabet',
    (word) => expect(mayBeMistyped(word)).toBe(false),
  );

  it('the fourth mistyped word of a question is not looked up', () => {
    const index = indexOf(['kitchen', 'bicycle', 'calendar', 'umbrella']);
    const refs = find(index, 'kithcen bicylce calednar umberlla').map(({ ref }) => ref);
    expect(refs.sort()).toEqual(['bicycle', 'calendar', 'kitchen']);
  });

  it('a word is looked up as a bounded number of others', () => {
    for (const word of ['abcdefghijklmnopqrstuvwx', 'ж'.repeat(24), '\u0915'.repeat(24)])
      for (const hasRoot of [true, false])
        expect(listTypos(word, hasRoot).length).toBeLessThan(3_000);
  });
});
