import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { analyse, extractTerms, toSearchPrefix, wordKey } from './terms.js';
import { MAX_SEARCHED_CHARACTERS, splitWords } from '../../platform/text/index.js';

describe('terms of a text', () => {
  it.each([
    ['She was running in the mountains', ['run', 'mountain']],
    ["Ada's dogs don't bark", ['ada', 'dog', 'bark']],
    ['Ada’s dogs', ['ada', 'dog']],
    ['room 101, 3 May 2023', ['room', '101', '3', 'mai', '2023']],
    ['Café ＡＢＣ ﬁsh STRASSE straße', ['cafe', 'abc', 'fish', 'strass', 'strass']],
    ['東京タワー', ['東京', '京タ', 'タワ', 'ワー']],
    ['犬 2023年', ['犬', '2023', '年']],
    ['Привет, МИР', ['привет', 'мир']],
    ['😀 -- !?', []],
    ['', []],
  ])('the terms of %j are %j', (text, terms) => {
    expect(extractTerms(text)).toEqual(terms);
  });

  it('singular, plural and capitals of a word give the same term', () => {
    expect(extractTerms('peanut')).toEqual(extractTerms('PEANUTS'));
  });

  it('Thai and Korean text is split into terms that can be found', () => {
    const shared = (a: string, b: string) =>
      extractTerms(a).filter((term) => extractTerms(b).includes(term));
    expect(shared('ฉันชอบแมว', 'แมวของฉัน')).not.toEqual([]);
    expect(shared('고양이가', '고양이는')).not.toEqual([]);
  });

  it('the beginning that a database scans for is one of the written word', () => {
    for (const word of ['القهوه', 'הכלב', 'книгу', 'studies', 'kot', '茶'])
      expect([word, word.startsWith(toSearchPrefix(word)), toSearchPrefix(word) !== '']).toEqual([
        word,
        true,
        true,
      ]);
  });

  it('the last character of a Chinese sentence is a term, not its full stop', () => {
    const { counts } = analyse('每天喝绿茶。');
    expect(counts.has(wordKey('茶'))).toBe(true);
    expect(counts.has(wordKey('。'))).toBe(false);
  });

  it('terms are counted by hash', () => {
    const { counts, length } = analyse('A dog, two dogs and a cat');
    expect([...counts.values()].sort()).toEqual([1, 1, 2]);
    expect(length).toBe(4);
    expect([...analyse('cat').counts.keys()]).toEqual([[...counts.keys()][2]]);
  });

  it('any string can be analysed', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: 'grapheme' }),
          fc.constantFrom('\ud800', "''’s", '\u0301', 'constructor __proto__'),
        ),
        (text) => {
          const terms = extractTerms(text);
          expect(terms).toHaveLength(analyse(text).length);
          expect(terms.every((term) => term.length > 0)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a word without end', 'a'.repeat(300_000)],
    ['characters that stand for many', 'ﷺ'.repeat(200_000)],
    ['apostrophes', "a'".repeat(200_000)],
    ['Chinese without punctuation', '漢字'.repeat(150_000)],
  ])('only the beginning of a very long text is split into words: %s', (_, text) => {
    const letters = splitWords(text).reduce((sum, word) => sum + word.length, 0);
    expect(letters).toBeLessThanOrEqual(2 * MAX_SEARCHED_CHARACTERS);
    expect(splitWords(`${' '.repeat(MAX_SEARCHED_CHARACTERS)} late`)).toEqual([]);
  });
});
