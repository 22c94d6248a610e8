import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the most important instructions and preferences, which every context of a user may have. */
export class FindStandingMemories1795911500000 implements MigrationInterface {
  name = 'FindStandingMemories1795911500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create index memory__standing on threadkeep.memory (user_id, kind, importance desc, recorded_at desc)
         where superseded_at is null and content is not null and kind in ('instruction', 'preference')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index threadkeep.memory__standing`);
  }
}
