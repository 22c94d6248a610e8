import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { alphanumeric, of } from '../../../test/support/fake-tokens.js';
import type { GuardFamily } from '../config/memory-settings.js';
import { findingsInFields } from './findings.js';

const BOTH = new Set(['secrets', 'pii'] as const);
const findingsInRow = (content: string, metadata: unknown, families: ReadonlySet<GuardFamily>) =>
  findingsInFields({ content, metadata }, families);

describe('a memory with metadata', () => {
  const key = of('ghp', '_', alphanumeric(36));

  it.each([
    ['a string', key],
    ['a value', { note: key }],
    ['a name', { [key]: 1 }],
    ['a name of an object', { [key]: {} }],
    ['a list', ['a', [{ b: [null, true, key] }]]],
  ])('is searched through: %s', (_, metadata) => {
    expect(findingsInRow('fine', metadata, BOTH)).toEqual([
      { kind: 'github_token', family: 'secrets' },
    ]);
    expect(findingsInRow(key, {}, BOTH)).toHaveLength(1);
  });

  it('tells a password by the name beside it', () => {
    const password = of('hunt', 'er2');
    expect(findingsInRow('fine', { login: { password } }, BOTH)).toEqual([
      { kind: 'password', family: 'secrets' },
    ]);
    expect(findingsInRow('fine', { passwd: [password] }, BOTH)).toHaveLength(1);
    expect(findingsInRow('fine', { colour: password, password: 'forgotten' }, BOTH)).toEqual([]);
  });

  it('looks at numbers', () => {
    expect(findingsInRow('fine', { number: 4_111_111_111_111_111 }, BOTH)).toEqual([
      { kind: 'payment_card', family: 'pii' },
    ]);
    expect(
      findingsInRow('fine', { score: 0.4111111111111111, at: 1_700_000_000_000 }, BOTH),
    ).toEqual([]);
  });

  it('does not have a finding when the parts of a secret are in different fields', () => {
    expect(
      findingsInRow(
        '4111 1111',
        { '1111 1111': '1111', a: 'password:', b: of('hunt', 'er2') },
        BOTH,
      ),
    ).toEqual([]);
  });

  it.each([[undefined], [null], [{}], [[]], ['text'], [7], [false]])(
    'may have any: %j',
    (metadata) => expect(findingsInRow('fine', metadata, BOTH)).toEqual([]),
  );

  it('may be as deep and as long as JSON can be', () => {
    let deep: unknown = key;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(findingsInRow('fine', { deep, long: Array(300_000).fill(1) }, BOTH)).toHaveLength(1);
  });

  it('survives all of JSON', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.jsonValue(),
        (content, metadata) => void findingsInRow(content, metadata, BOTH),
      ),
    );
  });
});
