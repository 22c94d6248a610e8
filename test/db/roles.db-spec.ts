import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/platform/config/config.js';
import { EmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';
import { DatabaseSetupError, migrate, prepareDatabase } from '../../src/platform/database/index.js';
import { schema } from '../../src/schema.js';
import { withClient } from '../support/database.js';
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
    return String(Object.assign(new URL(this.superuserUrl), { username: user, password: `secret of ${user}`, pathname: `/${this.name}` }));
  }

  asSuperuser(sql: string, database = 'postgres') {
    return withClient(String(Object.assign(new URL(this.superuserUrl), { pathname: `/${database}` })), (client) => client.query(sql));
  }

  inside = (sql: string) => this.asSuperuser(sql, this.name);
  as = (user: string, sql: string) => withClient(this.url(user), (client) => client.query(sql));

  async drop(): Promise<void> {
    await this.asSuperuser(`drop database if exists ${this.name} with (force)`);
    for (const role of this.roles) await this.asSuperuser(`drop owned by ${role}`).then(() => this.asSuperuser(`drop role ${role}`));
  }
}

const serve = async (environment: Record<string, string>) => {
  const { connection, stop } = await prepareDatabase(loadConfig(environment), schema);
  await stop();
  return connection;
};

/** Who the server sees on such a connection, and whether it could read around the policies. */
const facts = async ({ url, options }: { url: string; options?: string | undefined }) => {
  const query = 'select current_user as role, session_user as login, (select count(*)::int from threadkeep.app_user) as seen';
  const { rows } = await withClient(url, (client) => client.query(query), options ? { options } : {});
  return rows[0] as unknown;
};

describe.each([
  ['that has the roles of Threadkeep', () => Promise.resolve({ url: process.env['TEST_ADMIN_URL']!, stop: () => Promise.resolve() })],
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
    await expect(database.as(database.owner, `insert into threadkeep.app_user (id) values (gen_random_uuid())`)).rejects.toMatchObject({ code: '42501' });
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

describe('the login that serves', () => {
  let server: { url: string; stop: () => Promise<void> };
  let database: OwnedDatabase;
  let login: string;
  /** Fresh, because the owner may only grant what it made itself. */
  beforeAll(async () => {
    server = await freshServer();
    database = new OwnedDatabase(server.url);
    await database.create();
    await migrate(schema, database.url(database.owner));
    await database.inside(`insert into threadkeep.app_user (id) values ('${USER}')`);
  });
  beforeEach(() => {
    login = `threadkeep_login_${randomBytes(4).toString('hex')}`;
  });
  afterAll(() => server.stop());

  const adminUrl = () => database.url(database.owner);

  it('is made when it does not exist, with its password, and sees no row by itself', async () => {
    database.roles.push(login);
    const connection = await serve({ DATABASE_ADMIN_URL: adminUrl(), DATABASE_URL: database.url(login) });
    expect(connection.options).toBeUndefined();
    expect(await facts(connection)).toEqual({ role: login, login, seen: 0 });
    await expect(withClient(database.url(login).replace('secret', 'wrong'), (client) => client.query('select 1'))).rejects.toMatchObject({ code: '28P01' });
  });

  it('becomes a member of the runtime role when it exists and is none', async () => {
    await database.role(login, 'login');
    expect(await facts(await serve({ DATABASE_ADMIN_URL: adminUrl(), DATABASE_URL: database.url(login) }))).toEqual({ role: login, login, seen: 0 });
    expect(await facts(await serve({ DATABASE_URL: database.url(login) }))).toEqual({ role: login, login, seen: 0 });
  });

  it('may be the owner, who is lowered to the runtime role', async () => {
    expect(await facts(await serve({ DATABASE_ADMIN_URL: adminUrl() }))).toEqual({ role: 'threadkeep_app', login: database.owner, seen: 0 });
    expect(await facts(await serve({ DATABASE_URL: adminUrl() }))).toEqual({ role: 'threadkeep_app', login: database.owner, seen: 0 });
  });

  it('may be a superuser, who is lowered to the runtime role', async () => {
    const url = await database.role(login, 'login superuser');
    expect(await facts(await serve({ DATABASE_URL: url }))).toEqual({ role: 'threadkeep_app', login, seen: 0 });
  });

  it.each([
    ['is a superuser behind a transaction pooler, where it cannot be lowered', 'login superuser', POOLER, /not bound by.*transaction pooler/],
    ['bypasses policies behind a transaction pooler', 'login bypassrls in role threadkeep_app', POOLER, /not bound by row-level security/],
    ['is no member of the runtime role', 'login', {}, /is no member of threadkeep_app.*grant threadkeep_app to/],
  ])('is refused when it %s', async (_title, options, environment, message) => {
    const url = await database.role(login, options);
    const refused = serve({ DATABASE_URL: url, ...environment });
    await expect(refused).rejects.toThrow(DatabaseSetupError);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.not.toThrow('secret');
  });

  it('is named by its own server when that cannot be reached, and not by the one of the owner', async () => {
    const port = await freePort();
    const elsewhere = String(Object.assign(new URL(database.url(login)), { port }));
    await expect(serve({ DATABASE_ADMIN_URL: adminUrl(), DATABASE_URL: elsewhere })).rejects.toThrow(`PostgreSQL at 127.0.0.1:${port}/`);
  });

  it('is refused with the command to run when the owner may not grant', async () => {
    const stranger = await database.role(`${login}_stranger`, 'login');
    await database.asSuperuser(`grant ${database.owner} to ${login}_stranger; alter role ${login}_stranger nocreaterole`);
    const refused = serve({ DATABASE_ADMIN_URL: stranger, DATABASE_URL: database.url(login) });
    await expect(refused).rejects.toThrow(`As a superuser, run: create role "${login}" login password '...' in role threadkeep_app`);
    await expect(refused).rejects.toThrow(DatabaseSetupError);
  });
});
