import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../errors/index.js';
import { SCAN_SLICE_BYTES, JSON_LIMITS, parseJson, parseLargeJson } from './json-guard.js';
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

/** What is refused, said as simply as can be: by what the text becomes. */
function expected(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'request.malformed';
  }
  const numbers =
    text.replace(/"(?:[^"\\]|\\.)*"/g, '""').match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? [];
  const texts: string[] = [];
  const walk = (part: unknown): void => {
    if (typeof part === 'string') texts.push(part);
    else if (typeof part === 'object' && part !== null) {
      for (const [key, child] of Object.entries(part)) {
        texts.push(key === '__proto__' ? '\0' : key);
        walk(child);
      }
    }
  };
  walk(value);
  return numbers.every(isKept) && texts.every((one) => one.isWellFormed() && !one.includes('\0'))
    ? 'read'
    : 'request.invalid_body';
}

/** By whole numbers of any length: the digits of both, moved to the same power of ten. */
function isKept(token: string): boolean {
  const exact = (text: string) => {
    const [, sign, whole, fraction = '', exponent = '0'] =
      /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)!;
    return {
      digits: BigInt(`${sign}${whole}${fraction}`),
      power: Number(exponent) - fraction.length,
    };
  };
  if (!Number.isFinite(Number(token))) return false;
  const [a, b] = [exact(token), exact(String(Number(token)))];
  const least = Math.min(a.power, b.power);
  return a.digits * 10n ** BigInt(a.power - least) === b.digits * 10n ** BigInt(b.power - least);
}

describe('any text', () => {
  const pieces = [
    '"',
    '\\',
    '\\u',
    '\\ud83d',
    '\\ude00',
    '\\u0000',
    '\\u005f',
    '\\n',
    '__proto__',
    '_proto__',
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    ' ',
    '\n',
    '0',
    '12',
    '.5',
    'e5',
    '-',
    '9007199254740993',
    '0.1',
    'é',
    '😀',
    'true',
    'null',
    '\\"',
    '"a":',
    '"__proto__"',
    '"\\u005f_proto__" :',
  ];
  const units = [
    'a',
    '_',
    '\\u005f',
    '__proto__',
    '\\ud83d',
    '\\ude00',
    '\\u0000',
    '\\\\',
    '\\"',
    '\\u00e9',
    '😀',
    '\\ud83d\\ude00',
    ':',
    '{',
    '9007199254740993',
  ];
  const text = fc
    .array(fc.constantFrom(...units), { maxLength: 6 })
    .map((parts) => `"${parts.join('')}"`);
  const digits = fc
    .array(fc.constantFrom('0', '0', '1', '5', '9', '00000000', '99999999'), {
      minLength: 1,
      maxLength: 6,
    })
    .map((all) => all.join(''));
  const whole = digits.map((all) => all.replace(/^0+(?=\d)/, ''));
  const exponent = fc
    .tuple(fc.constantFrom('e', 'E', 'e-', 'e+'), fc.integer({ min: 0, max: 330 }))
    .map((all) => all.join(''));
  const number = fc
    .tuple(
      fc.constantFrom('', '-'),
      whole,
      fc.option(digits, { nil: null }),
      fc.option(exponent, { nil: null }),
    )
    .map(
      ([sign, all, fraction, power]) =>
        `${sign}${all}${fraction === null ? '' : `.${fraction}`}${power ?? ''}`,
    );
  const double = fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => JSON.stringify(value));
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(text, number, double, fc.constantFrom('true', 'null')),
      fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(', ')}]`),
      // Names that differ: of two that are the same the parser drops one unseen.
      fc
        .uniqueArray(fc.tuple(text, fc.constantFrom(':', ' : ', '\n:'), tie('value')), {
          maxLength: 4,
          selector: ([name]) => JSON.parse(name) as string,
        })
        .map((fields) => `{${fields.map((all) => all.join('')).join()}}`),
    ),
  }));
  const found = (body: string) => {
    try {
      expect(read(body)).toEqual(JSON.parse(body));
      return 'read';
    } catch (error) {
      if (error instanceof AppError) return error.code;
      throw error;
    }
  };

  it('is read, or refused, for what it becomes', () => {
    fc.assert(
      fc.property(value, (body) => expect(found(body)).toBe(expected(body))),
      { numRuns: 3_000 },
    );
  });

  it('that is no JSON is refused as such, or for a number in it', () => {
    const nearly = fc
      .array(fc.constantFrom(...pieces), { maxLength: 12 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(nearly, (body) => {
        const [known, code] = [expected(body), found(body)];
        if (known !== 'request.malformed' || !/\d/.test(body)) expect(code).toBe(known);
        else expect(code).not.toBe('read');
      }),
      { numRuns: 3_000 },
    );
  });

  it('gives the same in pieces', async () => {
    const blanks = ' '.repeat(SCAN_SLICE_BYTES / 2 + 3);
    for (const body of [
      `[${blanks}"a\\u00e9"${blanks},1]`,
      `["${'x'.repeat(SCAN_SLICE_BYTES * 2)}\\ud83d"]`,
      `{${blanks}"__proto__"${blanks}:1}`,
      `[${blanks}1234567890123456789${blanks}]`,
      `[${blanks}${blanks}`,
    ]) {
      const code = await parseLargeJson(Buffer.from(body)).then(
        () => 'read',
        (error: AppError) => error.code,
      );
      expect(code).toBe(found(body));
    }
    expect(await parseLargeJson(Buffer.from(`[${blanks}"a\\u00e9"${blanks},1]`))).toEqual([
      'aé',
      1,
    ]);
  });
});
