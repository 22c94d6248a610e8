import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../errors/index.js';
import { JSON_LIMITS, parseJson, parseLargeJson, SCAN_SLICE_BYTES } from './json-guard.js';

const read = (text: string) => parseJson(Buffer.from(text), JSON_LIMITS);

/** Tells from the parsed value what the guard has to answer: a second, simpler implementation of its rules. */
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
