import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reads the users that were there before the constraints, in a transaction of its own. */
export class ValidateUsernamesAndStatus1796100010000 implements MigrationInterface {
  name = 'ValidateUsernamesAndStatus1796100010000';

  async up(runner: QueryRunner): Promise<void> {
    for (const name of ['username_form', 'status_known'])
      await runner.query(`alter table threadkeep.app_user validate constraint app_user__${name}`);
  }

  /** The constraints go with the migration before. */
  async down(): Promise<void> {}
}
