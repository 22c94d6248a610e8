import { describe, expect, it } from '@jest/globals';
import { parseTime } from './time.js';

describe('parseTime', () => {
  it.each([
    ['2023-05-08T13:56:00.000Z', '2023-05-08T13:56:00.000Z'],
    ['2023-05-08t13:56:00z', '2023-05-08T13:56:00.000Z'],
    ['2023-05-08T13:56:00.123456789+02:00', '2023-05-08T11:56:00.123456Z'],
    ['2023-05-08T13:56:00.1234Z', '2023-05-08T13:56:00.123400Z'],
    ['2023-05-08T13:56:00.123000Z', '2023-05-08T13:56:00.123Z'],
    ['2023-05-08T01:56:00-05:30', '2023-05-08T07:26:00.000Z'],
    ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['2100-01-01T00:00:00Z', '2100-01-01T00:00:00.000Z'],
  ])('reads %s as %s', (text, utc) => {
    expect(parseTime(text)).toBe(utc);
  });

  it.each([
    ['no time zone', '2023-05-08T13:56:00'],
    ['a day alone', '2023-05-08'],
    ['a day that does not exist', '2023-02-30T00:00:00Z'],
    ['a month that does not exist', '2023-13-01T00:00:00Z'],
    ['an hour that does not exist', '2023-05-08T24:00:00Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['a zone that does not exist', '2023-05-08T13:56:00+24:00'],
    ['a space for the T', '2023-05-08 13:56:00Z'],
    ['a time before 1970', '1969-12-31T23:59:59.999Z'],
    ['a time after 2100', '2100-01-01T00:00:00.001Z'],
    ['a microsecond after 2100', '2100-01-01T00:00:00.000001Z'],
    ['text around it', ' 2023-05-08T13:56:00Z'],
    ['the words of a chat', '1:56 pm on 8 May, 2023'],
    ['a number', 1_683_554_160],
    ['nothing', null],
  ])('refuses %s', (_, value) => {
    expect(parseTime(value)).toBeNull();
  });
});
