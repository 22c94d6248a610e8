import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decrypt, encrypt, encryptSame } from './cipher.js';

const key = createSecretKey(randomBytes(32));
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const words = fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 6 });

describe('what is sealed the same', () => {
  it('has the same bytes for the same text and place only, and opens', () => {
    const [key, other] = [createSecretKey(randomBytes(32)), createSecretKey(randomBytes(32))];
    const seal = (text: string, ...bound: string[]) => encryptSame(key, Buffer.from(text), bound);
    const sealed = seal('a secret', 'place');
    expect(seal('a secret', 'place')).toEqual(sealed);
    expect(decrypt(key, sealed, ['place'])?.toString()).toBe('a secret');
    const others = [
      seal('a secret.', 'place'),
      seal('a secret', 'elsewhere'),
      encryptSame(other, Buffer.from('a secret'), ['place']),
      encrypt(key, Buffer.from('a secret'), ['place']),
    ].map((one) => one.subarray(1, 13).toString('hex'));
    expect(new Set([...others, sealed.subarray(1, 13).toString('hex')]).size).toBe(5);
  });
});

describe('what is sealed', () => {
  it('opens again to the same bytes', () => {
    fc.assert(
      fc.property(bytes, words, (plaintext, bound) =>
        expect(decrypt(key, encrypt(key, plaintext, bound), bound)).toEqual(plaintext),
      ),
    );
  });

  it('is never the same twice, and shows no part of the plaintext', () => {
    const plaintext = Buffer.from('a secret that would be noticed');
    const sealed = Array.from({ length: 100 }, () => encrypt(key, plaintext, []));
    expect(new Set(sealed.map((one) => one.toString('hex'))).size).toBe(100);
    for (const one of sealed) expect(one.includes(plaintext.subarray(0, 4))).toBe(false);
  });

  it('does not open with any byte changed', () => {
    const changed = fc.tuple(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(changed, words, ([plaintext, at, flip], bound) => {
        const sealed = encrypt(key, plaintext, bound);
        sealed[at % sealed.length]! ^= flip;
        expect(decrypt(key, sealed, bound)).toBeNull();
      }),
    );
  });

  it('does not open when it is cut anywhere, or longer than it was', () => {
    const sealed = encrypt(key, Buffer.from('some plaintext'), ['a']);
    for (let length = 0; length < sealed.length; length++) {
      expect(decrypt(key, sealed.subarray(0, length), ['a'])).toBeNull();
      expect(decrypt(key, sealed.subarray(sealed.length - length), ['a'])).toBeNull();
    }
    expect(decrypt(key, Buffer.concat([sealed, Buffer.of(0)]), ['a'])).toBeNull();
  });

  it('does not open under another version', () => {
    const sealed = encrypt(key, Buffer.from('x'), []);
    for (let version = 0; version < 256; version++) {
      sealed[0] = version;
      expect(decrypt(key, sealed, []) === null).toBe(version !== 1);
    }
  });

  it('does not open where anything else is said, however it is split into words', () => {
    fc.assert(
      fc.property(bytes, words, words, (plaintext, bound, other) => {
        fc.pre(JSON.stringify(bound) !== JSON.stringify(other));
        expect(decrypt(key, encrypt(key, plaintext, bound), other)).toBeNull();
      }),
    );
    const sealed = encrypt(key, Buffer.from('x'), ['a', 'b']);
    for (const other of [['ab'], ['a,b'], ['a","b'], ['b', 'a'], ['a', 'b', '']])
      expect(decrypt(key, sealed, other)).toBeNull();
  });

  it('does not open with another key', () => {
    expect(
      decrypt(createSecretKey(randomBytes(32)), encrypt(key, Buffer.from('x'), []), []),
    ).toBeNull();
  });
});
