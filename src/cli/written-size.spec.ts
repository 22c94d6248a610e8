import { describe, expect, it } from '@jest/globals';
import { ExactNumber, writeJson } from '../platform/input/exact-json.js';
import { MAX_BYTES_OF_CHARACTER, writtenSize } from './written-size.js';

describe('the size of a value as JSON', () => {
  it.each([
    null,
    true,
    -1.5e300,
    new ExactNumber('12345678901234567890.5'),
    'text',
    [],
    {},
    { a: [1, [2, { b: null }], 'c'], d: { e: '' } },
    Array.from({ length: 100 }, (_, n) => ({ n })),
  ])('is that of plain text, or a little more: %j', (value) => {
    const { length } = writeJson(value);
    expect(writtenSize(value)).toBeGreaterThanOrEqual(length);
    expect(writtenSize(value)).toBeLessThanOrEqual(1.3 * length + 2);
  });

  it.each(['\u0000', '"', '\\', '\u2028', 'ö', '語', '\ud83d\ude00', '\ud83d'])(
    'bounds the bytes of %j, however it is written',
    (character) => {
      const value = { [character]: [character.repeat(1_000)] };
      expect(writtenSize(value) * MAX_BYTES_OF_CHARACTER).toBeGreaterThanOrEqual(
        Buffer.byteLength(writeJson(value)),
      );
    },
  );
});
