// Whether a database has all that this version needs of it, asked in one round trip: a start has little to do, and the server may be far away.
import type pg from 'pg';
import { codeBehind } from '../errors/index.js';
import { bullmq } from './bullmq.js';
import { BULLMQ_SCHEMA } from './bullmq-schema.js';
import type { Schema } from './data-source.js';
import {
  APP_ROLE_FOUND,
  type DatabaseRoles,
  IS_ISOLATED,
  ROLES_ARE_SETTLED,
  SYSTEM_ROLE_FOUND,
} from './database-roles.js';
import { NOTED_MIGRATIONS } from './migrations-table.js';
import { nameOf } from './pending-migrations.js';
import { PGVECTOR_IS_SETTLED } from './pgvector-schema.js';
import { AROUND, factsFrom, type LoginFacts } from './runtime-role.js';

export interface DatabaseState {
  /** Which migrations have run. */
  names: string[];
  /** The roles are those of this database. */
  settled: boolean;
  /** Nobody else connects to it. */
  isolated: boolean;
  queueVersion: number;
  roles: DatabaseRoles;
  /** Of the client's login, of those made from it, and of those that were asked for. */
  logins: LoginFacts[];
}

const STATE = `
  select ${NOTED_MIGRATIONS} as names,
         ${ROLES_ARE_SETTLED} and ${PGVECTOR_IS_SETTLED} and has_schema_privilege(${SYSTEM_ROLE_FOUND}, '${BULLMQ_SCHEMA}', 'create') as settled,
         ${IS_ISOLATED} as isolated,
         (select coalesce(max(version), 0)::int from ${BULLMQ_SCHEMA}.migration) as "queueVersion",
         json_build_object('app', ${APP_ROLE_FOUND}, 'system', ${SYSTEM_ROLE_FOUND}) as roles,
         (select json_agg(facts) from (${factsFrom(`${AROUND} or r.rolname = any ($1)`)}) as facts) as logins`;

/** Something of it is not there yet, or belongs to another. */
const NOT_YET = ['42P01', '3F000', '42501'];

/** Undefined when there is something to do. @param logins whose facts are asked for */
export async function stateWhenCurrent(
  client: pg.Client,
  schema: Schema,
  logins: string[],
): Promise<DatabaseState | undefined> {
  const { LATEST_SCHEMA_VERSION } = await bullmq<'LATEST_SCHEMA_VERSION'>(
    'postgres/migrations/index',
  );
  try {
    const [state] = (await client.query<DatabaseState>(STATE, [logins])).rows;
    const known = new Set(schema.migrations.map((Migration) => nameOf(new Migration())));
    const isCurrent =
      state!.settled &&
      state!.queueVersion >= LATEST_SCHEMA_VERSION &&
      known.size === state!.names.length &&
      state!.names.every((name) => known.has(name));
    return isCurrent ? state : undefined;
  } catch (error) {
    if (!NOT_YET.includes(codeBehind(error) ?? '')) throw error;
    return undefined;
  }
}
