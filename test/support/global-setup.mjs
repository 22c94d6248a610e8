// Brings up one PostgreSQL for the whole run (or uses TEST_DATABASE_URL) and migrates a template that each file clones.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const dist = new URL('../../dist/', import.meta.url).href;
const { EmbeddedPostgres } = await import(
  `${dist}src/platform/database/setup/embedded/embedded-postgres.js`
);
const { migrate } = await import(`${dist}src/platform/database/index.js`);
const { schema } = await import(`${dist}src/schema.js`);

export default async function setup() {
  const given = process.env.TEST_DATABASE_URL;
  const directory = given ? null : await mkdtemp(join(tmpdir(), 'threadkeep-test-'));
  const embedded = given ? null : await EmbeddedPostgres.start(await reachable(directory));
  const admin = new URL(given ?? embedded.adminUrl);
  const template = `threadkeep_test_${process.pid}_${randomBytes(3).toString('hex')}`;
  await execute(admin, `create database ${template}`);
  await migrate(schema, String(Object.assign(new URL(admin), { pathname: `/${template}` })));
  process.env.TEST_ADMIN_URL = String(admin);
  process.env.TEST_TEMPLATE = template;
  const roles = await rolesOf(admin, template);
  process.env.TEST_ROLES = JSON.stringify(roles);
  const logins = process.env.TEST_THROUGH_PGBOUNCER
    ? await createPooledLogins(admin, template, roles)
    : [];
  globalThis.stopTestDatabase = async () => {
    const { rows } = await execute(
      admin,
      `select datname from pg_database where datname like '${template}%'`,
    );
    for (const { datname } of rows)
      await execute(admin, `drop database if exists ${datname} with (force)`);
    for (const login of logins) await execute(admin, `drop role ${login}`);
    await dropRoles(admin, roles);
    await embedded?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  };
}

/** What serves behind a pooler cannot be lowered to the runtime role: it has to be a plain login. */
async function createPooledLogins(admin, template, roles) {
  const logins = {};
  for (const [kind, role] of Object.entries(roles)) {
    logins[kind] = {
      user: `${template}_pooled_${kind}`,
      password: randomBytes(12).toString('hex'),
    };
    await execute(
      admin,
      `create role ${logins[kind].user} login password '${logins[kind].password}' in role ${role}`,
    );
  }
  process.env.TEST_POOLED_LOGINS = JSON.stringify(logins);
  return Object.values(logins).map(({ user }) => user);
}

/** Those of the template, which its clones share. */
async function rolesOf(admin, template) {
  const { rows } = await execute(
    admin,
    `select oid from pg_database where datname = '${template}'`,
  );
  return { app: `threadkeep_app_${rows[0].oid}`, system: `threadkeep_system_${rows[0].oid}` };
}

/** And the logins that were made for them. */
async function dropRoles(admin, { app, system }) {
  const { rows } = await execute(
    admin,
    `select rolname from pg_roles where rolname in ('${app}', '${system}') or rolname ~ '^(${app}|${system})_login_' order by 1 desc`,
  );
  for (const { rolname } of rows) await execute(admin, `drop role ${rolname}`);
}

/** Under root the server runs as another user, who must be able to enter the directory. */
async function reachable(directory) {
  const { chmod } = await import('node:fs/promises');
  await chmod(directory, 0o711);
  return directory;
}

async function execute(url, sql) {
  const client = new pg.Client({ connectionString: String(url) });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
