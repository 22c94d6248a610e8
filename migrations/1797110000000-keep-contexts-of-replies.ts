import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Keeps with a turn which context the model got for each reply, also for replies before the
 * application gave results of tools. Turns of before have that of their last reply and rounds only.
 */
export class KeepContextsOfReplies1797110000000 implements MigrationInterface {
  name = 'KeepContextsOfReplies1797110000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table threadkeep.turn add column contexts jsonb not null default '{}'
         constraint turn__contexts_size check (pg_column_size(contexts) <= 65536)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.turn drop column contexts`);
  }
}
