import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/platform/config/config.js';
import { EmbeddedPostgres } from '../../src/platform/database/setup/embedded/embedded-postgres.js';
import type { DatabaseRoles } from '../../src/platform/database/setup/database-roles.js';
import { DatabaseSetupError, migrate, prepareDatabase } from '../../src/platform/database/index.js';
import { schema } from '../../src/schema.js';
import { census } from '../support/census.js';
import { createTestDatabase, type TestDatabase, withClient } from '../support/database.js';
import { freePort } from '../support/processes.js';

const USER = '00000000-0000-7000-8000-00000000000a';

const POOLER: Record<string, string> = { DB_TRANSACTION_POOLER: 'true' };

/** A server, and in it an owner who is no superuser, with a database. */
class OwnedDatabase {
  readonly name = `threadkeep_owned_${randomBytes(4).toString('hex')}`;
  readonly owner = `${this.name}_owner`;
  readonly roles: string[] = [];

  constructor(private readonly superuserUrl: string) {}

  async create(): Promise<void> {
    await this.role(this.owner, 'login createrole');
    await this.asSuperuser(`create database ${this.name} owner ${this.owner}`, 'postgres');
  }

  async role(name: string, options: string): Promise<string> {
    await this.asSuperuser(`create role ${name} ${options} password 'secret of ${name}'`);
    this.roles.push(name);
    return this.url(name);
  }

  url(user: string): string {
    return String(
      Object.assign(new URL(this.superuserUrl), {
        username: user,
        password: `secret of ${user}`,
        pathname: `/${this.name}`,
      }),
    );
  }

  asSuperuser(sql: string, database = 'postgres') {
    return withClient(
      String(Object.assign(new URL(this.superuserUrl), { pathname: `/${database}` })),
      (client) => client.query(sql),
    );
  }

  inside = (sql: string) => this.asSuperuser(sql, this.name);
  as = (user: string, sql: string) => withClient(this.url(user), (client) => client.query(sql));

  async drop(): Promise<void> {
    await this.asSuperuser(`drop database if exists ${this.name} with (force)`);
    for (const role of this.roles)
      await this.asSuperuser(`drop owned by ${role}`).then(() =>
        this.asSuperuser(`drop role ${role}`),
      );
  }
}

const prepare = async (environment: Record<string, string>) => {
  const prepared = await prepareDatabase(loadConfig(environment), schema);
  prepared.connection.breaker?.stop();
  await prepared.stop();
  return prepared;
};

const serve = async (environment: Record<string, string>) =>
  (await prepare(environment)).connection;

/** Who the server sees on such a connection, and whether it could read around the policies. */
const facts = async ({ url, options }: { url: string; options?: string | undefined }) => {
  const query =
    'select current_user as role, session_user as login, (select count(*)::int from threadkeep.app_user) as seen';
  const { rows } = await withClient(
    url,
    (client) => client.query(query),
    options ? { options } : {},
  );
  return rows[0] as unknown;
};

describe.each([
  [
    'that has the roles of Threadkeep',
    () => Promise.resolve({ url: process.env['TEST_ADMIN_URL']!, stop: () => Promise.resolve() }),
  ],
  ['that never saw Threadkeep', freshServer],
])('on a server %s, an owner who is no superuser', (_title, start) => {
  let server: { url: string; stop: () => Promise<void> };
  let database: OwnedDatabase;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = new OwnedDatabase(server.url);
    await database.create();
  });
  afterEach(() => database.drop());

  it('migrates, and is bound by the policies like everybody', async () => {
    expect((await migrate(schema, database.url(database.owner))).length).toBeGreaterThan(0);
    await database.inside(`insert into threadkeep.app_user (id) values ('${USER}')`);
    expect((await database.as(database.owner, 'select from threadkeep.app_user')).rowCount).toBe(0);
    expect((await database.as(database.owner, 'delete from threadkeep.app_user')).rowCount).toBe(0);
    await expect(
      database.as(
        database.owner,
        `insert into threadkeep.app_user (id) values (gen_random_uuid())`,
      ),
    ).rejects.toMatchObject({ code: '42501' });
    expect((await database.inside('select from threadkeep.app_user')).rowCount).toBe(1);
  });
});

