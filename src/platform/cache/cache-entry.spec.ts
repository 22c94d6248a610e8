import { describe, expect, it } from '@jest/globals';
import { cachedValueFromJson, toCachedValue, compareEntries } from './cache-entry.js';

const wanted = { userId: 'ada', key: 'k', version: '1' };

describe('an entry that was found', () => {
  it.each([
    ['is what was asked for', {}, 'hit'],
    ['is of another state', { version: '2' }, 'stale'],
    ['belongs to another user', { userId: 'bob' }, 'error'],
    ['belongs to another key', { key: 'other' }, 'error'],
    ['belongs to another user, and is of another state', { userId: 'bob', version: '2' }, 'error'],
  ])('%s', (_, difference, result) => {
    expect(compareEntries({ ...wanted, ...difference }, wanted)).toBe(result);
  });
});

describe('a cached value', () => {
  it('is as JSON leaves it, for who built it too', () => {
    expect(toCachedValue({ at: new Date(0), gone: undefined, list: [Number.NaN] }).value).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      list: [null],
    });
    expect(toCachedValue(null).value).toBeNull();
    expect(toCachedValue(undefined).value).toBeNull();
    expect(toCachedValue('a text').value).toBe('a text');
  });

  it('cannot be changed, because all share it', () => {
    const { value } = toCachedValue({ list: [{ a: 1 }] }) as { value: { list: { a: number }[] } };
    expect(() => value.list.push({ a: 2 })).toThrow(TypeError);
    expect(() => (value.list[0]!.a = 2)).toThrow(TypeError);
  });

  it('does not freeze what was given', () => {
    const given = { list: [1] };
    toCachedValue(given);
    given.list.push(2);
    expect(given.list).toEqual([1, 2]);
  });

  it('knows about how large it is', () => {
    expect(toCachedValue('x'.repeat(1_000)).size).toBe(2_000);
    expect(cachedValueFromJson('"xy"').size).toBe(4);
    expect(toCachedValue(Array.from({ length: 100 }, () => 'ten letters')).size).toBeGreaterThan(
      1_000,
    );
  });

  it('is refused when JSON cannot say it', () => {
    expect(() => toCachedValue(1n)).toThrow(TypeError);
  });
});
