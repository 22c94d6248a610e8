import { describe, expect, it } from '@jest/globals';
import { type Append, anomaliesOf, type Read } from './append-history.js';

const append = (value: string, begun: number, ended?: number): Append => ({
  list: 'l',
  value,
  begun,
  ...(ended === undefined ? {} : { ended }),
});
const read = (saw: string, begun: number): Read => ({
  list: 'l',
  saw: [...saw],
  begun,
  ended: begun + 1,
});
const kinds = (appends: Append[], reads: Read[]) => [
  ...new Set(anomaliesOf(appends, reads).map(({ kind }) => kind)),
];

const AB = [append('a', 0, 1), append('b', 2, 3)];

describe('a history of appends', () => {
  it('is sound when every read is a part of the last one, and has what was acknowledged before it', () => {
    expect(
      kinds([...AB, append('unknown', 4)], [read('a', 2), read('ab', 4), read('ab', 9)]),
    ).toEqual([]);
    expect(kinds([...AB, append('c', 4)], [read('ab', 5), read('abc', 9)])).toEqual([]);
  });

  it.each<[string, Append[], Read[]]>([
    ['acknowledged and not there', AB, [read('a', 4), read('ab', 9)]],
    ['acknowledged and not there', AB, [read('a', 9)]],
    ['not a prefix', [append('a', 0), append('b', 0)], [read('b', 1), read('ab', 9)]],
    ['went back', [append('a', 0), append('b', 0)], [read('ab', 1), read('a', 4), read('ab', 9)]],
    ['never appended', AB, [read('abx', 9)]],
    ['twice', AB, [read('aba', 9)]],
    ['out of order', AB, [read('ba', 9)]],
  ])('is not when something was %s', (kind, appends, reads) => {
    expect(kinds(appends, reads)).toContain(kind);
  });
});
