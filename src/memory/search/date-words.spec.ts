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
    ['am 8. Mai 2023', ['day 8', 'month 5', 'year 2023']],
    ['im Mai', ['month 5']],
    ['im März', ['month 3']],
    ['le 1er août', ['day 1', 'month 8']],
    ['el 8 de mayo de 2023', ['day 8', 'month 5', 'year 2023']],
    ['en fevrier', ['month 2']],
    ['a maggio', ['month 5']],
    ['8 de março', ['day 8', 'month 3']],
    ['op 3 maart', ['day 3', 'month 3']],
    ['3 maja 2024', ['day 3', 'month 5', 'year 2024']],
    ['3 września', ['day 3', 'month 9']],
    ['в сентябре', ['month 9']],
    ['среди нас', []],
    ['8 мая', ['day 8', 'month 5']],
    ['12 серпня', ['day 12', 'month 8']],
    ['5 Ağustos', ['day 5', 'month 8']],
    ['2023年5月8日', ['day 8', 'month 5', 'year 2023']],
    ['十二月二十一日', ['day 21', 'month 12']],
    ['三十月', []],
    ['5월 8일에', ['day 8', 'month 5']],
    ['on Monday', ['weekday 1']],
    ['Was war am Sonntag?', ['weekday 0']],
    ['le mercredi', ['weekday 3']],
    ['в пятницу', ['weekday 5']],
    ['上周五', ['weekday 5']],
    ['土曜日', ['weekday 6']],
    ['월요일에', ['weekday 1']],
    ['I may, we march, a mar', []],
    ['Mai, mars, set', []],
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
        const into = { year: 0, month: 0, day: 0, weekday: 0 };
        expect(writeUtcDate(date.getTime(), into)).toEqual({
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
          weekday: date.getUTCDay(),
        });
      },
    ),
    { numRuns: 1_000 },
  );
});
