// Whether a database has all that this version needs of it, asked in one round trip: a start has little to do, and the server may be far away.
import type pg from 'pg';
import { codeBehind } from '../../errors/index.js';
import { MIGRATIONS_TABLE, type Schema } from '../data-source.js';
import {
  APP_ROLE_FOUND,
  type DatabaseRoles,
  IS_ISOLATED,
  ROLES_ARE_SETTLED,
  SYSTEM_ROLE_FOUND,
} from './database-roles.js';
import { nameOf } from './pending-migrations.js';
import { AROUND, factsFrom, type LoginFacts } from './runtime-role.js';

export interface DatabaseState {
  /** Which migrations have run. */
  names: string[];
  /** The roles are those of this database, and every setup step is current. */
  settled: boolean;
  /** Only this service's roles and the owner may connect to it. */
  isolated: boolean;
  roles: DatabaseRoles;
  /** Of the client's login, of those made from it, and of those that were asked for. */
  logins: LoginFacts[];
}

/** @param steps expressions: each is true when its setup step is current */
const stateQuery = (steps: string[]): string => `
  select array(select name::text from public.${MIGRATIONS_TABLE}) as names,
         ${[ROLES_ARE_SETTLED, ...steps].join(' and ')} as settled,
         ${IS_ISOLATED} as isolated,
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
