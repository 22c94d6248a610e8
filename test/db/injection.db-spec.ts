// What SQL could do that somebody got into a statement of a request, where there is no way known to do so: it is run here as the request's own.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RequestContexts } from '../../src/platform/context/index.js';
import {
  migrate,
  PREPARED_DATABASE,
  type PreparedDatabase,
  ScopedDatabase,
} from '../../src/platform/database/index.js';
import { codeBehind } from '../../src/platform/errors/index.js';
import { schema } from '../../src/schema.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { tablesOf } from '../support/census.js';
import { createTestDatabase, type TestDatabase, withClient } from '../support/database.js';
import { ADA, BOB, ownerColumn, seedTwins } from '../support/twins.js';

let own: TestDatabase;
let other: TestDatabase;
let app: TestApp;
let prepared: PreparedDatabase;
let tables: string[];
let systemLogin: string;
beforeAll(async () => {
  own = await createTestDatabase();
  other = await createTestDatabase();
  await seedTwins(own);
  for (const { adminUrl } of [own, other]) await migrate(schema, adminUrl, {}, { isolate: true });
  await own.admin(`select lo_from_bytea(0, 'a large object of the owner')`);
  app = await createTestApp({ DB_POOL_SIZE: '2' }, own);
  prepared = app.app.get<PreparedDatabase>(PREPARED_DATABASE);
  systemLogin = new URL(prepared.system.url).username;
  tables = await withClient(own.adminUrl, tablesOf);
});
afterAll(async () => {
  await app?.close();
  await own.drop();
  await other.drop();
});

/** As Ada's request, in the simple protocol, which takes several statements at once. */
const injected = (sql: string): Promise<unknown> => {
  const database = app.app.get(ScopedDatabase);
  return app.app
    .get(RequestContexts)
    .runAsUser(ADA.id, () => database.transaction(() => database.manager.query(sql)));
};

const outcomeOf = (sql: string): Promise<unknown> =>
  injected(sql).then(
    (rows) => ({ rows }),
    (error: unknown) => ({ refused: codeBehind(error) }),
  );

/** Names that are known only once there is a database. */
const filled = (sql: string): string =>
  sql
    .replaceAll('SYSTEM_ROLE', prepared.roles.system)
    .replaceAll('APP_ROLE', prepared.roles.app)
    .replaceAll('SYSTEM_LOGIN', systemLogin)
    .replaceAll('OWNER', new URL(own.adminUrl).username)
    .replaceAll('BOB', BOB.id);

const FORBIDDEN = '42501';

