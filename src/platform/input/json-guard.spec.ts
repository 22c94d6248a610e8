import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../errors/index.js';
import { ExactNumber } from './exact-json.js';
import { JSON_LIMITS, parseJson } from './json-guard.js';
import { MAX_NUMBER_LENGTH } from './json-number.js';
import { MAX_LONG_NUMBERS } from './json-scan.js';
import { MAX_UNUSUAL_FIELDS } from './json-shapes.js';

const read = (text: string, limits = JSON_LIMITS) => parseJson(Buffer.from(text), limits);

function refusalOf(work: () => unknown): { code: string; detail: string | undefined } {
  try {
    work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { code: error.code, detail: error.details.detail };
  }
  throw new Error('nothing was refused');
}

describe('what is read', () => {
  it.each([
    'null',
    'true',
    '0',
    '-1.5',
    '"text"',
    '[]',
    '{}',
    ' {"a" : [1, "b", null]}\n',
    '{"a":{"b":{"c":[[]]}}}',
  ])('reads %s as JSON.parse does', (text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it('gives back any JSON value as it went in', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('\\u') && !text.includes('__proto__'));
        expect(JSON.stringify(read(text))).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it('does not take quotes, brackets and digits inside a text for structure', () => {
    const value = {
      'a"[{': 'ends in a backslash \\',
      b: '[[[[ "quoted" 12345678901234567890',
      c: '\\\\"',
    };
    expect(read(JSON.stringify(value), { depth: 1, nodes: 4 })).toEqual(value);
  });

  it('keeps escaped text that can be stored', () => {
    expect(read(String.raw`{"a":"\ud83d\ude00 \u0041 \n"}`)).toEqual({ a: '😀 A \n' });
  });

  it('keeps the text __proto__ where it is no key', () => {
    expect(read('["__proto__", {"proto":"\\u005f__proto__"}]')).toEqual([
      '__proto__',
      { proto: '___proto__' },
    ]);
  });

  it('keeps keys that are names of Object.prototype', () => {
    expect(read('{"constructor":1,"toString":2,"hasOwnProperty":3}')).toEqual({
      constructor: 1,
      toString: 2,
      hasOwnProperty: 3,
    });
  });
});

describe('what is not JSON', () => {
  it.each([
    '',
    '{',
    '{"a":}',
    '[1,]',
    "{'a':1}",
    'undefined',
    '{"a":1}}',
    '"unfinished',
    '"unfinished \\"',
    '-',
    '[-]',
    '\u0000',
    '\ufeff{}',
  ])('refuses %j as malformed', (text) => {
    expect(refusalOf(() => read(text)).code).toBe('request.malformed');
  });

  it.each([
    ['{"a":1,}', ', at line 1, column 8.'],
    ['{\n  "a": "secret",\n  b: 1\n}', ', at line 3, column 3.'],
    ['{"a":"x\ny"}', ', at line 1, column 8.'],
    [`${'\n'.repeat(100_000)}{]`, ', at line 100001, column 2.'],
    ['{"a":[1,2', ': it ends too early.'],
    // The engine says no place, and quotes the text.
    ['{"a": so at position 5}', '.'],
  ])('says where it goes wrong, and repeats nothing of it', (text, place) => {
    expect(refusalOf(() => read(text)).detail).toBe(`The body is not valid JSON${place}`);
  });

  it('refuses bytes that are not UTF-8', () => {
    const latin1 = Buffer.from('{"a":"caf\u00e9"}', 'latin1');
    expect(refusalOf(() => parseJson(latin1))).toEqual({
      code: 'request.malformed',
      detail: 'The body is not UTF-8.',
    });
  });
});

describe('bounds', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

  it('reads 64 levels and refuses 65', () => {
    expect(read(nested(64))).toBeInstanceOf(Array);
    expect(refusalOf(() => read(nested(65)))).toEqual({
      code: 'request.invalid_body',
      detail: 'JSON nested deeper than 64 levels',
    });
  });

  it('refuses a very deep text before anything is built from it', () => {
    expect(refusalOf(() => read('['.repeat(1_000_000))).code).toBe('request.invalid_body');
  });

  it('refuses more values than allowed', () => {
    expect(read('[1,2,3]', { depth: 2, nodes: 4 })).toEqual([1, 2, 3]);
    expect(refusalOf(() => read('[1,2,3,4]', { depth: 2, nodes: 4 })).detail).toBe(
      'more than 4 values',
    );
    expect(refusalOf(() => read('[{},{},{}]', { depth: 2, nodes: 4 })).detail).toBe(
      'more than 4 values',
    );
  });
});

describe('text that cannot be stored', () => {
  it.each([
    ['NUL', String.raw`{"a":"x\u0000y"}`, 'text contains a NUL character'],
    ['NUL in a key', String.raw`{"x\u0000":1}`, 'text contains a NUL character'],
    ['a lone high surrogate', String.raw`["\ud83d"]`, 'text contains a lone surrogate'],
    [
      'a lone low surrogate in a key',
      String.raw`[{"\udc00":{}}]`,
      'text contains a lone surrogate',
    ],
    ['surrogates in the wrong order', String.raw`"\udc00\ud83d"`, 'text contains a lone surrogate'],
    ['the key __proto__', '[{"__proto__":{"admin":true}}]', 'an object has the key __proto__'],
    [
      'the key __proto__ with an escape',
      String.raw`{"\u005f_proto__":1}`,
      'an object has the key __proto__',
    ],
  ])('refuses %s', (_what, text, detail) => {
    expect(refusalOf(() => read(text))).toEqual({ code: 'request.invalid_body', detail });
  });
});

describe('the pointer of what cannot be stored', () => {
  const pointersOf = (text: string, keepsEscapes = false): unknown => {
    try {
      return parseJson(Buffer.from(text), JSON_LIMITS, keepsEscapes);
    } catch (error) {
      return (error as AppError).details.errors?.map(({ pointer }) => pointer);
    }
  };

  it.each([
    [String.raw`{"a":[1,{"b":"\u0000"}]}`, '/a/1/b'],
    [String.raw`{"a":["\ud83d"],"b":"\u0000"}`, '/a/0'],
    ['{"a":{"b":[0,9007199254740993]}}', '/a/b/1'],
    ['{"a":{"__proto__":1}}', '/a'],
  ])('in %s is %s', (text, pointer) => {
    expect(pointersOf(text)).toEqual([pointer]);
  });

  it('is not needed where everything is kept as sent; other faults are refused there, too', () => {
    expect(pointersOf(String.raw`["\u0000\ud83d"]`, true)).toEqual(['\u0000\ud83d']);
    expect(pointersOf(String.raw`["\u0000",{"__proto__":1}]`, true)).toEqual(['/1']);
    expect(pointersOf('[9007199254740993]', true)).toEqual([new ExactNumber('9007199254740993')]);
    expect(pointersOf(`["\\u0000",${'9'.repeat(401)}]`, true)).toEqual(['/1']);
  });
});

describe('numbers', () => {
  it.each([
    '0',
    '-0',
    '123456789012345',
    '9007199254740991',
    '1.0',
    '100',
    '1e2',
    '1E+2',
    '1.50e1',
    '0.1',
    '5e-324',
    '1.7976931348623157e308',
    '0e999',
    '0.00000000000000000',
  ])('keeps %s, which a double holds', (text) => {
    expect(read(text)).toBe(Number(text));
  });

  it.each([
    '9007199254740993',
    '-9223372036854775807',
    '12345678901234567890',
    '0.1000000000000000055',
    '1e400',
    '-1e400',
    '1e-400',
    '3.14159265358979323846',
  ])('refuses %s, which a double would change', (text) => {
    const { code, detail } = refusalOf(() => read(`{"n":${text}}`));
    expect(code).toBe('request.invalid_body');
    expect(detail).toContain(text);
  });

  it('inside a string are not checked', () => {
    expect(read('"9007199254740993"')).toBe('9007199254740993');
  });
});

describe('what takes long to read', () => {
  const objects = (count: number, fieldsOf: (i: number) => string) =>
    `[${Array.from({ length: count }, (_, i) => `{${fieldsOf(i)}}`).join()}]`;
  const list = (value: string, count: number) => `[${Array<string>(count).fill(value).join()}]`;

  it.each([
    `1${'0'.repeat(100_000)}1`,
    `0.${'0'.repeat(100_000)}1`,
    `-${'9'.repeat(100_000)}`,
    `1e${'0'.repeat(100_000)}1`,
  ])('refuses a number of more characters than a double has, whatever it is (%#)', (number) => {
    const { code, detail } = refusalOf(() => read(`{"a":${number}}`));
    expect(code).toBe('request.invalid_body');
    expect(detail!.length).toBeLessThan(120);
  });

  it('reads doubles that are written in full', () => {
    for (const text of [
      `1${'0'.repeat(308)}`,
      `0.${'0'.repeat(322)}5`,
      `-1.7976931348623157${'0'.repeat(300)}`,
      `0.1${'0'.repeat(MAX_NUMBER_LENGTH - 3)}`,
    ])
      expect(read(text)).toBe(Number(text));
    expect(refusalOf(() => read(`0.1${'0'.repeat(MAX_NUMBER_LENGTH - 2)}`)).code).toBe(
      'request.invalid_body',
    );
  });

  it('refuses more long numbers than allowed', () => {
    expect(read(list('0.30000000000000004', MAX_LONG_NUMBERS))).toHaveLength(MAX_LONG_NUMBERS);
    expect(
      refusalOf(() => read(list('0.30000000000000004', MAX_LONG_NUMBERS + 1))).detail,
    ).toContain('more than 100000 numbers');
  });

  it.each([
    [
      'in one object',
      (count: number) =>
        objects(1, () => Array.from({ length: count }, (_, i) => `"f${i}":1`).join()),
    ],
    ['each in an object of its own', (count: number) => objects(count, (i) => `"f${i}":1`)],
    [
      'in any order',
      (count: number) =>
        objects(Math.ceil(count / 10), (i) =>
          Array.from(
            { length: 10 },
            (_, k) => `"k${(i * 31 + k * k * 13 + i * k * 17) % 5_000}":1`,
          ).join(),
        ),
    ],
    [
      'of ever the same objects of very many',
      (count: number) =>
        objects(4, () =>
          Array.from({ length: Math.ceil(count / 4) }, (_, i) => `"f${i}":1`).join(),
        ),
    ],
    [
      'one in the other',
      (count: number) =>
        `[${Array.from({ length: Math.ceil(count / 50) }, (_, i) => `${Array.from({ length: 50 }, (_, depth) => `{"n${i * 50 + depth}":`).join('')}1${'}'.repeat(50)}`).join()}]`,
    ],
  ])('refuses very many fields that no engine is fast with: %s', (_, bodyOf) => {
    expect(() => read(bodyOf(MAX_UNUSUAL_FIELDS * 0.9))).not.toThrow();
    expect(refusalOf(() => read(bodyOf(MAX_UNUSUAL_FIELDS * 2))).detail).toContain(
      'fields of objects that have different ones',
    );
  });

  it('reads very many objects of the same fields', () => {
    const message =
      '"role":"user","content":[{"type":"text","text":"Hello"}],"createdAt":"2024-01-01T00:00:00Z","metadata":{"speaker":"Ada","turn":"D1:3"}';
    expect(read(objects(20_000, () => message))).toHaveLength(20_000);
  });
});
