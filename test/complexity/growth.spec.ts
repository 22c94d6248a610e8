import { describe, expect, it } from '@jest/globals';
import { growthOf, type Work } from '../support/growth.js';

/** Time that grows with the square of the input has 4. */
const MAX_GROWTH = 2.9;

describe('the measure of growth', () => {
  it('tells linear from quadratic', () => {
    const sum =
      (times: (n: number) => number): Work =>
      (n) =>
      () => {
        let total = 0;
        const end = times(n);
        for (let i = 0; i < end; i++) total += i % 7;
        return total;
      };
    expect(growthOf(sum((n) => n * 300))).toBeLessThan(MAX_GROWTH);
    // On a busy machine one measurement may show less.
    const isQuadratic = () => growthOf(sum((n) => n * n)) > MAX_GROWTH;
    expect([1, 2, 3].some(isQuadratic)).toBe(true);
    expect(growthOf(sum(() => 1_000))).toBe(0);
  });
});
