// Finds the migrations that have not run, and the SQL that they would run.
import { type DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import type { Schema } from '../data-source.js';
import { recordedMigrations } from './migrations-table.js';
import { DatabaseSetupError } from './setup-error.js';

export const nameOf = (migration: MigrationInterface): string =>
  migration.name ?? migration.constructor.name;

/**
 * @throws DatabaseSetupError when a newer version has migrated the database: this version may not
 * understand its schema
 */
function requireKnownMigrations(
  migrations: MigrationInterface[],
  ran: string[],
): MigrationInterface[] {
  const done = new Set(ran);
  const known = new Set(migrations.map(nameOf));
  const unknown = [...done].filter((name) => !known.has(name));
  if (unknown.length > 0) throw new DatabaseSetupError(fromTheFuture(unknown));
  return migrations.filter((migration) => !done.has(nameOf(migration)));
}

/** @throws DatabaseSetupError as above */
export const pendingMigrations = async (source: DataSource): Promise<MigrationInterface[]> =>
  requireKnownMigrations(source.migrations, await recordedMigrations((text) => source.query(text)));

const fromTheFuture = (names: string[]): string =>
  `The database was migrated by a newer version of Threadkeep: this one does not know ${names.join(', ')}. Start the newer version, or restore a backup from before its migrations.`;

/** @throws DatabaseSetupError that names the migrations that have not run */
export function requireCurrentSchema({ migrations }: Schema, ran: string[]): void {
  const pending = requireKnownMigrations(
    migrations.map((Migration) => new Migration()),
    ran,
  );
  if (pending.length === 0) return;
  throw new DatabaseSetupError(
    `The database lacks ${pending.length} migration(s): ${pending.map(nameOf).join(', ')}. Start with DATABASE_ADMIN_URL set to the owner's connection, or run: DATABASE_ADMIN_URL=... npx threadkeep migrate`,
  );
}

/** Reads are sent, because their results may decide what the migration does. */
const READS = /^\s*(select|show|with)\b/i;

/**
 * Collects the statements that a migration would send. Sends only its reads.
 * @throws Error when the migration uses more of the query runner than `query`
 */
export async function collectStatements(
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
