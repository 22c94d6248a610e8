// Asks in one round trip whether a database is up to date: most starts have nothing to do, and the
// server may be far away.
import type pg from 'pg';
import { codeBehind } from '../../errors/index.js';
import type { Schema } from '../data-source.js';
import {
  APP_ROLE_FOUND,
  type DatabaseRoles,
  IS_ISOLATED,
  ROLES_ARE_SETTLED,
  SYSTEM_ROLE_FOUND,
} from './database-roles.js';
import { RECORDED_MIGRATIONS } from './migrations-table.js';
import { nameOf } from './pending-migrations.js';
import { AROUND, factsFrom, type LoginFacts } from './runtime-role.js';

export interface DatabaseState {
  /** Names of the migrations that have run. */
  names: string[];
  /** The roles are those of this database, and every setup step is current. */
  settled: boolean;
  /** Only this service's roles and the owner may connect to it. */
  isolated: boolean;
  roles: DatabaseRoles;
  /** Facts about the client's login, the logins derived from it, and those that were asked for. */
  logins: LoginFacts[];
}

/** @param steps expressions: each is true when its setup step is current */
const stateQuery = (steps: string[]): string => `
  select ${RECORDED_MIGRATIONS} as names,
         ${[ROLES_ARE_SETTLED, ...steps].join(' and ')} as settled,
         ${IS_ISOLATED} as isolated,
         json_build_object('app', ${APP_ROLE_FOUND}, 'system', ${SYSTEM_ROLE_FOUND}) as roles,
         (select json_agg(facts)
            from (${factsFrom(`${AROUND} or r.rolname = any ($1)`)}) as facts) as logins`;

/** Something is missing, or belongs to another role. */
const NOT_YET = ['42P01', '3F000', '42501'];

/**
 * @param logins logins to include in the facts
 * @returns undefined when there is something to set up
 */
export async function stateWhenCurrent(
  client: pg.Client,
  schema: Schema,
  logins: string[],
): Promise<DatabaseState | undefined> {
  const query = stateQuery(await Promise.all(schema.steps.map((step) => step.isCurrent())));
  try {
    const [state] = (await client.query<DatabaseState>(query, [logins])).rows;
    const known = new Set(schema.migrations.map((Migration) => nameOf(new Migration())));
    const isCurrent =
      state!.settled &&
      known.size === state!.names.length &&
      state!.names.every((name) => known.has(name));
    return isCurrent ? state : undefined;
  } catch (error) {
    if (!NOT_YET.includes(codeBehind(error) ?? '')) throw error;
    return undefined;
  }
}
