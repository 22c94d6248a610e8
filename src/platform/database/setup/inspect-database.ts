// Says what state a database is in, without changing it.
import type pg from 'pg';
import type { Schema } from '../data-source.js';
import { recordedMigrations } from './migrations-table.js';
import { nameOf } from './pending-migrations.js';
import { factsAround, type LoginFacts } from './runtime-role.js';
import { withSetupClient } from './setup-client.js';
import { explainSetup, type UrlVariable } from './setup-error.js';

export interface DatabaseReport {
  /** Such as `18.4`. */
  version: string;
  /** Migrations that have not run. */
  pending: string[];
  /** Migrations that have run, and that this release does not know. */
  unknown: string[];
  /** Facts about the login that asks, and about those derived from it. */
  logins: LoginFacts[];
  /** Tables of the schema on which row-level security is not forced. */
  unforced: string[];
  /** Milliseconds by which the clock of the database is ahead of this process's. */
  clockAheadMs: number;
}

/** The list of migrations is the owner's, and has no rows of users. */
const UNFORCED = `
  select c.relname as table from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = 'threadkeep' and c.relkind in ('r', 'p')
     and c.relname <> 'threadkeep_migrations'
     and not (c.relrowsecurity and c.relforcerowsecurity)
     and exists (select from pg_attribute a where a.attrelid = c.oid and not a.attisdropped
                  and (a.attname = 'user_id' or c.relname = 'app_user'))
   order by 1`;

/** @throws DatabaseSetupError that says what to do when the database cannot be reached */
export const inspectDatabase = (
  { migrations }: Schema,
  url: string,
  variable: UrlVariable,
): Promise<DatabaseReport> =>
  withSetupClient(url, {}, async (client) => {
    const ran = await recordedMigrations(
      async (text) => (await client.query<{ name: string }>(text)).rows,
    );
    const known = migrations.map((Migration) => nameOf(new Migration()));
    const { rows } = await client.query<{ table: string }>(UNFORCED);
    return {
      ...(await versionAndClock(client)),
      pending: known.filter((name) => !ran.includes(name)),
      unknown: ran.filter((name) => !known.includes(name)),
      logins: await factsAround(client),
      unforced: rows.map(({ table }) => table),
    };
  }).catch((error: unknown) => {
    throw explainSetup(error, variable, url);
  });

async function versionAndClock(client: pg.Client) {
  const asked = Date.now();
  const { rows } = await client.query<{ version: string; now: number }>(
    `select current_setting('server_version') as version,
            (extract(epoch from clock_timestamp()) * 1000)::float8 as now`,
  );
  const { version, now } = rows[0]!;
  const [number = version] = version.split(' ');
  return { version: number, clockAheadMs: Math.round(now - (asked + Date.now()) / 2) };
}
