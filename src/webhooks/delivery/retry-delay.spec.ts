import { describe, expect, it } from '@jest/globals';
import { readRetryAfter, retryDelaySeconds } from './retry-delay.js';

describe('the delay before the next attempt', () => {
  it('grows from seconds to eight hours, and is at least half of the longest', () => {
    const delays = (random: number) =>
      [1, 2, 3, 8, 9, 30].map((attempt) => retryDelaySeconds(attempt, null, () => random));
    expect(delays(1)).toEqual([5, 15, 45, 10_935, 28_800, 28_800]);
    expect(delays(0)).toEqual([2.5, 7.5, 22.5, 5_467.5, 14_400, 14_400]);
  });

  it('is what the receiver asks for when that is longer, up to eight hours', () => {
    expect(retryDelaySeconds(1, 120, () => 1)).toBe(120);
    expect(retryDelaySeconds(3, 1, () => 1)).toBe(45);
    expect(retryDelaySeconds(1, 1e9, () => 1)).toBe(28_800);
  });
});

describe('Retry-After', () => {
  const NOW = Date.parse('2026-01-01T00:00:00Z');

  it.each([
    ['120', 120],
    ['0', 0],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60],
    ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
    ['soon', null],
    ['-', null],
    ['', null],
    ['1'.repeat(65), null],
    [null, null],
  ])('%j is read as %j seconds', (text, seconds) =>
    expect(readRetryAfter(text, NOW)).toBe(seconds),
  );
});
