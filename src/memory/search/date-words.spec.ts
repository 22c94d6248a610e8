import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { writeUtcDate, findDates } from './date-words.js';

const parts = (question: string) =>
  findDates(question)
    .map(([part, value]) => `${part} ${value}`)
    .sort();

describe('findDates', () => {
  it.each([
    ['What did we eat on 8 May 2023?', ['day 8', 'month 5', 'year 2023']],
    ['What did we eat on May 8th, 2023?', ['day 8', 'month 5', 'year 2023']],
    ['the 3rd of march', ['day 3', 'month 3']],
    ['What happened in June?', ['month 6']],
    ['in early Sept 1999', ['month 9', 'year 1999']],
    ['on 2023-05-08', ['day 8', 'month 5', 'year 2023']],
    ['in May', ['month 5']],
    ['May I march with 8 friends?', []],
    ['How many of the 2500 are there?', []],
    ['', []],
  ])('the dates in %j are %j', (question, expected) => {
    expect(parts(question)).toEqual(expected);
  });
});

it('civilDate returns the same UTC date as Date', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
      (date) => {
        const into = { year: 0, month: 0, day: 0 };
        expect(writeUtcDate(date.getTime(), into)).toEqual({
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
        });
      },
    ),
    { numRuns: 1_000 },
  );
});
