import { describe, expect, it } from '@jest/globals';
import { packTitle, unpackTitle } from './packed-title.js';

/** What fits into the index when it is sealed. */
const MAX_BYTES = 1_900;

describe('a title that is sealed', () => {
  it.each([
    '',
    'Lunch',
    'é'.repeat(500),
    '\u{10ffff}'.repeat(500),
    'a\u{1f600}\n'.repeat(166),
    '字'.repeat(500),
  ])('fits into the index, and comes back as it was: %p', (title) => {
    const packed = packTitle(title);
    expect(Buffer.byteLength(packed)).toBeLessThanOrEqual(MAX_BYTES);
    expect(unpackTitle(packed)).toBe(title);
  });

  it('of every character of four bytes comes back', () => {
    for (let first = 0x10000; first <= 0x10ffff; first += 499) {
      const title = Array.from({ length: 499 }, (_, n) =>
        String.fromCodePoint(Math.min(first + n, 0x10ffff)),
      ).join('');
      expect(unpackTitle(packTitle(title))).toBe(title);
    }
  });
});
