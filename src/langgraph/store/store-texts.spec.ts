import { describe, expect, it } from '@jest/globals';
import { rangeOf, labelsOf, pathOf } from './store-paths.js';
import { MAX_SEARCH_TEXT, searchTextOf } from './store-texts.js';

const VALUE = {
  title: 'Tea',
  author: { name: 'Ada', born: 1815 },
  chapters: [{ text: 'one' }, { text: 'two' }, 'three'],
  done: true,
  none: null,
};

describe('what a search by words looks at', () => {
  it.each<[string[] | null, string | null]>([
    [null, 'Tea\nAda\n1815\none\ntwo\nthree'],
    [['title'], 'Tea'],
    [['author.name', 'title'], 'Ada\nTea'],
    [['author'], 'Ada\n1815'],
    [['chapters[*].text'], 'one\ntwo'],
    [['chapters[0].text'], 'one'],
    [['chapters[-1]'], 'three'],
    [['chapters[9]', 'title.none', 'title[0]', 'toString', '__proto__'], null],
    [['$'], 'Tea\nAda\n1815\none\ntwo\nthree'],
    [['done', 'none'], null],
    [[], null],
  ])('is of %j %j', (index, text) => {
    expect(searchTextOf(VALUE, index)).toBe(text);
  });

  it('is a text with whole characters, of a bounded length', () => {
    const text = searchTextOf(`a${'🍵'.repeat(10_000)}`, null)!;
    expect([...text]).toHaveLength(MAX_SEARCH_TEXT);
    expect(text.isWellFormed()).toBe(true);
  });

  it('is of the first 2,000 values of each path, also when a step finds many in each', () => {
    const long = Array.from({ length: 30_000 }, (_, i) => i % 10);
    const text = searchTextOf({ long, rows: [long, long] }, ['rows[*][*]'])!;
    expect(text.split('\n')).toHaveLength(2_000);
    expect(searchTextOf(long, ['[*]'])).toBe(text);
  });

  it('is found at any depth of a value', () => {
    const deep = Array.from({ length: 60 }).reduce<unknown>((value) => [value], 'deep');
    expect(searchTextOf(deep, null)).toBe('deep');
  });
});

describe('a namespace as a text', () => {
  it('is in the range of its prefixes, and of nothing else', () => {
    const isIn = (labels: string[], prefix: string[]) => {
      const { from, to } = rangeOf(prefix);
      const [path, low, high] = [pathOf(labels), from, to].map((text) => Buffer.from(text));
      return Buffer.compare(path!, low!) >= 0 && Buffer.compare(path!, high!) < 0;
    };
    const prefix = ['users', '1'];
    expect(isIn(['users', '1'], prefix)).toBe(true);
    expect(isIn(['users', '1', '\u{10ffff}'], prefix)).toBe(true);
    for (const other of [['users'], ['users', '10'], ['users', '1\u0002'], ['users', '2']])
      expect(isIn(other, prefix)).toBe(false);
    for (const any of [['\u0002'], ['\u{10ffff}'.repeat(255)], ['a', 'b']])
      expect(isIn(any, [])).toBe(true);
  });

  it('gives its labels back', () => {
    for (const labels of [['a'], ['users', '1', 'ü'], [' ', '%']])
      expect(labelsOf(pathOf(labels))).toEqual(labels);
  });
});
