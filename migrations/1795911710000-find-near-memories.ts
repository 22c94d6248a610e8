import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Finds memories that say nearly the same. No row is written: a job computes the column for the
 * memories that are there, which it finds by an index that is empty afterwards.
 */
export class FindNearMemories1795911710000 implements MigrationInterface {
  name = 'FindNearMemories1795911710000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.memory add column near_fingerprint bigint`);
    await runner.query(
      `create index memory__near on threadkeep.memory (user_id, near_fingerprint)
         where superseded_at is null and near_fingerprint is not null`,
    );
    await runner.query(
      `create index memory__near_unknown on threadkeep.memory (user_id, id)
         where superseded_at is null and near_fingerprint is null and content is not null
           and label is null`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.memory drop column near_fingerprint`);
  }
}
