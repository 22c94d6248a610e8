import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '../../src/platform/database/index.js';
import { schema } from '../../src/schema.js';
import { withClient } from '../support/database.js';
import { PrivatePostgres } from '../support/private-postgres.js';
import { freePort, Started } from '../support/processes.js';
import { TcpProxy } from '../support/proxy.js';
import { StubPostgres } from '../support/stub-postgres.js';

const SECRET = 'hunter2-is-a-secret';
/** Milliseconds: longer than all timeouts of a start together, also on a busy machine. */
const HANG_MS = 120_000;

interface Unusable {
  url: string;
  close: () => Promise<void>;
}

const at = (port: number): string => `postgres://ada:${SECRET}@127.0.0.1:${port}/threadkeep`;

const SERVERS: Record<string, () => Promise<Unusable>> = {
  'refuses connections': async () => ({
    url: at(await freePort()),
    close: () => Promise.resolve(),
  }),
  'takes connections and never answers': async () => {
    const proxy = await TcpProxy.inFrontOf(process.env['TEST_ADMIN_URL']!);
    proxy.set('blackhole');
    return { url: at(proxy.port), close: () => proxy.close() };
  },
  'falls silent after the login': async () => {
    const stub = await StubPostgres.answering(null);
    return { url: at(stub.port), close: () => stub.close() };
  },
};

describe('a start on a server that cannot be used', () => {
  let postgres: PrivatePostgres;
  const started: Started[] = [];
  beforeAll(async () => {
    // Nothing was ever set up on it, unlike on the server that all tests share.
    postgres = await PrivatePostgres.start();
    await postgres.createDatabase('bare');
    await withClient(postgres.url(), (client) =>
      client.query(`create role ada login password '${SECRET}'`),
    );
  });
  afterAll(() => postgres.stop());
  afterEach(async () => {
    for (const one of started.splice(0)) if (!one.ended) await one.kill('SIGKILL');
  });

  /** One line, without hanging, and no password in it. */
  async function refusal(environment: Record<string, string>): Promise<string> {
    const begun = Date.now();
    const one = Started.run(environment);
    started.push(one);
    expect(await one.exit).toEqual({ code: 1, signal: null });
    expect(Date.now() - begun).toBeLessThan(HANG_MS);
    expect(one.output).toBe('');
    expect(one.errors).toMatch(/^[^\n]+\n$/);
    for (const secret of [SECRET, new URL(postgres.url()).password])
      expect(one.errors).not.toContain(secret);
    return one.errors;
  }
  const ada = (database = 'bare', changes: Partial<URL> = {}) =>
    String(
      Object.assign(new URL(postgres.url(database)), {
        username: 'ada',
        password: SECRET,
        ...changes,
      }),
    );

  it.each(Object.keys(SERVERS))('names one that %s, and the variable', async (what) => {
    const server = await SERVERS[what]!();
    const refused = async (variable: string) => {
      const said = await refusal({ [variable]: server.url });
      expect(said).toContain(
        `PostgreSQL at 127.0.0.1:${new URL(server.url).port}/threadkeep cannot be used: `,
      );
      expect(said).toContain(`is it the server that ${variable} should name?`);
    };
    try {
      await Promise.all(['DATABASE_URL', 'DATABASE_ADMIN_URL'].map(refused));
    } finally {
      await server.close();
    }
  });

  it('names the version of one that is too old, and the one that is needed', async () => {
    const stub = await StubPostgres.answering('130004');
    try {
      for (const variable of ['DATABASE_URL', 'DATABASE_ADMIN_URL']) {
        expect(await refusal({ [variable]: at(stub.port) })).toContain(
          `PostgreSQL at 127.0.0.1:${stub.port} is version 13; Threadkeep needs 15 or newer.`,
        );
      }
    } finally {
      await stub.close();
    }
  });

  it.each([
    [
      'a wrong password',
      () => ada('bare', { password: `${SECRET}x` }),
      'password authentication failed for user "ada". Check the user and the password in DATABASE_URL',
    ],
    [
      'no password',
      () => ada('bare', { password: '' }),
      "Put the user's password into DATABASE_URL.",
    ],
    [
      'a database that is not there',
      () => ada('nowhere'),
      'database "nowhere" does not exist. Create it (createdb nowhere)',
    ],
    [
      'a host that nobody knows',
      () => ada('bare', { hostname: 'nowhere.invalid' }),
      'nowhere.invalid',
    ],
    [
      'a server that was never set up',
      () => ada(),
      'was never set up for Threadkeep: it has no roles of its own. Start with DATABASE_ADMIN_URL',
    ],
  ])('says what to do about %s', async (_title, url, expected) => {
    expect(await refusal({ DATABASE_URL: url() })).toContain(expected);
  });

  it('says which rights an owner lacks, and then what either login lacks, or may do too much', async () => {
    expect(await refusal({ DATABASE_ADMIN_URL: ada() })).toContain(
      'As a superuser, run: alter role "ada" createrole; grant create on database "bare" to "ada"',
    );
    const url = await postgres.createDatabase('migrated');
    await migrate(schema, url);
    const inside = (sql: string) =>
      withClient(url, (client) => client.query<{ app: string; system: string }>(sql));
    const [roles] = (
      await inside(
        `select 'threadkeep_app_' || oid as app, 'threadkeep_system_' || oid as system from pg_database where datname = 'migrated'`,
      )
    ).rows;
    const { app, system } = roles!;
    expect(await refusal({ DATABASE_URL: ada('migrated') })).toContain(
      `The role ada of DATABASE_URL is no member of ${app}. Run "grant ${app} to ada"`,
    );
    await inside(`grant ${app} to ada`);
    expect(await refusal({ DATABASE_URL: ada('migrated') })).toMatch(
      /^The system needs a login of its own: set DATABASE_SYSTEM_URL\. .*npx threadkeep migrate$/m,
    );
    await inside(`create role bob login password '${SECRET}'; grant ${system} to ada`);
    const bob = ada('migrated', { username: 'bob' });
    expect(await refusal({ DATABASE_URL: ada('migrated'), DATABASE_SYSTEM_URL: bob })).toContain(
      `may act as ${system}, so that whoever injects SQL could. Run "revoke ${system} from ada"`,
    );
    await inside(`revoke ${system} from ada`);
    expect(await refusal({ DATABASE_URL: ada('migrated'), DATABASE_SYSTEM_URL: bob })).toContain(
      `The role bob of DATABASE_SYSTEM_URL is no member of ${system}. Run "grant ${system} to bob"`,
    );
    expect(await refusal({ DATABASE_URL: ada('migrated'), DATABASE_SYSTEM_URL: url })).toContain(
      'of DATABASE_SYSTEM_URL may do more than the system needs',
    );
    await inside(`grant ${system} to bob`);
    await inside(
      `delete from threadkeep.threadkeep_migrations where name = (select max(name) from threadkeep.threadkeep_migrations)`,
    );
    expect(await refusal({ DATABASE_URL: ada('migrated'), DATABASE_SYSTEM_URL: bob })).toMatch(
      /lacks 1 migration\(s\): .*npx threadkeep migrate$/m,
    );
  });
});