describe('SQL that is injected into a request', () => {
  it.each([
    // Becoming somebody else.
    'set role SYSTEM_ROLE',
    'set local role SYSTEM_LOGIN',
    'set role OWNER',
    'set session authorization SYSTEM_LOGIN',
    `select set_config('role', 'SYSTEM_ROLE', true)`,
    `select set_config('session_authorization', 'SYSTEM_LOGIN', false)`,
    `select threadkeep.open_scope('role', 'SYSTEM_ROLE', '0', '0', '0', false, null, null, null, null)`,
    `do $$ begin execute 'set role SYSTEM_ROLE'; end $$`,
    'reset role; select * from threadkeep.api_key',
    'reset session authorization; select * from threadkeep.api_key',
    'grant SYSTEM_ROLE to current_user',
    'alter role current_user superuser',
    'alter role current_user bypassrls',
    `alter role SYSTEM_LOGIN password 'mine'`,
    'create role mine superuser login',
    // What belongs to the service.
    'select hash from threadkeep.api_key',
    `insert into threadkeep.api_key (id, hash, hint) values (gen_random_uuid(), 'mine', 'mine')`,
    'update threadkeep.api_key set revoked_at = now()',
    'select * from threadkeep.signing_key',
    'select * from threadkeep.service_data_key',
    'select * from threadkeep.service_mcp_server',
    'select * from threadkeep.service_idempotency_key',
    'select * from threadkeep.audit_record',
    'delete from threadkeep.audit_record',
    `select query_to_xml('select * from threadkeep.api_key', true, true, '')`,
    `select * from pg_largeobject`,
    `select lo_get(oid) from pg_largeobject_metadata`,
    // Policies.
    'set row_security = off; select * from threadkeep.message',
    'alter table threadkeep.message disable row level security',
    'alter table threadkeep.message no force row level security',
    'drop policy message__owner on threadkeep.message',
    'create policy mine on threadkeep.message using (true)',
    'set session_replication_role = replica',
    'truncate threadkeep.message',
    `create function threadkeep.mine() returns int language sql security definer as 'select 1'`,
    `create function pg_temp.mine(text) returns boolean language plpgsql cost 0.0001 as $$ begin raise notice '%', $1; return true; end $$`,
    'create temporary table mine (id int)',
    'create schema mine',
    'create table public.mine (id int)',
    // The server and its files.
    `select pg_read_file('/etc/passwd')`,
    `select pg_read_binary_file('PG_VERSION')`,
    `select pg_ls_dir('.')`,
    `select pg_stat_file('PG_VERSION')`,
    'select * from pg_ls_waldir()',
    `select lo_import('/etc/passwd')`,
    `copy (select 1) to program 'true'`,
    `copy threadkeep.task from program 'true'`,
    `copy (select 1) to '/tmp/mine'`,
    `copy threadkeep.task from '/etc/passwd'`,
    'select url from threadkeep.service_webhook',
    'select secret from threadkeep.service_webhook',
    'delete from threadkeep.service_webhook',
    'select pg_reload_conf()',
    'select * from pg_hba_file_rules',
    'select * from pg_authid',
    'select * from pg_shadow',
    'select * from pg_statistic',
    `load '/tmp/mine.so'`,
    'create extension dblink',
    'create extension postgres_fdw',
    'create extension file_fdw',
    'create event trigger mine on ddl_command_start execute function mine()',
    'create publication mine for all tables',
    `select pg_create_physical_replication_slot('mine')`,
    `select pg_switch_wal()`,
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'SYSTEM_LOGIN'`,
    `select pg_cancel_backend(pid) from pg_stat_activity where usename = 'SYSTEM_LOGIN'`,
  ])('may not: %s', async (sql) => {
    await app.service.get('/v1/users').expect(200);
    const { rowCount } = await own.admin(`select from pg_stat_activity where usename = $1`, [
      systemLogin,
    ]);
    expect(rowCount).toBeGreaterThan(0);
    expect(await outcomeOf(filled(sql))).toEqual({ refused: FORBIDDEN });
  });

  it.each([
    [
      `what others are doing`,
      `select query from pg_stat_activity where usename <> current_user and query <> '<insufficient privilege>'`,
    ],
    [
      'the values of others that the planner has seen',
      // Anybody may read which migrations have run. With fifty of them, the server analyses their table by itself.
      `select * from pg_stats where schemaname = 'threadkeep' and tablename <> 'threadkeep_migrations'`,
    ],
    [
      'functions with the rights of somebody else',
      `select proname from pg_proc where prosecdef and has_function_privilege(oid, 'execute')`,
    ],
    [
      'a role it could take on, but its own',
      `select rolname from pg_roles where pg_has_role(oid, 'MEMBER') and rolname not in (current_user, 'APP_ROLE')`,
    ],
    [
      'a database it may enter, but its own, of those that were isolated',
      `select datname from pg_database where datname like 'threadkeep_test%' and datname <> current_database() and datacl is not null and has_database_privilege(datname, 'connect')`,
    ],
    ['foreign servers', 'select * from pg_foreign_server'],
  ])('finds nothing of %s', async (_title, sql) => {
    await own.admin('analyze threadkeep.message, threadkeep.memory');
    expect(await outcomeOf(filled(sql))).toEqual({ rows: [] });
  });

  it('reads, changes and deletes nothing of another user in any table, while the user is the one of the request', async () => {
    const leaks: unknown[] = [];
    // Rows of the service that each write may read: counters, and which events its webhooks ask for.
    const ofNobody = ['identity_epoch', 'service_webhook'];
    for (const table of tables.filter((name) => !ofNobody.includes(name))) {
      const column = ownerColumn(table);
      const { rows } = await own
        .admin(
          `select from pg_attribute where attrelid = 'threadkeep.${table}'::regclass and attname = $1`,
          [column],
        )
        .then(({ rowCount }) => ({ rows: rowCount }));
      const theirs = rows ? `where ${column} = '${BOB.id}'` : '';
      for (const text of [
        `select 1 from threadkeep.${table} ${theirs}`,
        `delete from threadkeep.${table} ${theirs} returning 1`,
      ]) {
        const outcome = (await outcomeOf(text)) as { rows?: unknown[]; refused?: string };
        const isNothing =
          outcome.refused === FORBIDDEN ||
          JSON.stringify(outcome.rows) === '[]' ||
          JSON.stringify(outcome.rows) === '[[],0]';
        if (!isNothing) leaks.push({ text, outcome });
      }
    }
    expect(leaks).toEqual([]);
  });

  it('does not come out of the isolated database: neither of the two logins may enter another', async () => {
    for (const { url } of [prepared.connection, prepared.system]) {
      const elsewhere = String(Object.assign(new URL(url), { pathname: `/${other.name}` }));
      await expect(
        withClient(elsewhere, (client) => client.query('select 1')),
      ).rejects.toMatchObject({ code: FORBIDDEN });
    }
  });

  it('that forges the user reads what that user could, as ARCHITECTURE says, and still nothing of the service', async () => {
    const forged = (sql: string) => outcomeOf(filled(`set local app.user_id = 'BOB'; ${sql}`));
    await expect(
      injected(filled(`select set_config('app.user_id', 'BOB', true)`)),
    ).resolves.toBeDefined();
    for (const table of ['api_key', 'signing_key', 'service_data_key', 'audit_record'])
      expect(await forged(`select * from threadkeep.${table}`)).toEqual({ refused: FORBIDDEN });
    expect(await forged('set role SYSTEM_ROLE')).toEqual({ refused: FORBIDDEN });
  });
});

describe('SQL that is injected into what the system does', () => {
  const asSystem = (sql: string) =>
    withClient(prepared.system.url, (client) => client.query(filled(sql)));

  it.each([
    'set role OWNER',
    'set role APP_ROLE',
    'grant SYSTEM_ROLE to APP_ROLE',
    'alter role current_user superuser',
    'alter table threadkeep.message disable row level security',
    `update threadkeep.audit_record set action = 'mine'`,
    `select pg_read_file('/etc/passwd')`,
    `copy (select 1) to program 'true'`,
    'create extension dblink',
    `alter system set log_statement = 'all'`,
    'select * from pg_authid',
  ])('may not: %s', async (sql) => {
    await expect(asSystem(sql)).rejects.toMatchObject({ code: FORBIDDEN });
  });
});

describe('a login of requests', () => {
  it('may not be one that could become the system: nothing starts with it', async () => {
    const login = `${own.name}_${randomBytes(2).toString('hex')}`;
    await own.admin(
      filled(`create role ${login} login password 'secret' in role APP_ROLE, SYSTEM_ROLE`),
    );
    const DATABASE_URL = String(
      Object.assign(new URL(own.adminUrl), { username: login, password: 'secret' }),
    );
    await expect(
      createTestApp({ DATABASE_URL, DATABASE_SYSTEM_URL: prepared.system.url }, own),
    ).rejects.toThrow(/may act as threadkeep_system_\d+, so that whoever injects SQL could/);
    await own.admin(`drop role ${login}`);
  });

  it.each([
    ['itself', ''],
    ['by another role', '_group'],
  ])(
    'may not be one that may grant roles, %s, where that lets it become the system',
    async (_title, suffix) => {
      const login = `${own.name}_${randomBytes(2).toString('hex')}`;
      await own.admin(filled(`create role ${login} login password 'secret' in role APP_ROLE`));
      if (suffix) await own.admin(`create role ${login}${suffix} role ${login}`);
      await own.admin(`alter role ${login}${suffix} createrole`);
      const DATABASE_URL = String(
        Object.assign(new URL(own.adminUrl), { username: login, password: 'secret' }),
      );
      const becoming = withClient(DATABASE_URL, (client) =>
        client.query(
          filled(
            `begin; set local role ${login}${suffix}; grant SYSTEM_ROLE to ${login}; set local role SYSTEM_ROLE; rollback`,
          ),
        ),
      );
      // From 16 on, nothing is granted by who does not administer it.
      const couldBecome = await becoming.then(
        () => true,
        () => false,
      );
      const start = createTestApp(
        { DATABASE_URL, DATABASE_SYSTEM_URL: prepared.system.url },
        own,
      ).then((started) => started.close());
      if (couldBecome)
        await expect(start).rejects.toThrow(/may give itself the rights of threadkeep_system_\d+/);
      else await start;
      await own.admin(`drop role ${login}`);
      if (suffix) await own.admin(`drop role ${login}${suffix}`);
    },
  );
});
