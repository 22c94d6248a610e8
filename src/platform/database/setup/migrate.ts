// Migrates the schema as its owner, one process at a time, while other processes keep serving.
import type pg from 'pg';
import { type DataSource, type Logger, MigrationExecutor, type QueryRunner } from 'typeorm';
import { dataSourceOptions, type Schema } from '../data-source.js';
import { destroy } from '../connections/checked-client.js';
import {
  LOCK_TIMEOUT_MS,
  type WaitOptions,
  takeMigrationLock,
  untilUnlocked,
} from './migration-lock.js';
import { OwnerDataSource, SETTLE_MIGRATIONS_TABLE } from './migrations-table.js';
import { nameOf, pendingMigrations, collectStatements } from './pending-migrations.js';
import {
  type DatabaseRoles,
  HAND_ON,
  isolate,
  MAKE_ROLES_OF_MIGRATIONS,
  rolesAreSettled,
  rolesToBe,
  settleRoles,
} from './database-roles.js';
import { type DatabaseState, stateWhenCurrent } from './database-state.js';
import {
  factsAround,
  readLoginFacts,
  loginOf,
  type LoginFacts,
  provisionLogin,
  provisioningStatements,
} from './runtime-role.js';
import { openSetupClient, withSetupTimeout } from './setup-client.js';
import type { SetupStep } from './setup-step.js';

/**
 * Connections to serve from. Their logins are created where needed, as members of the database's
 * roles.
 */
export interface ServedBy {
  url?: string | undefined;
  systemUrl?: string | undefined;
}

export interface MigrateOptions {
  /** Lets only this service's roles and the owner connect to the database. */
  isolate?: boolean;
  /** Seconds to wait for another runner, and for locks that others hold. */
  wait?: number;
  /** Receives a line for each thing that is waited for. */
  tell?: (line: string) => void;
  /** Milliseconds of silence, while connecting, after which the server counts as unreachable. */
  silence?: number;
}

/** Opening a connection may take several round trips. */
const OPEN_TIMEOUT_MS = 60_000;

/**
 * Runs the pending migrations on a direct connection under an advisory lock, and creates the
 * logins. Each migration is one transaction that also records it: a process that is killed leaves
 * the finished ones, and nothing of the next. One with `transaction = false` is run again as a whole.
 * @returns the names of the migrations that ran
 * @throws DatabaseSetupError that names the process it waited for in vain
 */
export const migrate = async (
  schema: Schema,
  adminUrl: string,
  served?: ServedBy,
  options?: MigrateOptions,
): Promise<string[]> => (await bringUp(schema, adminUrl, served, options)).ran;

export interface BroughtUp {
  /** Names of the migrations that ran. */
  ran: string[];
  /** Facts about the owner's login and the logins derived from it. */
  logins: LoginFacts[];
}

/** As `migrate`, but returns more. Asks one question when there is nothing to do. */
export async function bringUp(
  schema: Schema,
  adminUrl: string,
  served: ServedBy = {},
  options: MigrateOptions = {},
): Promise<BroughtUp> {
  const { wait = 60, tell = () => undefined, silence } = options;
  const lock = await openSetupClient(adminUrl, { silence });
  try {
    const logins = [served.url, served.systemUrl].flatMap((url) => url ?? []).map(loginOf);
    const state = await withSetupTimeout(lock, silence, stateWhenCurrent(lock, schema, logins));
    if (state && (state.isolated || !options.isolate) && serves(state, served))
      return { ran: [], logins: state.logins };
    const patience = { wait, tell };
    await takeMigrationLock(lock, patience);
    const names = await withDataSource(
      schema,
      { url: adminUrl, connectTimeout: silence },
      (source) => runPending(source, lock, patience),
    );
    const roles = await runSetupSteps(adminUrl, schema.steps, lock, { ...patience, silence });
    for (const [url, role] of await loginsToMake(lock, served, roles))
      await provisionLogin(lock, url, role);
    if (options.isolate) await isolate(lock, roles);
    return { ran: names, logins: await factsAround(lock) };
  } finally {
    await lock.end();
  }
}

/** True when the logins exist with the right memberships. */
function serves({ logins }: DatabaseState, { url, systemUrl }: ServedBy): boolean {
  const isReady = (of: string | undefined, kind: keyof DatabaseRoles): boolean => {
    const facts = of === undefined ? undefined : logins.find(({ role }) => role === loginOf(of));
    return (
      of === undefined ||
      (facts !== undefined && (facts.privileged || facts.owner || facts.is[kind]))
    );
  };
  return isReady(url, 'app') && isReady(systemUrl, 'system');
}

