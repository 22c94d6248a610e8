import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type SearchableText, TextIndex } from './text-index.js';

const HOUR = 60 * 60 * 1_000;
const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const text = (
  ref: string,
  content: string,
  more: Partial<SearchableText> = {},
): SearchableText => ({ ref, text: content, speaker: null, group: '', at: 0, ...more });

function indexOf(...texts: SearchableText[]): TextIndex {
  const index = new TextIndex();
  texts.forEach((each) => index.put(each));
  return index;
}

const found = (index: TextIndex, question: string, limit = 10) =>
  index.search(question, { limit }).map(({ ref }) => ref);

describe('a changed TextIndex', () => {
  const WORDS = [
    'dog',
    'dogs',
    'doghouse',
    'paint',
    'painter',
    'piano',
    'the',
    'Ada',
    'Bob',
    '?',
    'yesterday',
    '漢字',
    'May',
    '2023',
    'I',
  ];
  const words = (most: number) =>
    fc.array(fc.constantFrom(...WORDS), { maxLength: most }).map((some) => some.join(' '));
  const anyRef = fc.integer({ min: 0, max: 11 }).map((n) => (n < 8 ? id(n) : `ref ${n}`));
  const anyText = fc.record({
    ref: anyRef,
    text: words(8),
    speaker: fc.constantFrom(null, 'Ada', 'Bob', 'user'),
    group: fc.constantFrom('', 'one', 'two'),
    at: fc.integer({ min: 0, max: 40 }).map((n) => Date.UTC(2023, 3, 29) + n * 2 * HOUR),
  });
  const anyVector = fc
    .array(fc.integer({ min: -127, max: 127 }), { minLength: 5, maxLength: 5 })
    .map((numbers) => Int8Array.from(numbers));
  const anyStep = fc.oneof(
    { weight: 5, arbitrary: fc.record({ put: anyText }) },
    { weight: 3, arbitrary: fc.record({ remove: anyRef }) },
    { weight: 2, arbitrary: fc.record({ vectorOf: anyRef, vector: anyVector }) },
    { weight: 1, arbitrary: fc.record({ search: words(3) }) },
  );
  type Step =
    | { put: SearchableText }
    | { remove: string }
    | { vectorOf: string; vector: Int8Array }
    | { search: string };

  /** The reference model: a Map, which keeps the position of a key that is set again. */
  class Model {
    readonly texts = new Map<string, SearchableText>();
    readonly vectors = new Map<string, Int8Array>();

    take(step: Step): void {
      if ('put' in step) {
        this.texts.set(step.put.ref, step.put);
        this.vectors.delete(step.put.ref);
      } else if ('remove' in step) {
        this.texts.delete(step.remove);
        this.vectors.delete(step.remove);
      } else if ('vectorOf' in step && this.texts.has(step.vectorOf))
        this.vectors.set(step.vectorOf, step.vector);
    }

    rebuilt(): TextIndex {
      const index = indexOf(...this.texts.values());
      this.vectors.forEach((vector, ref) => index.setVector(ref, vector));
      return index;
    }
  }

  function take(index: TextIndex, step: Step): void {
    if ('put' in step) index.put(step.put);
    else if ('remove' in step) index.remove(step.remove);
    else if ('vectorOf' in step) index.setVector(step.vectorOf, step.vector);
    else index.search(step.search, { limit: 3 });
  }

  it('a changed index returns the same hits, scores and order as a new one', () => {
    fc.assert(
      fc.property(
        fc.array(anyStep, { maxLength: 120 }),
        words(5),
        anyVector,
        fc.integer({ min: 0, max: 12 }),
        (steps, question, vector, limit) => {
          const [index, model] = [new TextIndex(), new Model()];
          for (const step of steps) {
            take(index, step);
            model.take(step);
          }
          const rebuilt = model.rebuilt();
          expect(index.size).toBe(model.texts.size);
          expect(index.search(question, { limit, explain: true })).toEqual(
            rebuilt.search(question, { limit, explain: true }),
          );
          expect(index.search(question, { limit, vector, explain: true })).toEqual(
            rebuilt.search(question, { limit, vector, explain: true }),
          );
          expect(index.questionForEmbedding(question)).toBe(rebuilt.questionForEmbedding(question));
          for (const ref of model.texts.keys())
            expect(index.findNeighbours(ref, 2, 2)).toEqual(rebuilt.findNeighbours(ref, 2, 2));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('finds the same hits by given similarities as by the vectors from which they were computed', () => {
    fc.assert(
      fc.property(
        fc.array(anyText, { minLength: 1, maxLength: 20 }),
        fc.array(fc.tuple(anyRef, anyVector), { minLength: 1 }),
        words(4),
        anyVector,
        (texts, vectors, question, vector) => {
          const index = indexOf(...texts);
          const nearest = new Map<string, number>();
          for (const [ref, own] of vectors) {
            if (!index.has(ref)) continue;
            index.setVector(ref, own);
            nearest.set(ref, own.reduce((sum, value, i) => sum + value * vector[i]!, 0) / 127 ** 2);
          }
          fc.pre(nearest.size > 0);
          expect(index.search(question, { limit: 12, nearest })).toEqual(
            index.search(question, { limit: 12, vector }),
          );
        },
      ),
    );
  });

  it('the parts of an explained score sum to it', () => {
    fc.assert(
      fc.property(
        fc.array(anyText, { maxLength: 20 }),
        words(5),
        anyVector,
        (texts, question, vector) => {
          const index = indexOf(...texts);
          if (texts[0]) index.setVector(texts[0].ref, vector);
          for (const { score, parts } of index.search(question, {
            limit: 20,
            vector,
            explain: true,
          })) {
            expect(Object.values(parts!).reduce((a, b) => a + b, 0)).toBeCloseTo(score, 9);
          }
        },
      ),
    );
  });
});

describe('TextIndex', () => {
  it('a new index is empty', () => {
    const index = new TextIndex();
    expect([
      index.size,
      index.has('a'),
      found(index, 'dog'),
      index.findNeighbours('a', 1, 1),
    ]).toEqual([0, false, [], []]);
    index.remove('a');
    index.setVector('a', new Int8Array(3));
    expect(index.size).toBe(0);
  });

  it('a text is replaced in place, and gone once removed', () => {
    const index = indexOf(...['a', 'b', 'c'].map((ref) => text(ref, 'dog', { group: 'g' })));
    index.put(text('a', 'cat', { group: 'g' }));
    expect(index.findNeighbours('b', 1, 1)).toEqual(['a', 'c']);
    expect(found(index, 'cat')[0]).toBe('a');
    index.remove('b');
    expect(index.findNeighbours('c', 5, 5)).toEqual(['a']);
    index.put(text('b', 'dog', { group: 'g' }));
    expect(index.findNeighbours('c', 5, 5)).toEqual(['a', 'b']);
  });

  it('a text has neighbours in its group only, and none without a group', () => {
    const index = indexOf(
      text('a', 'x', { group: 'g' }),
      text('b', 'x', { group: 'h' }),
      text('c', 'x', { group: 'g' }),
      text('d', 'x'),
      text('e', 'x'),
      text('f', 'x', { group: 'g' }),
    );
    expect(index.findNeighbours('c', 3, 3)).toEqual(['a', 'f']);
    expect(index.findNeighbours('d', 3, 3)).toEqual([]);
    expect(index.findNeighbours('f', 1, 0)).toEqual(['c']);
  });

  it('an index keeps no word of a text in memory', () => {
    const index = indexOf(text(id(1), 'zanzibarian quokka'));
    index.search('zanzibarian', { limit: 1 });
    const seen = new Set<unknown>();
    const look = (value: unknown): void => {
      if (typeof value === 'string') expect(value).not.toMatch(/zanzi|quok/);
      if (typeof value !== 'object' || value === null || seen.has(value)) return;
      seen.add(value);
      for (const part of value instanceof Map
        ? [...value.keys(), ...value.values()]
        : ArrayBuffer.isView(value)
          ? []
          : Object.values(value))
        look(part);
    };
    look(index);
    expect(seen.size).toBeGreaterThan(5);
  });

  it('an index takes a bounded amount of memory, and releases what it no longer needs', () => {
    const index = new TextIndex();
    const content = (n: number) =>
      Array.from({ length: 20 }, (_, i) => (i % 2 ? 'the' : `word${(n * 7 + i * 13) % 500}`)).join(
        ' ',
      );
    for (let n = 0; n < 100; n++)
      index.put(text(id(n), content(n), { speaker: n % 2 ? 'user' : 'assistant', group: 'g' }));
    expect(index.bytes).toBeLessThan(25_000);
    for (let n = 100; n < 2_000; n++) index.put(text(id(n), content(n)));
    expect(index.bytes).toBeLessThan(500_000);
    // The cache requires whole numbers.
    expect(Number.isInteger(index.bytes)).toBe(true);
    for (let n = 0; n < 1_990; n++) index.remove(id(n));
    expect(index.size).toBe(10);
    expect(index.bytes).toBeLessThan(15_000);
    for (let n = 0; n < 2_000; n++) index.put(text(id(1_995), content(n)));
    expect(index.bytes).toBeLessThan(15_000);
  });

  it('vectors of one width are dropped when a vector of another width is set', () => {
    const index = indexOf(text('a', 'dog'), text('b', 'cat'));
    index.setVector('a', Int8Array.of(127, 0));
    index.setVector('b', Int8Array.of(0, 127, 0));
    const matches = (vector: Int8Array) =>
      index.search('dog', { limit: 5, vector }).map(({ ref, matchedBy }) => `${ref} ${matchedBy}`);
    expect(matches(Int8Array.of(127, 0))).toEqual(['a lexical']);
    expect(matches(Int8Array.of(0, 127, 0))).toEqual(['a lexical', 'b vector']);
  });
});
