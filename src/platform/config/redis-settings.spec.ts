import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from './config.js';

const directory = mkdtempSync(join(tmpdir(), 'threadkeep-redis-settings-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = (name: string, text: string) => (
  writeFileSync(join(directory, name), text),
  join(directory, name)
);

const CERTIFICATE = rootCertificates[0]!;
const CA = file('ca.pem', CERTIFICATE);
const KEY = file(
  'own.key',
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string,
);
const BROKEN = file(
  'broken.pem',
  '-----BEGIN CERTIFICATE-----\nhello\n-----END CERTIFICATE-----\n',
);
const OTHER = file('other.pem', 'hello');
const TLS = 'rediss://app:secret@redis.example.com:6380/1';

describe('TLS to Redis', () => {
  it.each([
    ['redis://localhost', {}, undefined],
    [TLS, {}, {}],
    [TLS, { REDIS_CA: CA }, { ca: CERTIFICATE }],
    [TLS, { REDIS_CA: CERTIFICATE }, { ca: CERTIFICATE }],
  ])('of %s with %j is what is said', (REDIS_URL, env, tls) => {
    expect(loadConfig({ REDIS_URL, ...env }).redis).toEqual({ url: REDIS_URL, tls });
  });

  it.each([
    [
      { REDIS_URL: 'redis://app:secret@localhost', REDIS_CA: CA },
      'REDIS_CA: needs a rediss:// URL',
    ],
    [
      { REDIS_URL: 'redis://app:secret@localhost', REDIS_CERT: CA, REDIS_KEY: KEY },
      'REDIS_CERT: needs a rediss:// URL',
    ],
    [{ REDIS_CA: CA }, 'REDIS_CA: needs a rediss:// URL'],
    [
      { REDIS_URL: TLS, REDIS_CA: '/nowhere/ca.pem' },
      'REDIS_CA: cannot be read: there is no such file',
    ],
    [{ REDIS_URL: TLS, REDIS_CA: OTHER }, 'REDIS_CA: holds no certificate in PEM'],
    [{ REDIS_URL: TLS, REDIS_CA: KEY }, 'REDIS_CA: holds no certificate in PEM'],
    [{ REDIS_URL: TLS, REDIS_CA: BROKEN }, 'REDIS_CA: holds a certificate that cannot be read'],
    [{ REDIS_URL: TLS, REDIS_CERT: CA }, 'REDIS_KEY: is needed too'],
    [{ REDIS_URL: TLS, REDIS_KEY: KEY }, 'REDIS_CERT: is needed too'],
    [{ REDIS_URL: TLS, REDIS_CERT: CA, REDIS_KEY: CA }, 'REDIS_KEY: holds no private key in PEM'],
    [
      { REDIS_URL: TLS, REDIS_CERT: CA, REDIS_KEY: KEY },
      'REDIS_KEY: is not the key of the certificate',
    ],
  ])('is refused with %j, beside all other problems, and shows no secret', (env, problem) => {
    const load = () => loadConfig({ PORT: 'eighty', ...env });
    expect(load).toThrow(problem);
    expect(load).toThrow('PORT: ');
    expect(load).not.toThrow('secret');
  });
});
