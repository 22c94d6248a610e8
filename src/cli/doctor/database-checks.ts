// Checks of the database: as a server of its own, or the embedded one while nobody uses it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../platform/config/config.js';
import {
  type DatabaseReport,
  DatabaseSetupError,
  EmbeddedPostgres,
  inspectDatabase,
  type LoginFacts,
} from '../../platform/database/index.js';
import { schema } from '../../schema.js';
import { fail, type Finding, ok, warn } from './finding.js';

/** @returns what is found through DATABASE_ADMIN_URL, or DATABASE_URL without it */
export async function serverDatabase(config: Config): Promise<Finding[]> {
  const { databaseAdminUrl, databaseUrl, databaseSystemUrl } = config;
  const inspected = [
    ['DATABASE_ADMIN_URL', databaseAdminUrl],
    ['DATABASE_URL', databaseUrl],
    ['DATABASE_SYSTEM_URL', databaseSystemUrl],
  ] as const;
  const findings: Finding[] = [];
  let isFirst = true;
  for (const [variable, url] of inspected) {
    if (url === undefined) continue;
    try {
      const report = await inspectDatabase(schema, url, variable);
      if (isFirst) findings.push(...ofDatabase(report, databaseAdminUrl !== undefined));
      const kind = variable === 'DATABASE_SYSTEM_URL' ? 'system' : 'app';
      findings.push(...ofLogins(report.logins, kind, variable));
      isFirst = false;
    } catch (error) {
      findings.push(fail('database', messageOf(error)));
    }
  }
  return findings;
}

/** Starts the server of a data directory, and stops it. @throws DataDirectoryInUseError */
export async function embeddedDatabase(directory: string): Promise<Finding[]> {
  if (!existsSync(join(directory, 'postgres')))
    return [ok('database', `the first start makes it in ${directory}`)];
  const server = await EmbeddedPostgres.start(directory);
  try {
    const report = await inspectDatabase(schema, server.adminUrl, 'DATABASE_ADMIN_URL');
    const requests = await inspectDatabase(schema, server.url, 'DATABASE_URL');
    return [
      ...ofDatabase(report, true),
      ...ofLogins(requests.logins, 'app', 'DATABASE_URL'),
      ...ofLogins(report.logins, 'system', 'DATABASE_ADMIN_URL'),
    ];
  } finally {
    await server.stop();
  }
}

/** Beyond this, times that clients send and times of the database do not fit together. */
const MAX_CLOCK_DIFFERENCE_MS = 2_000;

function ofDatabase(report: DatabaseReport, migrates: boolean): Finding[] {
  const { version, pending, unknown, unforced, clockAheadMs } = report;
  return [
    ok('database', `PostgreSQL ${version} answers`),
    migrations(pending, unknown, migrates),
    unforced.length === 0
      ? ok('policies', 'row-level security is forced on every table of users')
      : fail(
          'policies',
          `row-level security is not forced on ${unforced.join(', ')}. As the owner, run: ${unforced.map((table) => `alter table threadkeep.${table} enable row level security, force row level security`).join('; ')}`,
        ),
    Math.abs(clockAheadMs) <= MAX_CLOCK_DIFFERENCE_MS
      ? ok('clock', `differs from the database's by ${Math.abs(clockAheadMs)} ms`)
      : warn(
          'clock',
          `the database's is ${Math.abs(clockAheadMs / 1000).toFixed(1)} s ${clockAheadMs > 0 ? 'ahead' : 'behind'}: set both machines by NTP.`,
        ),
  ];
}

function migrations(pending: string[], unknown: string[], migrates: boolean): Finding {
  if (unknown.length > 0)
    return fail(
      'migrations',
      `a newer release has run ${unknown.join(', ')}: start that release, or restore a backup from before.`,
    );
  if (pending.length === 0) return ok('migrations', 'all have run');
  if (migrates)
    return warn('migrations', `${pending.length} are pending: the next start runs them.`);
  return fail(
    'migrations',
    `${pending.length} are pending: run DATABASE_ADMIN_URL=... threadkeep migrate, or start with that variable.`,
  );
}

/** Says which logins serve, and whether policies bind the one of requests. */
function ofLogins(logins: LoginFacts[], kind: 'app' | 'system', variable: string): Finding[] {
  const asking = logins.find(({ isAsking }) => isAsking)!;
  const isOwner = asking.privileged || asking.owner;
  if (!isOwner && variable === 'DATABASE_ADMIN_URL') return [];
  const serving = isOwner ? logins.filter(({ isAsking }) => !isAsking) : [asking];
  if (isOwner && serving.length === 0)
    return [
      warn('roles', `${asking.role} of ${variable}: the next start makes the logins that serve.`),
    ];
  return serving.map((login) => {
    const own = isOwner && login.is.system && !login.is.app ? 'system' : kind;
    const other = own === 'app' ? 'system' : 'app';
    const { role } = login;
    if (login.privileged || login.owner || login.escalatesBy)
      return fail(
        'roles',
        `${role} is not bound by row-level security${login.escalatesBy ? `, by ${login.escalatesBy}` : ''}: use a login that is a member of ${login.roles[own]} alone.`,
      );
    if (!login.is[own])
      return fail('roles', `${role} is no member of ${login.roles[own]}: run threadkeep migrate.`);
    if (login.mayBecome[other])
      return fail(
        'roles',
        `${role} may become the other role. Run: revoke ${login.roles[other]} from ${role}`,
      );
    return ok(
      'roles',
      own === 'app'
        ? `${role} serves requests, and row-level security binds it`
        : `${role} serves the system, and is neither owner nor superuser`,
    );
  });
}

export function messageOf(error: unknown): string {
  if (error instanceof DatabaseSetupError) return error.message;
  throw error;
}
