// Which migrations have not run yet, and the SQL that they would run.
import { type DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { codeBehind } from '../../errors/index.js';
import { MIGRATIONS_TABLE, type Schema } from '../data-source.js';
import { DatabaseSetupError } from './setup-error.js';

export const nameOf = (migration: MigrationInterface): string =>
  migration.name ?? migration.constructor.name;

/** A table that is not there, or that this login may not read, because nothing ever ran. */
const NEVER_RAN = ['42P01', '42501'];

/** The names of those that have run; none where nothing ever ran. */
export async function ranMigrations(
  query: (text: string) => Promise<{ name: string }[]>,
): Promise<string[]> {
  const rows = await query(`select name from public.${MIGRATIONS_TABLE} order by id`).catch(
    (error: unknown) => {
      if (NEVER_RAN.includes(codeBehind(error) ?? '')) return [];
      throw error;
    },
  );
  return rows.map(({ name }) => name);
}

/** @throws DatabaseSetupError when a newer version has migrated: this one does not know what it would meet. */
function pendingOf(migrations: MigrationInterface[], ran: string[]): MigrationInterface[] {
  const done = new Set(ran);
  const known = new Set(migrations.map(nameOf));
  const unknown = [...done].filter((name) => !known.has(name));
  if (unknown.length > 0) throw new DatabaseSetupError(fromTheFuture(unknown));
  return migrations.filter((migration) => !done.has(nameOf(migration)));
}

/** @throws DatabaseSetupError as above */
export const pendingMigrations = async (source: DataSource): Promise<MigrationInterface[]> =>
  pendingOf(source.migrations, await ranMigrations((text) => source.query(text)));

const fromTheFuture = (names: string[]): string =>
  `The database was migrated by a newer version of Threadkeep: this one does not know ${names.join(', ')}. Start the newer version, or restore a backup from before its migrations.`;

/** @throws DatabaseSetupError naming the migrations that have not run yet. */
export function requireCurrentSchema({ migrations }: Schema, ran: string[]): void {
  const pending = pendingOf(
    migrations.map((Migration) => new Migration()),
    ran,
  );
  if (pending.length === 0) return;
  throw new DatabaseSetupError(
    `The database lacks ${pending.length} migration(s): ${pending.map(nameOf).join(', ')}. Start with DATABASE_ADMIN_URL set to the owner's connection, or run: DATABASE_ADMIN_URL=... npm run migrate`,
  );
}

/** Asked, not written down: what a migration reads may decide what it does. */
const READS = /^\s*(select|show|with)\b/i;

/** What a migration would send; nothing of it is sent but reads. @throws Error when it uses more of a QueryRunner than `query`. */
export async function statementsOf(
  migration: MigrationInterface,
  source: DataSource,
): Promise<string[]> {
  const statements: string[] = [];
  const query = async (text: string, parameters?: unknown[]): Promise<unknown> => {
    if (READS.test(text)) return source.query(text, parameters);
    statements.push(parameters?.length ? `${text} -- with ${JSON.stringify(parameters)}` : text);
    return [];
  };
  const get = (_: object, name: string | symbol): unknown => {
    if (name === 'query') return query;
    throw new Error(
      `${nameOf(migration)} uses ${String(name)} of the query runner: what it does is only known when it runs.`,
    );
  };
  await migration.up(new Proxy({}, { get }) as QueryRunner);
  return statements;
}
