import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { topK } from './top-k.js';

it('topK returns the beginning of the sorted candidates', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }),
      fc.integer({ min: -1, max: 220 }),
      (scores, limit) => {
        const isBetter = (a: number, b: number) =>
          scores[a]! > scores[b]! || (scores[a] === scores[b] && a > b);
        const sorted = scores.map((_, i) => i).sort((a, b) => (isBetter(a, b) ? -1 : 1));
        expect([...topK(Int32Array.from(scores.keys()), limit, isBetter)]).toEqual(
          sorted.slice(0, Math.max(0, limit)),
        );
      },
    ),
  );
});
