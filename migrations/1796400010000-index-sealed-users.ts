import type { MigrationInterface, QueryRunner } from 'typeorm';

const CONSTRAINTS: Record<string, string[]> = {
  app_user: ['sealed_fields_size', 'sealed_alone', 'email_hmac_size'],
  account: ['verified_hmac_size'],
  mailed_secret: ['sealed_email_size', 'one_email'],
};

/**
 * Indexes the columns, and reads the rows that were there before the constraints, in a transaction
 * of its own: users can be read meanwhile.
 */
export class IndexSealedUsers1796400010000 implements MigrationInterface {
  name = 'IndexSealedUsers1796400010000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create unique index app_user__email_hmac on threadkeep.app_user (email_hmac)
        where email_hmac is not null`);
    await runner.query(`
      create index app_user__sealed on threadkeep.app_user (id) where sealed_fields is not null`);
    for (const [table, names] of Object.entries(CONSTRAINTS)) {
      for (const name of names)
        await runner.query(`alter table threadkeep.${table} validate constraint ${table}__${name}`);
    }
  }

  /** The constraints go with the migration before. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index threadkeep.app_user__email_hmac, threadkeep.app_user__sealed`);
  }
}
