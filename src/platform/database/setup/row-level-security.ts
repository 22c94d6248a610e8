// Makes tables private, from migrations. Released migrations call these functions, so they may only
// be extended.
import type { QueryRunner } from 'typeorm';

/** The role of requests. It may touch the rows of the user in `app.user_id`, and no others. */
export const APP_ROLE = 'threadkeep_app';
/** The role of `runAsSystem`. It may touch every row. */
export const SYSTEM_ROLE = 'threadkeep_system';

/**
 * The user of the transaction, or NULL. In a scalar sub-select it is evaluated once per statement,
 * not once per row.
 */
const CURRENT_USER_ID = `(select nullif(current_setting('app.user_id', true), '')::uuid)`;

export interface OwnedTable {
  /** The name without the schema, which is always `threadkeep`. */
  table: string;
  /** The column that names the owner. */
  owner?: string;
  /** The rights of the app role. The system role has all rights. */
  grant?: string;
}

/**
 * Makes the planner expect the average number of rows for every owner. By default, PostgreSQL lists
 * common owners, expects one row for any other owner, and then plans to read all of that owner's
 * rows repeatedly. The requests of a user who grows faster than the statistics would never end.
 */
export const estimateByAverage = async (
  runner: QueryRunner,
  table: string,
  owner = 'user_id',
): Promise<void> =>
  void (await runner.query(
    `alter table threadkeep.${table} alter column ${owner} set statistics 1`,
  ));

/**
 * Enables and forces row-level security, adds the policies of the owner and the system, and grants
 * rights.
 */
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
    `create policy ${table}__system on ${name} for all to ${SYSTEM_ROLE} using (true)
      with check (true)`,
  );
  await runner.query(`grant select, insert, update, delete on ${name} to ${SYSTEM_ROLE}`);
  if (grant) await runner.query(`grant ${grant} on ${name} to ${APP_ROLE}`);
  if (owner !== 'id') await estimateByAverage(runner, table, owner);
}

/** Protects a table of the service that has no owner. The app role gets no access. */
export async function protectSystemTable(runner: QueryRunner, table: string): Promise<void> {
  const name = `threadkeep.${table}`;
  await runner.query(`alter table ${name} enable row level security`);
  await runner.query(`alter table ${name} force row level security`);
  await runner.query(
    `create policy ${table}__system on ${name} for all to ${SYSTEM_ROLE} using (true)
      with check (true)`,
  );
  await runner.query(`grant select, insert, update, delete on ${name} to ${SYSTEM_ROLE}`);
}

/**
 * Protects a table of the service. Everyone may read the rows where `shared` holds; only the system
 * may write.
 */
export async function protectSharedTable(
  runner: QueryRunner,
  table: string,
  shared: string,
): Promise<void> {
  await protectSystemTable(runner, table);
  await runner.query(
    `create policy ${table}__shared on threadkeep.${table} for select to ${APP_ROLE}
      using (${shared})`,
  );
  await runner.query(`grant select on threadkeep.${table} to ${APP_ROLE}`);
}
