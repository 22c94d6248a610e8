// The table of the migrations that have run. It lies in the schema `threadkeep`, and in `public`
// while there is no such schema.
import { DataSource, type Migration } from 'typeorm';
import { codeBehind } from '../../errors/index.js';
import { APP_ROLE_FOUND } from './database-roles.js';

/** In the form in which TypeORM takes a name with a schema. */
export const MIGRATIONS_TABLE = 'threadkeep.threadkeep_migrations';
/**
 * The first migration creates the schema, and grants the right to read this table, so the table
 * lies here while it runs.
 */
const BEFORE_SCHEMA = 'public.threadkeep_migrations';

type Query = (text: string) => Promise<unknown>;

/** A table or schema that does not exist, or that this login may not read. */
const UNREADABLE = ['42P01', '3F000', '42501'];

/**
 * Run it as the owner before TypeORM reads the table, and after it has written it. Moves the table
 * of an older version, or of a first run, into the schema. Drops an empty schema that existed
 * before the first migration, which creates it.
 */
export const SETTLE_MIGRATIONS_TABLE = `
do $$
declare
  schema_oid oid := to_regnamespace('threadkeep');
begin
  if ${APP_ROLE_FOUND} is not null then
    if to_regclass('${BEFORE_SCHEMA}') is not null
      and to_regclass('${MIGRATIONS_TABLE}') is null then
      alter table ${BEFORE_SCHEMA} set schema threadkeep;
    end if;
  elsif schema_oid is not null
    and pg_has_role((select nspowner from pg_namespace where oid = schema_oid), 'usage')
    and not exists (select from pg_depend
      where refclassid = 'pg_namespace'::regclass and refobjid = schema_oid) then
    drop schema threadkeep;
  end if;
end $$`;

/** Reverting the first migration drops the schema. Moves the table out first. */
const LEAVE_SCHEMA = `
do $$ begin
  if to_regclass('${MIGRATIONS_TABLE}') is not null then
    if (select count(*) from ${MIGRATIONS_TABLE}) = 1 then
      alter table ${MIGRATIONS_TABLE} set schema public;
    end if;
  end if;
end $$`;

/** The names of the migrations that have run, in order; empty when none ever ran. */
export async function recordedMigrations(
  query: (text: string) => Promise<{ name: string }[]>,
): Promise<string[]> {
  for (const table of [MIGRATIONS_TABLE, BEFORE_SCHEMA]) {
    const rows = await query(`select name from ${table} order by id`).catch((error: unknown) => {
      if (UNREADABLE.includes(codeBehind(error) ?? '')) return null;
      throw error;
    });
    if (rows) return rows.map(({ name }) => name);
  }
  return [];
}

/** A SQL expression: the names as an array. Fails when the table is not in the schema yet. */
export const RECORDED_MIGRATIONS = `array(select name::text from ${MIGRATIONS_TABLE})`;

/** The owner's DataSource. With it, TypeORM's own commands find the table in either place. */
export class OwnerDataSource extends DataSource {
  /**
   * Call it before and after the use of a MigrationExecutor. The methods below do so themselves.
   */
  async settleMigrationsTable(query: Query = (text) => this.query(text)): Promise<void> {
    await query(SETTLE_MIGRATIONS_TABLE);
    await this.findMigrationsTable(query);
  }

  override async runMigrations(
    options?: Parameters<DataSource['runMigrations']>[0],
  ): Promise<Migration[]> {
    await this.settleMigrationsTable();
    try {
      return await super.runMigrations(options);
    } finally {
      await this.settleMigrationsTable();
    }
  }

  override async undoLastMigration(
    options?: Parameters<DataSource['undoLastMigration']>[0],
  ): Promise<void> {
    await this.settleMigrationsTable();
    await this.query(LEAVE_SCHEMA);
    await this.findMigrationsTable((text) => this.query(text));
    try {
      await super.undoLastMigration(options);
    } finally {
      await this.settleMigrationsTable();
    }
  }

  override async showMigrations(): Promise<boolean> {
    await this.findMigrationsTable((text) => this.query(text));
    return super.showMigrations();
  }

  private async findMigrationsTable(query: Query): Promise<void> {
    const [{ found }] = (await query(
      `select to_regclass('${MIGRATIONS_TABLE}') is not null as found`,
    )) as [{ found: boolean }];
    this.setOptions({ migrationsTableName: found ? MIGRATIONS_TABLE : BEFORE_SCHEMA });
  }
}
