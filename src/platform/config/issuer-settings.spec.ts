import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from './config.js';

const SECRET = 'a-secret-of-thirty-two-characters';
const issuer = 'https://auth.example.com';
const jwksUrl = 'https://auth.example.com/jwks.json';

const issuersOf = (...entries: object[]) =>
  loadConfig({ JWT_ISSUERS: JSON.stringify(entries) }).identity.tokenIssuers;

describe('JWT_ISSUERS', () => {
  it('has strict defaults', () => {
    expect([...issuersOf({ issuer, jwksUrl, audience: 'us' }).values()]).toEqual([
      {
        ...{ issuer, jwksUrl, audience: ['us'], audienceClaim: 'aud', types: ['jwt'] },
        algorithms: ['RS256', 'ES256', 'EdDSA'],
        require: {},
        claims: { subject: 'sub' },
      },
    ]);
    expect(issuersOf({ issuer, secret: SECRET, audience: 'us' }).get(issuer)!.algorithms).toEqual([
      'HS256',
    ]);
    expect(loadConfig({}).identity.tokenIssuers.size).toBe(0);
  });

  it('reads types as they are compared', () => {
    const types = ['application/AT+JWT', null];
    const found = issuersOf({ issuer, jwksUrl, audience: ['us'], types }).get(issuer)!;
    expect(found.types).toEqual(['at+jwt', null]);
  });

  it('may be in a file, and not in both places', () => {
    const folder = mkdtempSync(join(tmpdir(), 'issuers-'));
    const file = join(folder, 'issuers.json');
    const text = JSON.stringify([{ issuer, jwksUrl, audience: 'us' }]);
    writeFileSync(file, text);
    expect(loadConfig({ JWT_ISSUERS_FILE: file }).identity.tokenIssuers.size).toBe(1);
    expect(() => loadConfig({ JWT_ISSUERS_FILE: file, JWT_ISSUERS: text })).toThrow(
      'JWT_ISSUERS_FILE: cannot be set together with JWT_ISSUERS',
    );
    rmSync(folder, { recursive: true });
    expect(() => loadConfig({ JWT_ISSUERS_FILE: file })).toThrow(
      'JWT_ISSUERS_FILE: cannot be read: there is no such file',
    );
  });

  it.each([
    ['no JSON', SECRET],
    ['no list', { issuer, secret: SECRET, audience: 'us' }],
    ['no issuer', [{ secret: SECRET, audience: 'us' }]],
    ['no audience', [{ issuer, secret: SECRET }]],
    ['an empty list of audiences', [{ issuer, secret: SECRET, audience: [] }]],
    ['no key', [{ issuer, audience: 'us' }]],
    ['a short secret', [{ issuer, secret: SECRET.slice(0, 31), audience: 'us' }]],
    ['HMAC without a secret', [{ issuer, jwksUrl, audience: 'us', algorithms: ['HS256'] }]],
    [
      'a key pair without a URL',
      [{ issuer, secret: SECRET, audience: 'us', algorithms: ['RS256'] }],
    ],
    ['the algorithm none', [{ issuer, secret: SECRET, audience: 'us', algorithms: ['none'] }]],
    ['an unknown field', [{ issuer, secret: SECRET, audience: 'us', audiences: ['us'] }]],
    ['a URL that is no URL', [{ issuer, jwksUrl: 'auth.example.com', audience: 'us' }]],
    [
      'an issuer twice',
      [
        { issuer, jwksUrl, audience: 'us' },
        { issuer, secret: SECRET, audience: 'us' },
      ],
    ],
  ])('is refused with %s, without a word of the value', (_title, value) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    let message = '';
    try {
      loadConfig({ JWT_ISSUERS: text });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('JWT_ISSUERS: must be a JSON list');
    expect(message).not.toContain('a-secret');
    expect(message).not.toContain('auth.example.com');
  });
});
