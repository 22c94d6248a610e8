import { describe, expect, it } from '@jest/globals';
import { missingPages, pageFrom } from './message-pages.js';

const branched = (total: number) => ({ total, isLinear: false });

describe('the page of a place in a path', () => {
  it('is asked for by number where the path has no branches, however long it is', () => {
    const path = { total: 50_000, isLinear: true };
    expect(pageFrom(0, path)?.query).toEqual({ sort: ['seq'], limit: 100, afterSeq: 0 });
    expect(pageFrom(30_150, path)).toEqual({
      query: { sort: ['seq'], limit: 50, afterSeq: 30_150 },
      first: 30_150,
      isReversed: false,
    });
  });

  it('is counted from the nearer end of a path with branches', () => {
    expect(pageFrom(10_000, branched(15_000))).toEqual({
      query: { sort: ['seq'], limit: 100, offset: 10_000 },
      first: 10_000,
      isReversed: false,
    });
    expect(pageFrom(14_900, branched(14_950))).toEqual({
      query: { sort: ['-seq'], limit: 50, offset: 0 },
      first: 14_900,
      isReversed: true,
    });
  });

  it('cannot be asked for in the middle of a very long path with branches', () => {
    expect(pageFrom(15_000, branched(30_000))).toBeNull();
    expect(pageFrom(19_900, branched(30_000))?.query).toEqual({
      sort: ['-seq'],
      limit: 100,
      offset: 10_000,
    });
  });

  it('ends with the path', () => {
    expect(pageFrom(0, branched(3))?.query.limit).toBe(3);
  });
});

describe('the pages that are missing', () => {
  it('are named by the first place that is missing of each', () => {
    const none = () => false;
    expect(missingPages(none, 95, 205)).toEqual([0, 100, 200]);
    expect(missingPages((place) => place < 130, 95, 205)).toEqual([130, 200]);
    expect(missingPages(() => true, 0, 50)).toEqual([]);
  });
});
