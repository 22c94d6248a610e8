// Filters of searches and lists: reading one takes no longer than its size lets it, however it is nested.
import { describe, expect, it } from '@jest/globals';
import { SearchMemoriesDto } from '../../src/memory/dto/search-body.dto.js';
import { faultsOf } from '../../src/platform/input/index.js';
import { growthOf, type Work } from '../support/growth.js';

/** Time that grows with the square of the input has 4. */
const MAX_GROWTH = 2.9;

const list = <T>(length: number, make: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => make(i));
const object = (length: number) => Object.fromEntries(list(length, (i) => [`k${i}`, 1]));

const FILTERS: [string, (n: number) => object][] = [
  ['fields', (n) => object(n)],
  ['alternatives', (n) => ({ or: list(n, () => ({ kind: 'fact' })) })],
  [
    'alternatives in alternatives',
    (n) => ({ or: list(10, () => ({ or: list(n / 10, () => ({})) })) }),
  ],
  ['values', (n) => ({ kind: list(n, () => 'fact'), tags: list(n, () => 'x') })],
  ['operators', (n) => ({ importance: object(n) })],
  ['keys of metadata', (n) => ({ metadataValues: object(n) })],
  ['keys with dots', (n) => ({ metadataValues: { ['a.'.repeat(n)]: 1 } })],
  ['characters', (n) => ({ agentId: { contains: 'x'.repeat(n) }, createdAt: '1'.repeat(n) })],
  ['nots', (n) => list(n, () => 0).reduce((not: object) => ({ not }), {})],
];

describe('time that grows no faster than the filter', () => {
  it.each(FILTERS)('is what a filter of many %s takes', (_, filter) => {
    const work: Work = (n) => {
      const body = { query: 'x', filter: filter(n) };
      return () => faultsOf(SearchMemoriesDto, body);
    };
    expect(growthOf(work)).toBeLessThan(MAX_GROWTH);
  });
});
