// The one helper that makes a table private. Migrations that have landed call it, so what it does may only be added to.
import type { QueryRunner } from 'typeorm';

/** Serves requests: may touch the rows of the user in `app.user_id`, and no others. */
export const APP_ROLE = 'threadkeep_app';
/** What `runAsSystem` switches to: may touch every row, and is entered by name only. */
export const SYSTEM_ROLE = 'threadkeep_system';

/** The user of the transaction, or NULL. In a scalar sub-select it is evaluated once a statement, not once a row. */
const CURRENT_USER_ID = `(select nullif(current_setting('app.user_id', true), '')::uuid)`;

export interface OwnedTable {
  /** Without the schema, which is always `threadkeep`. */
  table: string;
  /** The column that names the owner. */
  owner?: string;
  /** What the runtime role may do; the system role may do everything. */
  grant?: string;
}

/**
 * Lets PostgreSQL expect of every owner the average number of rows. By default it keeps a list of the owners it has
 * seen, expects one row of an owner who is not on it, and then takes a plan that reads all of that owner's rows for
 * each of them: a user who grows faster than the statistics has requests that never end.
 */
export const estimateByAverage = async (
  runner: QueryRunner,
  table: string,
  owner = 'user_id',
): Promise<void> =>
  void (await runner.query(
    `alter table threadkeep.${table} alter column ${owner} set statistics 1`,
  ));

/** Enables and forces row-level security, adds the owner's and the system's policy, and grants. */
export async function protectTable(
  runner: QueryRunner,
  { table, owner = 'user_id', grant = 'select, insert, update, delete' }: OwnedTable,
): Promise<void> {
  const name = `threadkeep.${table}`;
  await runner.query(`alter table ${name} enable row level security`);
  await runner.query(`alter table ${name} force row level security`);
  await runner.query(
    `create policy ${table}__owner on ${name} for all to ${APP_ROLE}
       using (${owner} = ${CURRENT_USER_ID}) with check (${owner} = ${CURRENT_USER_ID})`,
  );
  await runner.query(
    `create policy ${table}__system on ${name} for all to ${SYSTEM_ROLE} using (true) with check (true)`,
  );
  await runner.query(`grant select, insert, update, delete on ${name} to ${SYSTEM_ROLE}`);
  if (grant) await runner.query(`grant ${grant} on ${name} to ${APP_ROLE}`);
  if (owner !== 'id') await estimateByAverage(runner, table, owner);
}

/** A table of the service itself, with no owner: the runtime role has no way in at all. */
export async function protectSystemTable(runner: QueryRunner, table: string): Promise<void> {
  const name = `threadkeep.${table}`;
  await runner.query(`alter table ${name} enable row level security`);
  await runner.query(`alter table ${name} force row level security`);
  await runner.query(
    `create policy ${table}__system on ${name} for all to ${SYSTEM_ROLE} using (true) with check (true)`,
  );
  await runner.query(`grant select, insert, update, delete on ${name} to ${SYSTEM_ROLE}`);
}

/** A table of the service of which everybody may read the rows where `shared` holds, and only the service may write any. */
export async function protectSharedTable(
  runner: QueryRunner,
  table: string,
  shared: string,
): Promise<void> {
  await protectSystemTable(runner, table);
  await runner.query(
    `create policy ${table}__shared on threadkeep.${table} for select to ${APP_ROLE} using (${shared})`,
  );
  await runner.query(`grant select on threadkeep.${table} to ${APP_ROLE}`);
}
