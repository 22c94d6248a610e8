import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TextIndex } from './text-index.js';

const WORDS = Array.from({ length: 200 }, (_, i) => `w${i}x${i * 7}`);
const put = (index: TextIndex, ref: string, words: string[]): void =>
  index.put({ ref, text: words.join(' '), speaker: null, group: '', at: 0 });
const found = (index: TextIndex, word: string): string[] =>
  index
    .search(word, { limit: 100_000 })
    .map(({ ref }) => ref)
    .sort();
const having = (texts: Map<string, string[]>, word: string): string[] =>
  [...texts].flatMap(([ref, words]) => (words.includes(word) ? [ref] : [])).sort();

describe('postings of a large index', () => {
  const anyWords = fc.array(fc.constantFrom(...WORDS), { minLength: 0, maxLength: 6 });
  const anyStep = fc.record({
    ref: fc.integer({ min: 0, max: 700 }).map(String),
    words: fc.option(anyWords),
    search: fc.boolean(),
  });

  it('a search finds every text with a word and no other, whatever was written since the last search', () => {
    fc.assert(
      fc.property(
        fc.array(anyWords, { minLength: 250, maxLength: 500 }),
        fc.array(anyStep, { maxLength: 400 }),
        (first, steps) => {
          const [index, texts] = [new TextIndex(), new Map<string, string[]>()];
          first.forEach((words, i) => {
            put(index, String(i), words);
            texts.set(String(i), words);
          });
          for (const { ref, words, search } of steps) {
            if (search) found(index, WORDS[0]!);
            if (words) put(index, ref, words);
            else index.remove(ref);
            texts[words ? 'set' : 'delete'](ref, words!);
          }
          for (const word of WORDS.slice(0, 20))
            expect(found(index, word)).toEqual(having(texts, word));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('a search finds every text with a word in an index of more texts than 16 bits can number', () => {
    const index = new TextIndex();
    for (let n = 0; n < 70_000; n++) put(index, String(n), [`n${n % 35_000}x`]);
    expect(found(index, 'n123x')).toEqual(['123', '35123']);
    put(index, 'new', ['n123x']);
    expect(found(index, 'n123x')).toEqual(['123', '35123', 'new']);
    expect(found(index, 'n34999x')).toEqual(['34999', '69999']);
  });
});
