import type { MigrationInterface, QueryRunner } from 'typeorm';

const CONSTRAINTS = ['issuer_length', 'subject_length', 'issuer_with_subject'];

/** Reads the users that were there before the constraints, in a transaction of its own. */
export class ValidateOutsideIdentities1796000010000 implements MigrationInterface {
  name = 'ValidateOutsideIdentities1796000010000';

  async up(runner: QueryRunner): Promise<void> {
    for (const name of CONSTRAINTS)
      await runner.query(`alter table threadkeep.app_user validate constraint app_user__${name}`);
  }

  /** The constraints go with the migration before. */
  async down(): Promise<void> {}
}
