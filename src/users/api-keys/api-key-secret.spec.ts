import { describe, expect, it } from '@jest/globals';
import { hashSecret, hintOf, looksLikeSecret, newSecret } from './api-key-secret.js';

describe('the secret of an API key', () => {
  it('has 256 random bits after its prefix', () => {
    const secrets = new Set(Array.from({ length: 100 }, newSecret));
    expect(secrets.size).toBe(100);
    for (const secret of secrets) expect(secret).toMatch(/^tk_[A-Za-z0-9_-]{43}$/);
  });

  it('is stored as its SHA-256', () => {
    expect(hashSecret('tk_abc').toString('hex')).toBe(
      'c20d9bdb8c4b6e668ecf67ac3b47a2695fa7f358d80f7c20cb6a3c4c1ed1d1ab',
    );
  });

  it('has its last four characters as hint', () => {
    expect(hintOf('tk_0123456789')).toBe('6789');
  });

  it.each([newSecret(), `tk_${'a'.repeat(32)}`, `tk_${'-_9'.repeat(40)}`])(
    'is recognized in the form %s',
    (token) => {
      expect(looksLikeSecret(token)).toBe(true);
    },
  );

  it.each([
    '',
    'tk_',
    `tk_${'a'.repeat(31)}`,
    `tk_${'a'.repeat(129)}`,
    `tk_${'a'.repeat(32)}!`,
    ` ${newSecret()}`,
    `${newSecret()}\n`,
    `sk_${'a'.repeat(43)}`,
  ])('is not recognized in %j', (token) => {
    expect(looksLikeSecret(token)).toBe(false);
  });
});
