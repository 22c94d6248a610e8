// Brings the schema up to date as its owner, one runner at a time, while others go on serving from it.
import type pg from 'pg';
import { DataSource, type Logger, MigrationExecutor, type QueryRunner } from 'typeorm';
import { dataSourceOptions, type Schema } from '../data-source.js';
import { destroy } from '../connections/gated-client.js';
import { LOCK_TIMEOUT, type Patience, takeMigrationLock, untilUnlocked } from './migration-lock.js';
import { nameOf, pendingMigrations, statementsOf } from './pending-migrations.js';
import {
  type DatabaseRoles,
  HAND_ON,
  isolate,
  rolesAreSettled,
  rolesToBe,
  settleRoles,
} from './database-roles.js';
import { type DatabaseState, stateWhenCurrent } from './database-state.js';
import {
  factsAround,
  factsOf,
  loginOf,
  type LoginFacts,
  provisionLogin,
  provisioning,
} from './runtime-role.js';
import { openSetupClient, unlessSetupSilent } from './setup-client.js';
import type { SetupStep } from './setup-step.js';

/** Connections whose logins are made to exist, as members of the roles of the database. */
export interface ServedBy {
  url?: string | undefined;
  systemUrl?: string | undefined;
}

export interface MigrateOptions {
  /** Lets nobody else connect to the database. */
  isolate?: boolean;
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
 * Runs the pending migrations on a direct connection under an advisory lock, and makes the logins exist. Each is a
 * transaction of its own, noted in it: a runner that is killed leaves those that are done, and nothing of the next.
 * @returns the names of the migrations that ran.
 * @throws DatabaseSetupError that names whoever it waited for in vain.
 */
export const migrate = async (
  schema: Schema,
  adminUrl: string,
  served?: ServedBy,
  options?: MigrateOptions,
): Promise<string[]> => (await bringUp(schema, adminUrl, served, options)).ran;

export interface BroughtUp {
  /** Names of migrations. */
  ran: string[];
  /** Of the owner's login, and of those made from it. */
  logins: LoginFacts[];
}

/** As `migrate`, with what it learned. When there is nothing to do, that takes one question. */
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
    const state = await unlessSetupSilent(lock, silence, stateWhenCurrent(lock, schema, logins));
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

/** Whether the logins are there, as they should be. */
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

/** Not those that own the tables or are bound by nothing: others are made in their place. */
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
    const facts = of === undefined ? undefined : await factsOf(client, loginOf(of));
    if (of !== undefined && !facts?.privileged && !facts?.owner) found.push([of, role]);
  }
  return found;
}

/** What `migrate` would send to the server, which is asked what it has and changed in nothing. */
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
        const statements = await statementsOf(migration, source);
        found.push(
          `-- ${nameOf(migration)}`,
          'begin;',
          ...statements.map((text) => `${text.trim()};`),
          'commit;',
        );
      }
      return found;
    });
    if (lines.length > 0 || !(await rolesAreSettled(client)))
      lines.push('-- the roles of this database', `${HAND_ON.trim()};`);
    const roles = await rolesToBe(client);
    for (const [url, role] of await loginsToMake(client, served, roles)) {
      const statements = await provisioning(client, url, role, '...');
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

/** TypeORM would write to the console what is thrown as well. */
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
  work: (source: DataSource) => Promise<T>,
): Promise<T> {
  const source = await new DataSource({
    ...dataSourceOptions(schema, {
      url,
      poolTimeout: OPEN_TIMEOUT_MS,
      ...(connectTimeout ? { connectTimeout } : {}),
    }),
    logger: QUIET,
  }).initialize();
  try {
    return await work(source);
  } finally {
    await source.destroy();
  }
}

async function runPending(
  source: DataSource,
  watcher: pg.Client,
  patience: Patience,
): Promise<string[]> {
  const pending = await pendingMigrations(source);
  const runner = source.createQueryRunner();
  try {
    const client = (await runner.connect()) as pg.PoolClient;
    // Without the lock another may begin.
    watcher.once('end', () => destroy(client));
    await runner.query(`set lock_timeout = ${LOCK_TIMEOUT}`);
    const [{ pid }] = (await runner.query('select pg_backend_pid() as pid')) as [{ pid: number }];
    // Again from the first that has not run: those before it are noted.
    await untilUnlocked(
      watcher,
      pid,
      () => executorOf(source, runner).executePendingMigrations(),
      patience,
    );
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

/** Settles the roles, then runs the setup steps of the modules. */
async function runSetupSteps(
  adminUrl: string,
  steps: SetupStep[],
  watcher: pg.Client,
  { silence, ...patience }: Patience & { silence: number | undefined },
): Promise<DatabaseRoles> {
  const client = await openSetupClient(adminUrl, { silence });
  watcher.once('end', () => destroy(client));
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    await client.query(`set lock_timeout = ${LOCK_TIMEOUT}`);
    const patiently = <T>(work: () => Promise<T>): Promise<T> =>
      untilUnlocked(watcher, rows[0]!.pid, work, patience);
    const roles = await patiently(() => settleRoles(client));
    for (const step of steps) await patiently(() => step.install(client, roles));
    return roles;
  } finally {
    await client.end();
  }
}
