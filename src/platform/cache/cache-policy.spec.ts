import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CACHE_POLICIES, jittered } from './cache-policy.js';

describe('the time to live', () => {
  it('is up to a tenth shorter or longer', () => {
    expect([0, 0.5, 1].map((random) => jittered(600, () => random))).toEqual([
      540_000, 600_000, 660_000,
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_400 }), (seconds) =>
        expect(Math.abs(jittered(seconds) / 1_000 - seconds)).toBeLessThanOrEqual(seconds * 0.1),
      ),
    );
  });

  it('is spread', () => {
    expect(new Set(Array.from({ length: 100 }, () => jittered(600))).size).toBeGreaterThan(90);
  });
});

describe('the table of what is cached', () => {
  it.each(Object.entries(CACHE_POLICIES))(
    'keeps %s for a bounded time, and its absence more shortly',
    (_, { ttl, negativeTtl }) => {
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual(3_600);
      expect(negativeTtl).toBeLessThan(ttl / 10);
    },
  );
});
