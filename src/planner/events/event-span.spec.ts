import { describe, expect, it } from '@jest/globals';
import type { AppError } from '../../platform/errors/index.js';
import { type GivenTimes, parseSpan } from './event-span.js';

const span = (start: string, values: Partial<GivenTimes> = {}) =>
  parseSpan({ start, end: null, timeZone: null, ...values });
const pointersOf = (work: () => unknown): string[] => {
  try {
    work();
  } catch (error) {
    return (error as AppError).details.errors!.map(({ pointer }) => pointer);
  }
  return [];
};

describe('the span of an event', () => {
  it('uses the offset of a time and ignores the zone', () => {
    const from = { local: '2026-06-01T07:30:00.000', zone: 'UTC' };
    expect(span('2026-06-01T09:30:00+02:00')).toEqual({ allDay: false, from, to: from });
    expect(span('2026-06-01t07:30:00z', { timeZone: 'Asia/Tokyo' }).from).toEqual(from);
  });

  it('reads a time without an offset in the zone, to the millisecond', () => {
    const { from, to } = span('2026-06-01T09:30:00', {
      end: '2026-06-01T10:00:00.123999',
      timeZone: 'Europe/Oslo',
    });
    expect(from).toEqual({ local: '2026-06-01T09:30:00', zone: 'Europe/Oslo' });
    expect(to).toEqual({ local: '2026-06-01T10:00:00.123', zone: 'Europe/Oslo' });
  });

  it('of whole days runs from midnight to midnight, in its time zone, or in UTC without one', () => {
    expect(span('2026-02-28')).toEqual({
      allDay: true,
      from: { local: '2026-02-28T00:00:00', zone: 'UTC' },
      to: { local: '2026-03-01T00:00:00', zone: 'UTC' },
    });
    expect(span('2026-02-28', { end: '2026-03-03', timeZone: 'America/New_York' }).to).toEqual({
      local: '2026-03-03T00:00:00',
      zone: 'America/New_York',
    });
  });

  it.each([
    'UTC',
    'utc',
    'GMT',
    'Europe/Oslo',
    'America/Argentina/Buenos_Aires',
    'Etc/GMT+5',
    'America/Port-au-Prince',
  ])('accepts the time zone %s', (timeZone) => {
    expect(span('2026-01-01', { timeZone }).from.zone).toBe(timeZone);
  });

  it.each([
    '',
    'Mars/Olympus',
    'CET',
    'EST5EDT',
    '+02:00',
    'Europe/Oslo ',
    'posix/Europe/Oslo',
    "x'y",
    '../etc/passwd',
    'Foo/Bar+5',
  ])('refuses the time zone %j', (timeZone) => {
    expect(pointersOf(() => span('2026-01-01', { timeZone }))).toEqual(['/timeZone']);
  });

  it.each([
    '',
    'tomorrow',
    '2026-02-30',
    '2026-02-30T10:00:00Z',
    '2026-1-1',
    '2026-01-01T10:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01 10:00:00Z',
    '0999-12-31',
    '9000-01-01',
    '12026-01-01',
    'infinity',
    '2026-01-01T10:00:00+2',
  ])('refuses the start %j', (start) => {
    expect(pointersOf(() => span(start))).toEqual(['/start']);
    expect(pointersOf(() => span('2026-01-01', { end: start }))).toEqual(['/end']);
  });

  it('requires a time zone for a start or end without an offset', () => {
    expect(pointersOf(() => span('2026-01-01T10:00:00'))).toEqual(['/timeZone']);
    expect(pointersOf(() => span('2026-01-01T10:00:00Z', { end: '2026-01-01T10:00:00' }))).toEqual([
      '/timeZone',
    ]);
  });

  it('refuses a day together with a time, and an all-day event that ends on its first day', () => {
    expect(pointersOf(() => span('2026-01-01', { end: '2026-01-02T00:00:00Z' }))).toEqual(['/end']);
    expect(pointersOf(() => span('2026-01-01T00:00:00Z', { end: '2026-01-02' }))).toEqual(['/end']);
    for (const end of ['2026-01-01', '2025-12-31'])
      expect(pointersOf(() => span('2026-01-01', { end }))).toEqual(['/end']);
  });
});
