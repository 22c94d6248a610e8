import { describe, expect, it } from '@jest/globals';
import { heldFromJson, hold, judge } from './cache-entry.js';

const wanted = { userId: 'ada', key: 'k', stamp: '1' };

describe('an entry that was found', () => {
  it.each([
    ['is what was asked for', {}, 'hit'],
    ['is of another state', { stamp: '2' }, 'stale'],
    ['belongs to another user', { userId: 'bob' }, 'error'],
    ['belongs to another key', { key: 'other' }, 'error'],
    ['belongs to another user, and is of another state', { userId: 'bob', stamp: '2' }, 'error'],
  ])('%s', (_, difference, result) => {
    expect(judge({ ...wanted, ...difference }, wanted)).toBe(result);
  });
});

describe('a value that is held', () => {
  it('is as JSON leaves it, for who built it too', () => {
    expect(hold({ at: new Date(0), gone: undefined, list: [Number.NaN] }).value).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      list: [null],
    });
    expect(hold(null).value).toBeNull();
    expect(hold(undefined).value).toBeNull();
    expect(hold('a text').value).toBe('a text');
  });

  it('cannot be changed, because all share it', () => {
    const { value } = hold({ list: [{ a: 1 }] }) as { value: { list: { a: number }[] } };
    expect(() => value.list.push({ a: 2 })).toThrow(TypeError);
    expect(() => (value.list[0]!.a = 2)).toThrow(TypeError);
  });

  it('does not freeze what was given', () => {
    const given = { list: [1] };
    hold(given);
    given.list.push(2);
    expect(given.list).toEqual([1, 2]);
  });

  it('knows about how large it is', () => {
    expect(hold('x'.repeat(1_000)).size).toBe(2_000);
    expect(heldFromJson('"xy"').size).toBe(4);
    expect(hold(Array.from({ length: 100 }, () => 'ten letters')).size).toBeGreaterThan(1_000);
  });

  it('is refused when JSON cannot say it', () => {
    expect(() => hold(1n)).toThrow(TypeError);
  });
});
