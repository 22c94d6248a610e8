import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Notes which memories a memory has superseded, and which one has superseded it. Both are null in
 * all rows that are there, so no row is written.
 */
export class LinkSupersededMemories1795911705000 implements MigrationInterface {
  name = 'LinkSupersededMemories1795911705000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table threadkeep.memory add column supersedes uuid[], add column superseded_by uuid,
        add constraint memory__supersedes_count check (cardinality(supersedes) <= 100)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table threadkeep.memory drop column superseded_by, drop column supersedes`,
    );
  }
}
