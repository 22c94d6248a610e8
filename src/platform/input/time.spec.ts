import { describe, expect, it } from '@jest/globals';
import { isDay, parseExactTime, parseTime } from './time.js';

describe('a calendar day', () => {
  const two = (value: number) => String(value).padStart(2, '0');

  it.each([1, 4, 99, 100, 400, 1900, 2000, 2023, 2024, 9999])(
    'of the year %i is one that the calendar has',
    (year) => {
      for (let month = 0; month <= 13; month++)
        for (let day = 0; day <= 32; day++) {
          const date = new Date(0);
          date.setUTCFullYear(year, month - 1, day);
          const isThere = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
          const text = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
          expect([text, isDay(text)]).toEqual([text, isThere]);
          expect([text, parseTime(`${text}T00:00:00Z`) !== null]).toEqual([text, isThere]);
        }
    },
  );

  it.each(['0000-01-01', '2026-1-01', '2026-01-01 ', '2026-01-01T00:00:00Z', ''])(
    'is not %j',
    (text) => {
      expect(isDay(text)).toBe(false);
    },
  );
});

describe('a time', () => {
  it.each([
    ['2026-02-28T23:59:59Z', '2026-02-28T23:59:59.000Z'],
    ['2026-02-28t23:59:59.1239z', '2026-02-28T23:59:59.123Z'],
    ['2026-02-28T23:30:00-01:00', '2026-03-01T00:30:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
  ])('%s is %s', (given, time) => {
    expect(parseTime(given)).toBe(time);
  });

  it.each([
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '2026-02-30T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00',
    '2026-01-01',
    1,
    null,
  ])('is not %j', (given) => {
    expect(parseTime(given)).toBeNull();
  });

  it('keeps microseconds', () => {
    expect(parseExactTime('2026-01-01T00:00:00.1234567+01:00')).toBe('2025-12-31T23:00:00.123456Z');
    expect(parseExactTime('2026-01-01T00:00:00.120Z')).toBe('2026-01-01T00:00:00.120Z');
  });
});
