// Brings the schema up to date as its owner, one runner at a time, and tells a server whether it is.
import pg from 'pg';
import { DataSource } from 'typeorm';
import { installBullmqSchema } from './bullmq-schema.js';
import { dataSourceOptions, MIGRATIONS_TABLE, type Schema } from './data-source.js';
import { installPgvector } from './pgvector-schema.js';
import { provisionLogin } from './runtime-role.js';
import { DatabaseSetupError } from './setup-error.js';

const MIGRATION_LOCK = 7_411_902_335;

/**
 * Runs the pending migrations on a direct connection under an advisory lock, and makes the login of `runtimeUrl` exist.
 * @returns the names of the migrations that ran.
 */
export async function migrate(schema: Schema, adminUrl: string, runtimeUrl?: string): Promise<string[]> {
  const lock = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 3_000 });
  lock.on('error', () => undefined);
  await lock.connect();
  try {
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const source = await new DataSource(dataSourceOptions(schema, { url: adminUrl })).initialize();
    try {
      const ran = await source.runMigrations();
      await installBullmqSchema(lock);
      await installPgvector(lock);
      if (runtimeUrl) await provisionLogin(lock, runtimeUrl);
      return ran.map((migration) => migration.name);
    } finally {
      await source.destroy();
    }
  } finally {
    await lock.end();
  }
}

/** @throws DatabaseSetupError naming the migrations that have not run yet. */
export async function requireCurrentSchema(source: DataSource): Promise<void> {
  const expected = source.migrations.map((migration) => migration.name ?? migration.constructor.name);
  const present = await source
    .query<{ name: string }[]>(`select name from public.${MIGRATIONS_TABLE}`)
    .catch((error: { driverError?: { code?: string } }) => {
      if (['42P01', '42501'].includes(error.driverError?.code ?? '')) return [];
      throw error;
    });
  const done = new Set(present.map((row) => row.name));
  const pending = expected.filter((name) => !done.has(name));
  if (pending.length === 0) return;
  throw new DatabaseSetupError(
    `The database lacks ${pending.length} migration(s): ${pending.join(', ')}. Start with DATABASE_ADMIN_URL set to the owner's connection, or run: DATABASE_ADMIN_URL=... npm run migration:run`,
  );
}