/** Skips logins that own the tables or bypass policies: others are derived from them. */
async function loginsToMake(
  client: pg.Client,
  { url, systemUrl }: ServedBy,
  { app, system }: DatabaseRoles,
): Promise<[url: string, role: string][]> {
  const wanted: [string | undefined, string][] = [
    [url, app],
    [systemUrl, system],
  ];
  const found: [string, string][] = [];
  for (const [of, role] of wanted) {
    const facts = of === undefined ? undefined : await readLoginFacts(client, loginOf(of));
    if (of !== undefined && !facts?.privileged && !facts?.owner) found.push([of, role]);
  }
  return found;
}

/** Lists what `migrate` would send. Sends only reads. */
export async function dryRun(
  schema: Schema,
  adminUrl: string,
  served: ServedBy = {},
): Promise<string[]> {
  const client = await openSetupClient(adminUrl);
  try {
    const lines = await withDataSource(schema, { url: adminUrl }, async (source) => {
      const found: string[] = [];
      for (const migration of await pendingMigrations(source)) {
        const statements = await collectStatements(migration, source);
        const lines = statements.map((text) => `${text.trim()};`);
        const isOne = migration.transaction !== false;
        found.push(`-- ${nameOf(migration)}`, ...(isOne ? ['begin;', ...lines, 'commit;'] : lines));
      }
      return found;
    });
    if (lines.length > 0) {
      lines.unshift('-- the roles that migrations name', `${MAKE_ROLES_OF_MIGRATIONS.trim()};`);
      lines.push('-- the list of migrations that have run', `${SETTLE_MIGRATIONS_TABLE};`);
    }
    if (lines.length > 0 || !(await rolesAreSettled(client)))
      lines.push('-- the roles of this database', `${HAND_ON.trim()};`);
    const roles = await rolesToBe(client);
    for (const [url, role] of await loginsToMake(client, served, roles)) {
      const statements = await provisioningStatements(client, url, role, '...');
      if (statements.length > 0)
        lines.push(
          `-- the login of ${url === served.url ? 'DATABASE_URL' : 'DATABASE_SYSTEM_URL'}`,
          ...statements.map((text) => `${text};`),
        );
    }
    return lines;
  } finally {
    await client.end();
  }
}

/** TypeORM would also print errors that it throws. */
const QUIET: Logger = {
  logQuery: () => {},
  logQueryError: () => {},
  logQuerySlow: () => {},
  logSchemaBuild: () => {},
  logMigration: () => {},
  log: () => {},
};

async function withDataSource<T>(
  schema: Schema,
  { url, connectTimeout }: { url: string; connectTimeout?: number | undefined },
  work: (source: OwnerDataSource) => Promise<T>,
): Promise<T> {
  const source = new OwnerDataSource({
    ...dataSourceOptions(schema, {
      url,
      poolTimeout: OPEN_TIMEOUT_MS,
      ...(connectTimeout ? { connectTimeout } : {}),
    }),
    logger: QUIET,
  });
  await source.initialize();
  try {
    return await work(source);
  } finally {
    await source.destroy();
  }
}

async function runPending(
  source: OwnerDataSource,
  watcher: pg.Client,
  patience: WaitOptions,
): Promise<string[]> {
  const pending = await pendingMigrations(source);
  const runner = source.createQueryRunner();
  try {
    const client = (await runner.connect()) as pg.PoolClient;
    // Without the lock, another process may start to migrate.
    watcher.once('end', () => destroy(client));
    await runner.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const [{ pid }] = (await runner.query('select pg_backend_pid() as pid')) as [{ pid: number }];
    const untilLocksAreFree = <T>(work: () => Promise<T>): Promise<T> =>
      untilUnlocked(watcher, pid, work, patience);
    const settle = () => source.settleMigrationsTable((text) => runner.query(text));
    await untilLocksAreFree(settle);
    if (pending.length > 0) await runner.query(MAKE_ROLES_OF_MIGRATIONS);
    // Repeats from the first migration that is not recorded.
    await untilLocksAreFree(() => createExecutor(source, runner).executePendingMigrations());
    await untilLocksAreFree(settle);
    return pending.map(nameOf);
  } finally {
    await runner.release();
  }
}

function createExecutor(source: DataSource, runner: QueryRunner): MigrationExecutor {
  const executor = new MigrationExecutor(source, runner);
  executor.transaction = 'each';
  return executor;
}

/** Settles the roles, then runs the setup steps of the modules. */
async function runSetupSteps(
  adminUrl: string,
  steps: SetupStep[],
  watcher: pg.Client,
  { silence, ...patience }: WaitOptions & { silence: number | undefined },
): Promise<DatabaseRoles> {
  const client = await openSetupClient(adminUrl, { silence });
  watcher.once('end', () => destroy(client));
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const untilLocksAreFree = <T>(work: () => Promise<T>): Promise<T> =>
      untilUnlocked(watcher, rows[0]!.pid, work, patience);
    const roles = await untilLocksAreFree(() => settleRoles(client));
    for (const step of steps) await untilLocksAreFree(() => step.install(client, roles));
    return roles;
  } finally {
    await client.end();
  }
}
