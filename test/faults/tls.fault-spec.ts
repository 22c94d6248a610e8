import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '../../src/platform/database/index.js';
import { schema } from '../../src/schema.js';
import { Api, type Appended } from '../support/api.js';
import { issueServerCertificate, makeAuthority } from '../support/certificates.js';
import { withClient } from '../support/database.js';
import { PrivatePostgres } from '../support/private-postgres.js';
import { Started } from '../support/processes.js';
import { eventually } from '../support/wait.js';

const SECRET = 'hunter2-is-a-secret';
const KEY = `tk_${randomBytes(32).toString('base64url')}`;
const ENCRYPTED = `select a.application_name as name, s.ssl from pg_stat_ssl s join pg_stat_activity a using (pid) where a.usename like 'threadkeep_tls%'`;

describe('TLS to the database', () => {
  let postgres: PrivatePostgres;
  let ours: string;
  let others: string;
  const started: Started[] = [];

  beforeAll(async () => {
    let files = { certificate: '', key: '' };
    const prepare = async (directory: string) => {
      ours = makeAuthority(directory, 'ours');
      others = makeAuthority(directory, 'others');
      files = issueServerCertificate(directory, 'ours', 'localhost');
    };
    postgres = await PrivatePostgres.start({
      prepare,
      settings: () => [
        'ssl = on',
        `ssl_cert_file = '${files.certificate}'`,
        `ssl_key_file = '${files.key}'`,
      ],
    });
    await postgres.createDatabase('app');
    await migrate(schema, postgres.url('app'), {
      url: url('threadkeep_tls'),
      systemUrl: url('threadkeep_tls_system'),
    });
    await postgres.allowOnlyEncrypted();
  });
  afterAll(() => postgres?.stop());
  afterEach(async () => {
    for (const one of started.splice(0)) if (!one.ended) await one.kill('SIGKILL');
  });

  /** The certificate is for localhost, not for its address. */
  function url(user: string, host = 'localhost', query = ''): string {
    const named = Object.assign(new URL(postgres.url('app')), { hostname: host, search: query });
    if (user !== 'owner') Object.assign(named, { username: user, password: SECRET });
    return String(named);
  }
  /** Of both logins. */
  const urls = (host = 'localhost', query = '') => ({
    DATABASE_URL: url('threadkeep_tls', host, query),
    DATABASE_SYSTEM_URL: url('threadkeep_tls_system', host, query),
  });
  function start(environment: Record<string, string>): Started {
    const one = Started.run({ BOOTSTRAP_API_KEY: KEY, ...environment });
    started.push(one);
    return one;
  }

  it.each([
    ['?sslmode=verify-full', 'localhost', () => ({ DB_SSL_CA_FILE: ours })],
    ['', 'localhost', () => ({ DB_SSL_CA_FILE: ours })],
    ['?sslmode=verify-ca', '127.0.0.1', () => ({ DB_SSL_CA_FILE: ours })],
    ['?sslmode=require', '127.0.0.1', () => ({})],
  ])('covers every connection with %j on %s', async (query, host, environment) => {
    const server = start({
      ...urls(host, query),
      DATABASE_ADMIN_URL: url('owner', host, query),
      ...environment(),
    });
    const api = new Api(await server.url(), {
      authorization: `Bearer ${KEY}`,
      'threadkeep-user': 'ada',
    });
    const { id } = (await api.post<{ id: string }>('/v1/conversations')).body;
    expect(
      (
        await api.post<Appended>(`/v1/conversations/${id}/messages`, {
          role: 'user',
          content: 'hello',
        })
      ).status,
    ).toBe(201);
    expect((await api.get('/health/ready')).status).toBe(200);
    api.close();
    const { rows } = await withClient(
      url('owner', 'localhost', '?sslmode=require&uselibpqcompat=true'),
      (client) => client.query<{ name: string; ssl: boolean }>(ENCRYPTED),
    );
    expect(rows.filter(({ ssl }) => !ssl)).toEqual([]);
    expect([...new Set(rows.map(({ name }) => name))].sort()).toEqual([
      'threadkeep',
      'threadkeep health',
      'threadkeep notifications',
    ]);
    expect(server.errors).toBe('');
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });
  });

  it.each([
    [
      'a certificate for another host',
      '?sslmode=verify-full',
      '127.0.0.1',
      () => ({ DB_SSL_CA_FILE: ours }),
      'name the host as the certificate does',
    ],
    [
      'a certificate of another CA',
      '?sslmode=verify-full',
      'localhost',
      () => ({ DB_SSL_CA_FILE: others }),
      'set sslrootcert in the URL or DB_SSL_CA_FILE',
    ],
    [
      'a certificate of another CA',
      '?sslmode=require',
      'localhost',
      () => ({ DB_SSL_CA_FILE: others }),
      'set sslrootcert in the URL or DB_SSL_CA_FILE',
    ],
    [
      'a certificate of no CA that the system knows',
      '?sslmode=verify-full',
      'localhost',
      () => ({}),
      'set sslrootcert in the URL or DB_SSL_CA_FILE',
    ],
    ['a connection in the clear', '?sslmode=disable', 'localhost', () => ({}), 'pg_hba.conf'],
  ])(
    'refuses %s with %j on %s, and says what to do',
    async (_title, query, host, environment, expected) => {
      const server = start({ ...urls(host, query), ...environment() });
      expect(await server.exit).toEqual({ code: 1, signal: null });
      expect(server.errors).toMatch(
        /^PostgreSQL at (localhost|127\.0\.0\.1):\d+\/app cannot be used: [^\n]+\n$/,
      );
      expect(server.errors).toContain(expected);
      expect(server.errors).not.toContain(SECRET);
    },
  );

  it('says so of a server without TLS', async () => {
    const encrypted = url('owner', 'localhost', '?sslmode=require&uselibpqcompat=true');
    await withClient(encrypted, (client) => client.query('alter system set ssl = off'));
    await withClient(encrypted, (client) => client.query('select pg_reload_conf()'));
    await eventually(() => withClient(encrypted, () => Promise.resolve(false)).catch(() => true));
    const server = start(urls('localhost', '?sslmode=require'));
    expect(await server.exit).toEqual({ code: 1, signal: null });
    expect(server.errors).toContain('Switch TLS on at the server, or say sslmode=disable.');
  });
});
