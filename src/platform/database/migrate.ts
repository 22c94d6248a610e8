// Brings the schema up to date as its owner, one runner at a time, while others go on serving from it.
import type pg from 'pg';
import { DataSource, type Logger, MigrationExecutor, type QueryRunner } from 'typeorm';
import { installBullmqSchema } from './bullmq-schema.js';
import { dataSourceOptions, type Schema } from './data-source.js';
import { destroy } from './gated-client.js';
import { LOCK_TIMEOUT, type Patience, takeMigrationLock, untilUnlocked } from './migration-lock.js';
import { installPgvector } from './pgvector-schema.js';
import { nameOf, pendingMigrations, statementsOf } from './pending-migrations.js';
import { provisionLogin, provisioning } from './runtime-role.js';
import { openSetupClient } from './setup-client.js';

export interface MigrateOptions {
  /** Seconds to wait for another runner, and for locks that others hold. */
  wait?: number;
  /** Says what is being waited for. */
  tell?: (line: string) => void;
  /** Milliseconds of silence after which the server is taken for dead while a connection is opened. */
  silence?: number;
}

/** Milliseconds to open a connection, however many answers of the server that takes. */
const OPEN_TIMEOUT_MS = 60_000;

/**
 * Runs the pending migrations on a direct connection under an advisory lock, and makes the login of `runtimeUrl` exist. Each is a
 * transaction of its own, noted in it: a runner that is killed leaves those that are done, and nothing of the next.
 * @returns the names of the migrations that ran.
 * @throws DatabaseSetupError that names whoever it waited for in vain.
 */
export async function migrate(schema: Schema, adminUrl: string, runtimeUrl?: string, { wait = 60, tell = () => undefined, silence }: MigrateOptions = {}): Promise<string[]> {
  const lock = await openSetupClient(adminUrl, { silence });
  try {
    const patience = { wait, tell };
    await takeMigrationLock(lock, patience);
    const names = await withDataSource(schema, { url: adminUrl, connectTimeout: silence }, (source) => runPending(source, lock, patience));
    await runOthers(adminUrl, lock, { ...patience, silence });
    if (runtimeUrl) await provisionLogin(lock, runtimeUrl);
    return names;
  } finally {
    await lock.end();
  }
}

/** What `migrate` would send to the server, which is asked what it has and changed in nothing. */
export async function dryRun(schema: Schema, adminUrl: string, runtimeUrl?: string): Promise<string[]> {
  const client = await openSetupClient(adminUrl);
  try {
    const lines = await withDataSource(schema, { url: adminUrl }, async (source) => {
      const found: string[] = [];
      for (const migration of await pendingMigrations(source)) {
        const statements = await statementsOf(migration, source);
        found.push(`-- ${nameOf(migration)}`, 'begin;', ...statements.map((text) => `${text.trim()};`), 'commit;');
      }
      return found;
    });
    const login = runtimeUrl ? await provisioning(client, runtimeUrl, '...') : null;
    return login ? [...lines, '-- the login of DATABASE_URL', `${login};`] : lines;
  } finally {
    await client.end();
  }
}

/** TypeORM would write to the console what is thrown as well. */
const QUIET: Logger = { logQuery: () => {}, logQueryError: () => {}, logQuerySlow: () => {}, logSchemaBuild: () => {}, logMigration: () => {}, log: () => {} };

async function withDataSource<T>(schema: Schema, { url, connectTimeout }: { url: string; connectTimeout?: number | undefined }, work: (source: DataSource) => Promise<T>): Promise<T> {
  const source = await new DataSource({ ...dataSourceOptions(schema, { url, poolTimeout: OPEN_TIMEOUT_MS, ...(connectTimeout ? { connectTimeout } : {}) }), logger: QUIET }).initialize();
  try {
    return await work(source);
  } finally {
    await source.destroy();
  }
}

async function runPending(source: DataSource, watcher: pg.Client, patience: Patience): Promise<string[]> {
  const pending = await pendingMigrations(source);
  const runner = source.createQueryRunner();
  try {
    const client = (await runner.connect()) as pg.PoolClient;
    // Without the lock another may begin.
    watcher.once('end', () => destroy(client));
    await runner.query(`set lock_timeout = ${LOCK_TIMEOUT}`);
    const [{ pid }] = (await runner.query('select pg_backend_pid() as pid')) as [{ pid: number }];
    // Again from the first that has not run: those before it are noted.
    await untilUnlocked(watcher, pid, () => executorOf(source, runner).executePendingMigrations(), patience);
    return pending.map(nameOf);
  } finally {
    await runner.release();
  }
}

function executorOf(source: DataSource, runner: QueryRunner): MigrationExecutor {
  const executor = new MigrationExecutor(source, runner);
  executor.transaction = 'each';
  return executor;
}

/** What comes with the server or with BullMQ: both look for themselves whether there is anything to do. */
async function runOthers(adminUrl: string, watcher: pg.Client, { silence, ...patience }: Patience & { silence: number | undefined }): Promise<void> {
  const client = await openSetupClient(adminUrl, { silence });
  watcher.once('end', () => destroy(client));
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    await client.query(`set lock_timeout = ${LOCK_TIMEOUT}`);
    for (const install of [installBullmqSchema, installPgvector]) await untilUnlocked(watcher, rows[0]!.pid, () => install(client), patience);
  } finally {
    await client.end();
  }
}
