import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Indexes the columns, and reads the users that were there before the constraints, in a transaction
 * of its own: users can be read meanwhile.
 */
export class IndexUsernamesAndStatus1796100010000 implements MigrationInterface {
  name = 'IndexUsernamesAndStatus1796100010000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create unique index app_user__username on threadkeep.app_user (threadkeep.fold_case(username))`,
    );
    await runner.query(
      `create index app_user__status on threadkeep.app_user (status, created_at desc, id desc)`,
    );
    for (const name of ['username_form', 'status_known'])
      await runner.query(`alter table threadkeep.app_user validate constraint app_user__${name}`);
  }

  /** The constraints go with the migration before. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index threadkeep.app_user__username, threadkeep.app_user__status`);
  }
}
