import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fingerprintOf, normalForm } from './fingerprint.js';
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
  fingerprintOf({ ...fact, ...one }).equals(fingerprintOf({ ...fact, ...other }));

describe('what says the same', () => {
  it.each([
    ['Ada likes tea.', 'ADA LIKES TEA'],
    ["She doesn't smoke", 'she does not smoke'],
    ['I’m a sailor', 'I am sailor!'],
    ['Ｆｕｌｌ width', 'full width'],
    ['Born 1990-05-01', 'born  1990-05-01.'],
  ])('has one form: %s = %s', (one, other) => {
    expect(normalForm(one)).toBe(normalForm(other));
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
  ])('has two where it is not: %s, %s', (one, other) => {
    expect(normalForm(one)).not.toBe(normalForm(other));
  });

  it('has a form for every text, which is its own form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const form = normalForm(text);
        expect(normalForm(form)).toBe(form);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a fingerprint', () => {
  it('is of what is said, of whom it is for, and of nothing else', () => {
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

  it('is of the time only where something happened', () => {
    const [early, late] = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'];
    expect(same({ validFrom: early }, { validFrom: late })).toBe(true);
    expect(same({ kind: 'episode', validFrom: early }, { kind: 'episode', validFrom: late })).toBe(
      false,
    );
  });

  it('of a block is its name', () => {
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
