import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds to each turn the rounds of tools that the service ran within it. No row is written. */
export class AddRoundsOfTools1795921000000 implements MigrationInterface {
  name = 'AddRoundsOfTools1795921000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table threadkeep.turn add column rounds jsonb not null default '[]'
         constraint turn__rounds_size check (pg_column_size(rounds) <= 65536)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.turn drop column rounds`);
  }
}
