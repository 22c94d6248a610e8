// A database of its own for each test file: a clone of the migrated template, made in milliseconds.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { DatabaseRoles } from '../../src/platform/database/setup/database-roles.js';

export interface TestDatabase {
  /** The owner's connection: not bound by policies where it is a superuser. */
  adminUrl: string;
  name: string;
  /** What to serve from, where logins cannot be made from the owner's. */
  logins?: Record<string, string>;
  /** Runs a statement as the owner. */
  admin: (text: string, values?: unknown[]) => Promise<pg.QueryResult<Record<string, unknown>>>;
  drop: () => Promise<void>;
}

/** What requests and the system may do in the template's clones: migrations call them `threadkeep_app` and `threadkeep_system`. */
export const testRoles = (): DatabaseRoles =>
  JSON.parse(process.env['TEST_ROLES']!) as DatabaseRoles;

/** SQL that names the roles as migrations do, for a clone of the template. */
export const withTestRoles = (sql: string): string =>
  sql
    .replaceAll('threadkeep_app', testRoles().app)
    .replaceAll('threadkeep_system', testRoles().system);

const server = () => new URL(process.env['TEST_ADMIN_URL']!);

const urlOf = (database: string): string =>
  String(Object.assign(server(), { pathname: `/${database}` }));

export async function withClient<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
  config: pg.ClientConfig = {},
): Promise<T> {
  const client = new pg.Client({ connectionString: url, ...config });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Two logins, as an operator makes them who gives the service no owner. They are the cluster's, and to be dropped after the database. */
export async function createLogins({
  admin,
  adminUrl,
  name,
}: TestDatabase): Promise<{ DATABASE_URL: string; DATABASE_SYSTEM_URL: string }> {
  const password = randomBytes(12).toString('hex');
  const urlFor = async (kind: keyof DatabaseRoles): Promise<string> => {
    const username = `${name}_${kind}`;
    await admin(
      `create role ${username} login password '${password}' in role ${testRoles()[kind]}`,
    );
    return String(Object.assign(new URL(adminUrl), { username, password }));
  };
  return { DATABASE_URL: await urlFor('app'), DATABASE_SYSTEM_URL: await urlFor('system') };
}

/** Roles outlive their database: those that a migration of this one made go with it. */
async function dropWithRoles(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query<{ rolname: string }>(
    `select r.rolname from pg_database d join pg_roles r on r.rolname ~ ('^threadkeep_(app|system)_' || d.oid || '(_login_[0-9]+)?$') where d.datname = $1`,
    [name],
  );
  await client.query(`drop database if exists ${name} with (force)`);
  for (const { rolname } of rows) await client.query(`drop role ${pg.escapeIdentifier(rolname)}`);
}

/** `template: null` gives an empty database, for tests of the migrations themselves. */
export async function createTestDatabase({
  template = process.env['TEST_TEMPLATE']!,
}: { template?: string | null } = {}): Promise<TestDatabase> {
  const name = `${process.env['TEST_TEMPLATE']!}_${randomBytes(4).toString('hex')}`;
  const maintenance = urlOf('postgres');
  // The template must not be in use while it is copied: one clone at a time.
  await withClient(maintenance, async (client) => {
    await client.query('select pg_advisory_lock(4711)');
    await client.query(`create database ${name} ${template ? `template ${template}` : ''}`);
  });
  const adminUrl = urlOf(name);
  return {
    adminUrl,
    name,
    admin: (text, values) => withClient(adminUrl, (client) => client.query(text, values)),
    drop: () => withClient(maintenance, (client) => dropWithRoles(client, name)),
  };
}
