import { describe, expect, it } from '@jest/globals';
import { computeFingerprint, computeNearFingerprint, computeSimilarity } from './fingerprint.js';
import type { MemoryValues } from '../memory-row.js';

const fact: MemoryValues = {
  kind: 'fact',
  label: null,
  content: 'x',
  tags: [],
  importance: 0.5,
  metadata: null,
  agentId: null,
  conversationId: null,
  validFrom: null,
  validTo: null,
  expiresAt: null,
};
const same = (one: Partial<MemoryValues>, other: Partial<MemoryValues>) =>
  computeFingerprint({ ...fact, ...one }).equals(computeFingerprint({ ...fact, ...other }));

describe('computeSimilarity', () => {
  it.each([
    ['Likes tea', 'likes tea', 0.8],
    ['Likes tea', 'Likes tea!!', 0.818],
    ['a', 'A', 0],
    ['abab', 'ab ab', 0.727],
    [`${'x'.repeat(499)}a`, `${'x'.repeat(499)}A`, 0.996],
  ])('of %j and %j is a share of their pairs', (one, other, share) => {
    expect(computeSimilarity(one, other)).toBe(share);
    expect(computeSimilarity(other, one)).toBe(share);
  });
});

describe('computeNearFingerprint', () => {
  it('is a number of 64 bits, for near texts of the same audience, and null for a block', () => {
    const near = (other: Partial<MemoryValues>) => computeNearFingerprint({ ...fact, ...other });
    expect(near({ content: 'X!' })).toBe(near({}));
    expect(BigInt.asIntN(64, BigInt(near({})!))).toBe(BigInt(near({})!));
    for (const other of [{ kind: 'preference' }, { agentId: 'coach' }, { content: 'y' }] as const)
      expect(near(other)).not.toBe(near({}));
    expect(near({ kind: 'block', label: 'persona' })).toBeNull();
  });
});

describe('computeFingerprint', () => {
  it('a fingerprint depends on content and audience, and on nothing else', () => {
    expect(
      same(
        { tags: ['a'], importance: 0.1, metadata: { a: 1 }, expiresAt: '2030-01-01T00:00:00.000Z' },
        {},
      ),
    ).toBe(true);
    for (const other of [
      { kind: 'preference' },
      { agentId: 'coach' },
      { conversationId: '00000000-0000-7000-8000-000000000001' },
      { content: 'y' },
    ] as Partial<MemoryValues>[]) {
      expect(same(other, {})).toBe(false);
    }
  });

  it('a fingerprint includes the time of an episode only', () => {
    const [early, late] = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'];
    expect(same({ validFrom: early }, { validFrom: late })).toBe(true);
    expect(same({ kind: 'episode', validFrom: early }, { kind: 'episode', validFrom: late })).toBe(
      false,
    );
  });

  it('the fingerprint of a block depends on its label', () => {
    expect(
      same(
        { kind: 'block', label: 'persona', content: 'a' },
        { kind: 'block', label: 'persona', content: 'b' },
      ),
    ).toBe(true);
    expect(same({ kind: 'block', label: 'persona' }, { kind: 'block', label: 'human' })).toBe(
      false,
    );
  });
});
