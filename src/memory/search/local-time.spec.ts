import { describe, expect, it } from '@jest/globals';
import { clockOf, startOfDay } from './local-time.js';
import { TextIndex } from './text-index.js';

const shown = (zone: string, at: string) =>
  new Date(clockOf(zone)(Date.parse(at))).toISOString().slice(0, 'yyyy-mm-ddThh:mm'.length);

describe('clockOf', () => {
  it.each([
    ['UTC', '2024-01-01T00:00:00Z', '2024-01-01T00:00'],
    ['Europe/Berlin', '2024-01-01T23:30:00Z', '2024-01-02T00:30'],
    ['Europe/Berlin', '2024-07-01T22:30:00Z', '2024-07-02T00:30'],
    ['Europe/Berlin', '2024-03-31T00:59:00Z', '2024-03-31T01:59'],
    ['Europe/Berlin', '2024-03-31T01:00:00Z', '2024-03-31T03:00'],
    ['America/St_Johns', '2024-01-01T02:00:00Z', '2023-12-31T22:30'],
    ['Asia/Kathmandu', '2024-01-01T00:00:00Z', '2024-01-01T05:45'],
    ['Pacific/Kiritimati', '2024-01-01T10:00:00Z', '2024-01-02T00:00'],
  ])('in %s, %s is %s', (zone, at, local) => {
    expect(shown(zone, at)).toBe(local);
  });

  it('refuses a name that it does not know', () => {
    expect(() => clockOf('Mars/Olympus')).toThrow(RangeError);
  });
});

describe('startOfDay', () => {
  it.each([
    ['2026-05-01', 'UTC', '2026-05-01T00:00:00.000Z'],
    ['2026-05-01', 'Europe/Oslo', '2026-04-30T22:00:00.000Z'],
    ['2026-05-01', 'America/New_York', '2026-05-01T04:00:00.000Z'],
    ['2026-05-01', 'Asia/Kathmandu', '2026-04-30T18:15:00.000Z'],
    ['2026-05-01', 'Pacific/Kiritimati', '2026-04-30T10:00:00.000Z'],
    // The offset changes later on the day, and on the days around it.
    ['2024-03-30', 'Europe/Berlin', '2024-03-29T23:00:00.000Z'],
    ['2024-03-31', 'Europe/Berlin', '2024-03-30T23:00:00.000Z'],
    ['2024-04-01', 'Europe/Berlin', '2024-03-31T22:00:00.000Z'],
    ['2024-10-27', 'Europe/Berlin', '2024-10-26T22:00:00.000Z'],
    ['2024-10-28', 'Europe/Berlin', '2024-10-27T23:00:00.000Z'],
    // Midnight was skipped.
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
    // Midnight came twice.
    ['2024-11-03', 'America/Havana', '2024-11-03T04:00:00.000Z'],
    // The whole day was skipped.
    ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
    ['0001-01-01', 'Asia/Tokyo', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31', 'America/New_York', '9999-12-31T05:00:00.000Z'],
  ])('of %s in %s is %s', (day, zone, start) => {
    expect(startOfDay(day, zone)).toBe(start);
  });
});

describe('dates of a question', () => {
  const index = new TextIndex();
  for (let day = 1; day <= 28; day++)
    for (const hour of ['00', '12', '23']) {
      const at = `2024-05-${String(day).padStart(2, '0')}T${hour}:30:00Z`;
      index.put({ ref: at, text: 'Went for a run', speaker: null, group: '', at: Date.parse(at) });
    }
  const find = (question: string, timeZone?: string): string[] =>
    index
      .search(question, { limit: 3, timeZone })
      .map(({ ref }) => ref)
      .sort();

  it('are dates in UTC without a time zone', () => {
    const inUtc = ['2024-05-08T00:30:00Z', '2024-05-08T12:30:00Z', '2024-05-08T23:30:00Z'];
    expect(find('run on 8 May 2024')).toEqual(inUtc);
    expect(find('run on 8 May 2024', 'UTC')).toEqual(inUtc);
  });

  it('are dates in the time zone', () => {
    expect(find('run on 8 May 2024', 'Asia/Tokyo')).toEqual([
      '2024-05-07T23:30:00Z',
      '2024-05-08T00:30:00Z',
      '2024-05-08T12:30:00Z',
    ]);
    expect(find('am 8. Mai 2024', 'America/Los_Angeles')).toEqual([
      '2024-05-08T12:30:00Z',
      '2024-05-08T23:30:00Z',
      '2024-05-09T00:30:00Z',
    ]);
  });

  it('are days of the week, too', () => {
    const days = find('run on a Wednesday').map((at) => new Date(at).getUTCDay());
    expect(days).toEqual([3, 3, 3]);
  });
});
