import { describe, expect, it } from '@jest/globals';
import { quoted } from './provider-words.js';
import { retryAfterSeconds } from './retry-after.js';

describe('the wait that a provider asks for', () => {
  const NOW = Date.parse('2026-11-28T12:00:00Z');

  it.each<[Record<string, string>, number | undefined]>([
    [{ 'retry-after': '120' }, 120],
    [{ 'retry-after': ' 0.5 ' }, 0.5],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1.5],
    [{ 'retry-after-ms': 'soon', 'retry-after': '9' }, 9],
    [{ 'retry-after': 'Sat, 28 Nov 2026 12:00:30 GMT' }, 30],
    [{ 'retry-after': 'Sat, 28 Nov 2026 11:00:00 GMT' }, undefined],
    [{ 'retry-after': '-1' }, undefined],
    [{ 'retry-after': '1e300' }, undefined],
    [{ 'retry-after': 'Infinity' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('by %j is %p seconds', (headers, seconds) => {
    expect(retryAfterSeconds(headers, NOW)).toBe(seconds);
  });

  it('is not known without headers', () => {
    expect(retryAfterSeconds(undefined)).toBeUndefined();
  });
});

describe('words of a provider', () => {
  it('are one line without control characters', () => {
    expect(quoted(' a\r\n\tb\u0000\u202ec ', undefined)).toBe('a b c');
  });

  it('are cut at 500 characters, never within one', () => {
    const text = quoted(`${'x'.repeat(498)}😀😀😀`, undefined);
    expect(text).toHaveLength(500);
    expect(text.endsWith('…')).toBe(true);
    expect(text.isWellFormed()).toBe(true);
  });

  it.each([
    ['no key-1 here', 'key-1', 'no [key] here'],
    ['key sk-proj-abcdefghijklmn', undefined, 'key [key]'],
    ['AIzaSyA1234567890 is bad', 'other', '[key] is bad'],
    ['sk-****abcdefghijk is bad', undefined, '[key] is bad'],
    ['risk-free-and-long-words', 'x1', 'risk-free-and-long-words'],
  ])('of %j with the key %p are %j', (text, key, expected) => {
    expect(quoted(text, key)).toBe(expected);
  });

  it('hide a key that is cut where they end', () => {
    const key = 'abcdef'.repeat(10);
    expect(quoted('x'.repeat(480) + key, key)).not.toContain('abcdef');
    expect(quoted(`x${' '.repeat(3_980)}${key}`, key)).toBe('x');
  });
});