async function freshServer() {
  const directory = await mkdtemp(join(tmpdir(), 'threadkeep-roles-'));
  await chmod(directory, 0o711);
  const server = await EmbeddedPostgres.start(directory);
  return {
    url: server.adminUrl,
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

describe('the logins that serve', () => {
  let server: { url: string; stop: () => Promise<void> };
  let database: OwnedDatabase;
  let login: string;
  let roles: DatabaseRoles;
  /** Fresh, because the owner may only grant what it made itself. */
  beforeAll(async () => {
    server = await freshServer();
    database = new OwnedDatabase(server.url);
    await database.create();
    await migrate(schema, database.url(database.owner));
    await database.inside(`insert into threadkeep.app_user (id) values ('${USER}')`);
    const { rows } = await database.inside(
      `select oid from pg_database where datname = current_database()`,
    );
    roles = { app: `threadkeep_app_${rows[0].oid}`, system: `threadkeep_system_${rows[0].oid}` };
  });
  beforeEach(() => {
    login = `threadkeep_login_${randomBytes(4).toString('hex')}`;
  });
  afterAll(() => server.stop());

  const adminUrl = () => database.url(database.owner);
  const wrong = (url: string) => String(Object.assign(new URL(url), { password: 'wrong' }));

  it('are made when they do not exist, with their passwords: that of requests sees no row by itself, that of the system each', async () => {
    const systemLogin = `${login}_system`;
    database.roles.push(login, systemLogin);
    const { connection, system } = await prepare({
      DATABASE_ADMIN_URL: adminUrl(),
      DATABASE_URL: database.url(login),
      DATABASE_SYSTEM_URL: database.url(systemLogin),
    });
    expect(await facts(connection)).toEqual({ role: login, login, seen: 0 });
    expect(await facts(system)).toEqual({ role: systemLogin, login: systemLogin, seen: 1 });
    for (const { url } of [connection, system])
      await expect(
        withClient(wrong(url), (client) => client.query('select 1')),
      ).rejects.toMatchObject({ code: '28P01' });
  });

  it('are members of their roles when they existed and were none', async () => {
    await database.role(login, 'login');
    const { system } = await prepare({
      DATABASE_ADMIN_URL: adminUrl(),
      DATABASE_URL: database.url(login),
    });
    expect(
      await facts(
        await serve({ DATABASE_URL: database.url(login), DATABASE_SYSTEM_URL: system.url }),
      ),
    ).toEqual({ role: login, login, seen: 0 });
  });

  it.each([
    [
      'the owner, whoever names it',
      async () => [{ DATABASE_ADMIN_URL: adminUrl() }, { DATABASE_URL: adminUrl() }],
    ],
    ['a superuser', async () => [{ DATABASE_URL: await database.role(login, 'login superuser') }]],
  ])('are made from that of %s, and neither may become the other', async (_title, environments) => {
    for (const environment of (await environments()) as Record<string, string>[]) {
      const { connection, system } = await prepare(environment);
      const [requests, services] = [await facts(connection), await facts(system)] as {
        role: string;
        seen: number;
      }[];
      expect(requests).toMatchObject({
        role: expect.stringMatching(`^${roles.app}_login_\\d+$`),
        seen: 0,
      });
      expect(services).toMatchObject({
        role: expect.stringMatching(`^${roles.system}_login_\\d+$`),
        seen: 1,
      });
      const becoming = (url: string, role: string) =>
        expect(withClient(url, (client) => client.query(`set role ${role}`))).rejects.toMatchObject(
          { code: '42501' },
        );
      for (const role of [roles.system, services!.role, database.owner])
        await becoming(connection.url, role);
      for (const role of [roles.app, requests!.role, database.owner])
        await becoming(system.url, role);
      for (const { url } of [connection, system])
        await expect(
          withClient(wrong(url), (client) => client.query('select 1')),
        ).rejects.toMatchObject({ code: '28P01' });
    }
  });

  it('have new passwords when the owner has a new one', async () => {
    const url = await database.role(login, 'login superuser');
    await prepare({ DATABASE_URL: url });
    await database.asSuperuser(`alter role ${login} password 'another'`);
    const { connection, system } = await prepare({
      DATABASE_URL: String(Object.assign(new URL(url), { password: 'another' })),
    });
    for (const one of [connection, system])
      expect(await facts(one)).toMatchObject({ role: expect.stringContaining('_login_') });
  });

  it.each([
    [
      'is a superuser behind a transaction pooler, where no other can be made',
      'login superuser',
      POOLER,
      /not bound by.*transaction pooler/,
    ],
    [
      'bypasses policies behind a transaction pooler',
      'login bypassrls',
      POOLER,
      /not bound by row-level security/,
    ],
    [
      'is no member of the runtime role',
      'login',
      {},
      /is no member of threadkeep_app_\d+.*grant threadkeep_app_\d+ to/,
    ],
  ])('are refused when that of requests %s', async (_title, options, environment, message) => {
    const url = await database.role(login, options);
    const refused = serve({ DATABASE_URL: url, ...environment });
    await expect(refused).rejects.toThrow(DatabaseSetupError);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.not.toThrow('secret');
  });

  it.each([
    ['is a member of a superuser', 'superuser'],
    ['is a member of a role that bypasses policies', 'bypassrls'],
    ['is, two steps away, a member of a superuser', 'superuser', 'nologin'],
    ['may run programs as the server', 'pg_execute_server_program'],
    ['may write files as the server', 'pg_write_server_files'],
  ])('are refused when one of them, that owns nothing, %s', async (_title, ...steps) => {
    const [requests, services] = [
      await database.role(login, 'login'),
      await database.role(`${login}_system`, 'login'),
    ];
    await database.asSuperuser(
      `grant ${roles.app} to ${login}; grant ${roles.system} to ${login}_system`,
    );
    const environment = { DATABASE_URL: requests, DATABASE_SYSTEM_URL: services };
    await serve(environment);
    let group = steps[0]!;
    for (const [index, options] of steps.entries()) {
      if (options.startsWith('pg_')) continue;
      const next = `${login}_group_${index}`;
      await database.role(next, options);
      if (index > 0) await database.asSuperuser(`grant ${group} to ${next}`);
      group = next;
    }
    for (const [member, message] of [
      [
        login,
        /of DATABASE_URL may give itself the rights of threadkeep_system_\d+, by \w+, .*As a superuser, run: revoke \w+ from/,
      ],
      [`${login}_system`, /of DATABASE_SYSTEM_URL may do more than the system needs/],
    ] as const) {
      await database.asSuperuser(`grant ${group} to ${member}`);
      const refused = serve(environment);
      await expect(refused).rejects.toThrow(DatabaseSetupError);
      await expect(refused).rejects.toThrow(message);
      await database.asSuperuser(`revoke ${group} from ${member}`);
    }
    await serve(environment);
  });

  it('are refused when one that is made from the owner was given more since', async () => {
    const { connection } = await prepare({ DATABASE_URL: adminUrl() });
    const made = new URL(connection.url).username;
    await database.asSuperuser(`alter role ${made} bypassrls`);
    await expect(serve({ DATABASE_URL: adminUrl() })).rejects.toThrow(
      `The role ${made}, which was made for it, may do more than ${roles.app} may`,
    );
    await database.asSuperuser(`alter role ${made} nobypassrls`);
    await serve({ DATABASE_URL: adminUrl() });
  });

  it('are named by their own server when that cannot be reached, and not by the one of the owner', async () => {
    const port = await freePort();
    const elsewhere = String(Object.assign(new URL(database.url(login)), { port }));
    await expect(
      serve({ DATABASE_ADMIN_URL: adminUrl(), DATABASE_URL: elsewhere }),
    ).rejects.toThrow(`PostgreSQL at 127.0.0.1:${port}/`);
  });

  it('are refused with the command to run when the owner may not grant', async () => {
    const stranger = await database.role(`${login}_stranger`, 'login');
    await database.asSuperuser(
      `grant ${database.owner} to ${login}_stranger; alter role ${login}_stranger nocreaterole`,
    );
    const refused = serve({ DATABASE_ADMIN_URL: stranger, DATABASE_URL: database.url(login) });
    await expect(refused).rejects.toThrow(
      `As a superuser, run: create role "${login}" login password '...' in role "${roles.app}"`,
    );
    await expect(refused).rejects.toThrow(DatabaseSetupError);
  });
});

describe('a role of a database that was there before its first migration', () => {
  let database: OwnedDatabase;
  let role: string;
  beforeEach(async () => {
    database = new OwnedDatabase(process.env['TEST_ADMIN_URL']!);
    await database.create();
    const { rows } = await database.inside(
      `select oid from pg_database where datname = current_database()`,
    );
    role = `threadkeep_system_${rows[0].oid}`;
  });
  afterEach(async () => {
    const { rows } = await database.inside(
      `select rolname from pg_roles, pg_database d where d.datname = current_database() and rolname ~ ('^threadkeep_(app|system)_' || d.oid || '$')`,
    );
    database.roles.push(...rows.map(({ rolname }) => String(rolname)));
    await database.drop();
  });

  const first = () => migrate(schema, database.url(database.owner));
  const isTaken = async () => {
    const { rows } = await database.inside(
      `select rolcanlogin or rolcreaterole or rolsuper or exists (select from pg_auth_members where '${role}'::regrole in (roleid, member) and member <> '${database.owner}'::regrole) as taken from pg_roles where rolname = '${role}'`,
    );
    return rows[0].taken as boolean;
  };

  it.each([
    ['can log in', () => database.asSuperuser(`create role ${role} login password 'mine'`)],
    [
      'has a member',
      async () => {
        await database.role(`${database.name}_squatter`, 'login');
        await database.asSuperuser(`create role ${role} nologin role ${database.name}_squatter`);
      },
    ],
    [
      'has a member who may let others in',
      async () => {
        await database.role(`${database.name}_squatter`, 'login');
        await database.asSuperuser(`create role ${role} nologin admin ${database.name}_squatter`);
      },
    ],
    [
      'may do more than the system',
      () => database.asSuperuser(`create role ${role} nologin superuser createrole`),
    ],
    [
      'is a member of another',
      async () => {
        await database.role(`${database.name}_group`, 'nologin');
        await database.asSuperuser(`create role ${role} nologin in role ${database.name}_group`);
      },
    ],
  ])(
    'is not taken over when it %s, and is once what the error says was done',
    async (_title, make) => {
      await make();
      const error = await first().then(
        () => undefined,
        (thrown: unknown) => thrown as Error,
      );
      expect(error).toBeInstanceOf(DatabaseSetupError);
      expect(error!.message).toMatch(
        new RegExp(
          `^The role ${role} was there before this database had roles, and others could use it\\. As a superuser, run: .+$`,
        ),
      );
      await database.asSuperuser(error!.message.split('run: ')[1]!);
      await first();
      expect(await isTaken()).toBe(false);
      expect(await first()).toEqual([]);
    },
  );

  it.each([
    ['its owner', () => database.as(database.owner, `create role ${role} nologin`)],
    ['a superuser', () => database.asSuperuser(`create role ${role} nologin`)],
  ])('is used when %s made it, and nobody else could use it', async (_title, make) => {
    await make();
    await first();
    expect(await isTaken()).toBe(false);
  });

  it('has its members afterwards, whatever migrates again', async () => {
    await first();
    await database.role(`${database.name}_login`, 'login');
    await database.asSuperuser(`grant ${role} to ${database.name}_login`);
    await database.inside('grant select on threadkeep.app_user to threadkeep_app');
    await first();
    expect(await isTaken()).toBe(true);
  });
});

describe('roles of two databases of a server', () => {
  let databases: TestDatabase[];
  beforeAll(async () => {
    databases = [
      await createTestDatabase({ template: null }),
      await createTestDatabase({ template: null }),
    ];
    for (const { adminUrl } of databases) await migrate(schema, adminUrl);
  });
  afterAll(async () => {
    for (const { drop } of databases) await drop();
  });

  const GRANTEES = `select distinct grantee from (select grantee::regrole::text from pg_class, aclexplode(relacl)) as granted (grantee) where grantee ~ '^threadkeep_(app|system)' order by 1`;

  it('are others, and have nothing in each other', async () => {
    const [here, there] = await Promise.all(databases.map(({ admin }) => admin(GRANTEES)));
    const names = ({ rows }: { rows: Record<string, unknown>[] }) =>
      rows.map(({ grantee }) => String(grantee));
    expect(names(here!)).toEqual([
      expect.stringMatching(/^threadkeep_app_\d+$/),
      expect.stringMatching(/^threadkeep_system_\d+$/),
    ]);
    expect(names(here!)).not.toEqual(expect.arrayContaining(names(there!)));
  });

  it('let their logins into no other database that was isolated', async () => {
    const [here, there] = databases as [TestDatabase, TestDatabase];
    const mine = await prepare({ DATABASE_URL: here.adminUrl });
    const entering = (url: string) => withClient(url, (client) => client.query('select 1'));
    const elsewhere = String(
      Object.assign(new URL(mine.system.url), { pathname: `/${there.name}` }),
    );
    await entering(elsewhere);
    await migrate(schema, there.adminUrl, {}, { isolate: true });
    await expect(entering(elsewhere)).rejects.toMatchObject({ code: '42501' });
    const theirs = await prepare({ DATABASE_URL: there.adminUrl });
    for (const { url } of [theirs.connection, theirs.system, mine.system]) await entering(url);
  });

  it('keep nobody in an isolated database who was let in before, nor after', async () => {
    const database = await createTestDatabase({ template: null });
    const [guest, friend] = [`${database.name}_guest`, `${database.name}_friend`];
    for (const login of [guest, friend])
      await database.admin(`create role ${login} login password 'secret'`);
    const as = (username: string, sql: string) =>
      withClient(
        String(Object.assign(new URL(database.adminUrl), { username, password: 'secret' })),
        (client) => client.query(sql),
      );
    await migrate(schema, database.adminUrl);
    for (const when of ['before', 'after']) {
      await database.admin(
        `grant connect, temporary on database ${database.name} to ${guest} with grant option`,
      );
      await as(guest, `grant connect on database ${database.name} to ${friend}`);
      await as(friend, `select '${when}'`);
      await migrate(schema, database.adminUrl, {}, { isolate: true });
      for (const login of [guest, friend])
        await expect(as(login, 'select 1')).rejects.toMatchObject({ code: '42501' });
    }
    const { app, system } = (await prepare({ DATABASE_URL: database.adminUrl })).roles;
    await database.admin(`grant temporary on database ${database.name} to ${app}`);
    await migrate(schema, database.adminUrl, {}, { isolate: true });
    const { connection, system: services } = await prepare({ DATABASE_URL: database.adminUrl });
    for (const { url } of [connection, services])
      await expect(
        withClient(url, (client) => client.query('create temporary table mine (id int)')),
      ).rejects.toMatchObject({ code: '42501' });
    const { rows } = await database.admin(
      `select distinct a.grantee::regrole::text as grantee from pg_database d, aclexplode(d.datacl) a where d.datname = current_database() and a.grantee <> d.datdba order by 1`,
    );
    expect(rows.map(({ grantee }) => grantee)).toEqual([app, system]);
    await database.drop();
    for (const login of [guest, friend])
      await withClient(process.env['TEST_ADMIN_URL']!, (client) =>
        client.query(`drop role ${login}`),
      );
  });

  it('are told of those who stay in a database that cannot be isolated', async () => {
    const database = new OwnedDatabase(process.env['TEST_ADMIN_URL']!);
    await database.create();
    await database.role(`${database.name}_guest`, 'login');
    await database.asSuperuser(
      `alter database ${database.name} owner to current_user; grant create, connect on database ${database.name} to ${database.owner}; grant connect on database ${database.name} to ${database.name}_guest`,
    );
    await database.inside(`grant create on schema public to ${database.owner}`);
    const error = await migrate(schema, database.url(database.owner), {}, { isolate: true }).then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    );
    expect(error).toBeInstanceOf(DatabaseSetupError);
    expect(error!.message).toMatch(
      new RegExp(
        `run: revoke connect, temporary on database ${database.name} from .*\\b${database.name}_guest.* cascade; grant connect`,
      ),
    );
    await database.asSuperuser(error!.message.split('run: ')[1]!);
    expect(await migrate(schema, database.url(database.owner), {}, { isolate: true })).toEqual([]);
    await expect(database.as(`${database.name}_guest`, 'select 1')).rejects.toMatchObject({
      code: '42501',
    });
    const { rows } = await database.inside(
      `select 'threadkeep_app_' || oid as app, 'threadkeep_system_' || oid as system from pg_database where datname = current_database()`,
    );
    database.roles.push(rows[0].app, rows[0].system);
    await database.drop();
  });

  it('take over what a copy of a database gave to those of the original', async () => {
    const [here] = databases as [TestDatabase];
    const copy = await createTestDatabase({ template: here.name });
    await migrate(schema, copy.adminUrl);
    const { rows } = await copy.admin(GRANTEES);
    const {
      rows: [own],
    } = await copy.admin('select oid from pg_database where datname = current_database()');
    expect(rows.map(({ grantee }) => grantee)).toEqual(
      ['app', 'system'].map((kind) => `threadkeep_${kind}_${String(own!['oid'])}`),
    );
    expect(await withClient(copy.adminUrl, census)).toEqual([]);
    await copy.drop();
  });
});
