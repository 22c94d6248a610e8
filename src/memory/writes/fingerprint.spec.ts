import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { computeFingerprint, normaliseText } from './fingerprint.js';
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

describe('normaliseText', () => {
  it.each([
    ['Ada likes tea.', 'ADA LIKES TEA'],
    ["She doesn't smoke", 'she does not smoke'],
    ['I’m a sailor', 'I am sailor!'],
    ['Ｆｕｌｌ width', 'full width'],
    ['Born 1990-05-01', 'born  1990-05-01.'],
  ])('the same meaning has one normal form: %s = %s', (one, other) => {
    expect(normaliseText(one)).toBe(normaliseText(other));
  });

  it.each([
    ['Ada likes tea', 'Ada does not like tea'],
    ['Lives in Oslo', 'Lived in Oslo'],
    ['Ann calls Bob', 'Bob calls Ann'],
    ['Owes 15 euros', 'Owes 1.5 euros'],
    ['It is -5 degrees', 'It is 5 degrees'],
    ['Uses C++', 'Uses C'],
    ['It can be 5', "It can't be 5"],
    ['喜欢茶', '不喜欢茶'],
    ['🎉', '🎂'],
  ])('different meanings have different normal forms: %s, %s', (one, other) => {
    expect(normaliseText(one)).not.toBe(normaliseText(other));
  });

  it('every text has a normal form, which is its own normal form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const form = normaliseText(text);
        expect(normaliseText(form)).toBe(form);
      }),
      { numRuns: 500 },
    );
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
