import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ExactNumber, readExactly, writeExactly, writeJson } from './exact-json.js';

const roundTrip = (text: string): string => writeJson(readExactly(text));

describe('numbers that a double would change', () => {
  it.each([
    '12345678901234567890',
    '-9007199254740993',
    '0.10000000000000001',
    '1e400',
    '-1E-400',
    '3.14159265358979323846264338327950288',
    `${'9'.repeat(400)}`,
  ])('are written as they were read: %s', (token) => {
    const text = `{"a":[${token},"${token}"],"${token}":{"b":${token}}}`;
    expect(roundTrip(text)).toBe(text);
    expect(writeExactly(readExactly(text)).hasExactNumbers).toBe(true);
  });

  it('are written among other values of every kind', () => {
    const text = '[1,-2.5,true,null,"\\u0000\\ud83d",{"\\"[1e400":"\\\\"},1e400]';
    expect(roundTrip(text)).toBe(text);
  });

  it('are the nearest double to what calculates with them, and have no fields', () => {
    const [id] = readExactly('[9007199254740993]') as [ExactNumber];
    expect([Number(id), String(id), Object.keys(id)]).toEqual([
      9007199254740992,
      '9007199254740993',
      [],
    ]);
  });

  it('are texts with all digits for JSON.stringify', () => {
    expect(JSON.stringify(readExactly('[1e400]'))).toBe('["1e400"]');
  });
});

describe('JSON without such numbers', () => {
  it('is read as JSON.parse does, and written as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        expect(readExactly(text)).toEqual(JSON.parse(text));
        expect(writeExactly(value)).toEqual({ text, hasExactNumbers: false });
      }),
      { numRuns: 200 },
    );
  });

  it('keeps its numbers as numbers: 1.0 and 1e2 are 1 and 100', () => {
    expect(readExactly('[1.0,1e2,9007199254740991]')).toEqual([1, 100, 9007199254740991]);
  });

  it('is written after a value that cannot be written', () => {
    const broken = {
      toJSON() {
        throw new Error('broken');
      },
    };
    expect(() => writeJson([new ExactNumber('1e400'), broken])).toThrow('broken');
    expect(JSON.stringify(new ExactNumber('1e400'))).toBe('"1e400"');
  });
});
