import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Finds the last time that has passed among the valid times of a user's current memories. A cached
 * context holds until the next one passes. memory__expiry does the same for expiry.
 */
export class FindPassedTimes1795911300000 implements MigrationInterface {
  name = 'FindPassedTimes1795911300000';

  async up(runner: QueryRunner): Promise<void> {
    for (const column of ['valid_from', 'valid_to'])
      await runner.query(
        `create index memory__${column} on threadkeep.memory (user_id, ${column}) where superseded_at is null and ${column} is not null`,
      );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index threadkeep.memory__valid_from, threadkeep.memory__valid_to`);
  }
}
