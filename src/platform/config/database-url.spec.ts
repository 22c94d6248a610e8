import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { tlsUrl } from './database-url.js';
import { loadConfig } from './config.js';

const directory = mkdtempSync(join(tmpdir(), 'threadkeep-tls-'));
const CA = join(directory, 'ca.pem');
const OTHER = join(directory, 'not-a-ca.pem');
writeFileSync(CA, '-----BEGIN CERTIFICATE-----\n');
writeFileSync(OTHER, 'hello');
afterAll(() => rmSync(directory, { recursive: true }));

const parse = createRequire(createRequire(import.meta.url).resolve('pg'))(
  'pg-connection-string',
) as (url: string) => { ssl?: Record<string, unknown> | false };
/** What pg makes of it: whether it encrypts, against which CA it checks, and whether it looks at the host name. */
function meaning(url: string): unknown {
  const { ssl } = parse(url);
  if (!ssl) return 'clear';
  return {
    checked: ssl['rejectUnauthorized'] !== false,
    ca: ssl['ca'] !== undefined,
    host: ssl['rejectUnauthorized'] !== false && !('checkServerIdentity' in ssl),
  };
}

describe('TLS of a database URL', () => {
  it.each([
    ['', undefined, 'clear'],
    ['?sslmode=disable', undefined, 'clear'],
    ['?sslmode=disable', CA, 'clear'],
    ['?sslmode=require', undefined, { checked: false, ca: false, host: false }],
    ['?sslmode=require', CA, { checked: true, ca: true, host: false }],
    [`?sslmode=verify-ca&sslrootcert=${CA}`, undefined, { checked: true, ca: true, host: false }],
    ['?sslmode=verify-ca', CA, { checked: true, ca: true, host: false }],
    [`?sslmode=verify-full&sslrootcert=${CA}`, OTHER, { checked: true, ca: true, host: true }],
    ['?sslmode=verify-full', undefined, { checked: true, ca: false, host: true }],
    ['?sslrootcert=system', undefined, { checked: true, ca: false, host: true }],
    ['', CA, { checked: true, ca: true, host: true }],
    [`?sslrootcert=${CA}`, undefined, { checked: true, ca: true, host: true }],
  ])('with %j and DB_SSL_CA_FILE %j is what libpq makes of it', (query, file, expected) => {
    expect(meaning(tlsUrl(`postgres://ada:p%40ss@db.example.com:6543/app${query}`, file))).toEqual(
      expected,
    );
  });

  it('leaves the rest of the URL as it is', () => {
    const url = new URL(
      tlsUrl(
        'postgres://ada.ref:p%40ss@db.example.com:6543/app?sslmode=require&application_name=x',
      ),
    );
    expect([
      url.username,
      url.password,
      url.host,
      url.pathname,
      url.searchParams.get('application_name'),
    ]).toEqual(['ada.ref', 'p%40ss', 'db.example.com:6543', '/app', 'x']);
  });

  it('has a host where pg would take this machine, so that everybody can read it', () => {
    expect(
      new URL(tlsUrl('postgres://ada:pw@/app?host=/var/run/postgresql')).searchParams.get('host'),
    ).toBe('/var/run/postgresql');
  });

  it.each([
    [
      '?sslmode=prefer',
      undefined,
      'sslmode must be one of disable, require, verify-ca, verify-full',
    ],
    ['?sslmode=no-verify', undefined, 'sslmode must be one of'],
    ['?sslmode=verify-ca', undefined, 'sslmode=verify-ca needs the CA'],
    ['?sslmode=require', '/nowhere/ca.pem', 'cannot be read: there is no such file'],
    ['?sslmode=require', OTHER, 'holds no certificate'],
  ])('refuses %j with DB_SSL_CA_FILE %j before anything starts', (query, file, problem) => {
    const env = {
      PORT: 'eighty',
      DATABASE_URL: `postgres://ada:secret@h/d${query}`,
      ...(file ? { DB_SSL_CA_FILE: file } : {}),
    };
    expect(() => loadConfig(env)).toThrow(problem);
    expect(() => loadConfig(env)).toThrow('PORT: ');
    expect(() => loadConfig(env)).not.toThrow('secret');
  });
});

describe('the URLs of replicas', () => {
  it('are taken, and not behind a transaction pooler, where their role could not be lowered', () => {
    expect(loadConfig({}).replicaUrls).toEqual([]);
    expect(
      loadConfig({ DATABASE_REPLICA_URLS: 'postgres://a/db, postgresql://b/db' }).replicaUrls,
    ).toEqual(['postgres://a/db', 'postgresql://b/db']);
    expect(() => loadConfig({ DATABASE_REPLICA_URLS: 'postgres://a/db,b' })).toThrow(
      'DATABASE_REPLICA_URLS',
    );
    expect(() =>
      loadConfig({ DATABASE_REPLICA_URLS: 'postgres://a/db', DB_TRANSACTION_POOLER: 'true' }),
    ).toThrow('cannot be set together');
  });
});
