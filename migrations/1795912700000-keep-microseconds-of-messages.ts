import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A message keeps the time that its writer gave, with microseconds. PostgreSQL widens the type
 * without writing a row or an index.
 */
export class KeepMicrosecondsOfMessages1795912700000 implements MigrationInterface {
  name = 'KeepMicrosecondsOfMessages1795912700000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table threadkeep.message alter column created_at type timestamptz(6)`,
    );
  }

  /** Writes the table again. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table threadkeep.message alter column created_at type timestamptz(3)`,
    );
  }
}
