import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ScopeMissingError, UserScope } from '../context/index.js';
import { cacheKey, leaseKey, userPattern } from './cache-key.js';
import { standingProof } from '../../../test/support/proof.js';

const ada = '01900000-0000-7000-8000-00000000000a';

/** Texts that look like parts of keys, and any others, lone surrogates too. */
const anyText = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', ':', '%', '003a', '#', '{', '}', '~', '*', '', '\ud800', 'é'),
  }),
  fc.string({ unit: 'binary' }),
  fc.string({ minLength: 150, maxLength: 400 }),
);
const owned = fc.record({
  userId: anyText.filter((id) => id !== ''),
  kind: anyText,
  parts: fc.array(anyText, { maxLength: 4 }),
});

/** Redis's glob, as far as our patterns go. */
const matches = (pattern: string, key: string) =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((text) => text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
      .join('.*')}$`,
    's',
  ).test(key);

describe('the key of an entry', () => {
  it('names the user, the kind and each part', () => {
    expect(cacheKey(new UserScope(ada), 'context', ['c1', '4000'])).toBe(
      `threadkeep:v2:{${ada}}:context:c1:4000`,
    );
    expect(cacheKey({ userId: ada }, 'context', ['c1', '4000'])).toBe(
      `threadkeep:v2:{${ada}}:context:c1:4000`,
    );
  });

  it('differs whenever the user, the kind or the parts differ', () => {
    fc.assert(
      fc.property(owned, owned, (one, other) => {
        const same =
          JSON.stringify([one.userId, one.kind, one.parts]) ===
          JSON.stringify([other.userId, other.kind, other.parts]);
        expect(
          cacheKey(one, one.kind, one.parts) === cacheKey(other, other.kind, other.parts),
        ).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [['a:b'], ['a', 'b']],
    [['a', ''], ['a']],
    [[], ['']],
    [['%003a'], [':']],
    [['\ud800'], ['\ufffd']],
    [['x'.repeat(200)], ['x'.repeat(201)]],
  ])('keeps %j and %j apart', (one, other) => {
    expect(cacheKey({ userId: ada }, 'k', one)).not.toBe(cacheKey({ userId: ada }, 'k', other));
  });

  it('is bounded however long its parts are, and holds nothing that separates or matches', () => {
    fc.assert(
      fc.property(owned, ({ userId, kind, parts }) => {
        const key = cacheKey({ userId }, kind, parts);
        expect(key.length).toBeLessThan(30 + 161 * 6);
        expect(key).toMatch(/^threadkeep:v2:\{[\w.%~-]+\}(:[\w.%~-]*)+$/);
      }),
    );
  });

  it('does not exist without a user, for the system, or for a user who does not exist yet', () => {
    expect(() => cacheKey({ kind: 'system', reason: 'test' }, 'k', [])).toThrow(ScopeMissingError);
    expect(() => cacheKey({ userId: '' }, 'k', [])).toThrow(ScopeMissingError);
    const provisional = new UserScope(ada, () => Promise.resolve(standingProof));
    expect(() => cacheKey(provisional, 'k', [])).toThrow(ScopeMissingError);
    provisional.settle(ada, standingProof);
    expect(cacheKey(provisional, 'k', [])).toContain(ada);
  });
});

describe('the pattern of a user', () => {
  it('matches the keys and leases of that user and of nobody else', () => {
    fc.assert(
      fc.property(owned, owned, anyText, (one, other, version) => {
        const key = cacheKey(one, one.kind, one.parts);
        expect(matches(userPattern(one.userId), key)).toBe(true);
        expect(matches(userPattern(one.userId), leaseKey(key, version))).toBe(true);
        expect(matches(userPattern(other.userId), key)).toBe(one.userId === other.userId);
      }),
      { numRuns: 1_000 },
    );
  });

  it('does not exist without a user', () => {
    expect(() => userPattern('')).toThrow(ScopeMissingError);
  });
});

describe('the key of a lease', () => {
  it('is no key of an entry, and differs by entry and by version', () => {
    const key = cacheKey({ userId: ada }, 'k', ['a']);
    expect(leaseKey(key, '1')).not.toBe(leaseKey(key, '2'));
    expect(leaseKey(key, '1')).not.toBe(leaseKey(cacheKey({ userId: ada }, 'k', ['b']), '1'));
    expect(cacheKey({ userId: ada }, 'k', ['a#1'])).not.toBe(leaseKey(key, '1'));
  });
});
