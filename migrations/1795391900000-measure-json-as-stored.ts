import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Table and column of each JSON object that is kept for the application. */
const OBJECTS = { app_user: 'settings', conversation: 'metadata', message: 'metadata' };

/**
 * Measures JSON by its size in the row. As text, PostgreSQL writes blanks that the client did not send: an object of the longest
 * length allowed was refused, and each write paid for a text that nobody reads.
 */
export class MeasureJsonAsStored1795391900000 implements MigrationInterface {
  name = 'MeasureJsonAsStored1795391900000';

  async up(runner: QueryRunner): Promise<void> {
    await limit(runner, (column) => `pg_column_size(${column}) <= 1048576`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await limit(runner, (column) => `octet_length(${column}::text) <= 65536`);
  }
}

async function limit(runner: QueryRunner, condition: (column: string) => string): Promise<void> {
  for (const [table, column] of Object.entries(OBJECTS)) {
    const name = `${table}__${column}_size`;
    await runner.query(
      `alter table threadkeep.${table} drop constraint ${name}, add constraint ${name} check (${condition(column)})`,
    );
  }
}
