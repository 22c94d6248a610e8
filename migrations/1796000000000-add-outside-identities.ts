import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Keeps by which subject of which outside issuer a user is known. The index is partial, because most
 * users have neither.
 */
export class AddOutsideIdentities1796000000000 implements MigrationInterface {
  name = 'AddOutsideIdentities1796000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table threadkeep.app_user add column issuer text, add column subject text`,
    );
    await runner.query(`
      alter table threadkeep.app_user
        add constraint app_user__issuer_length
          check (char_length(issuer) between 1 and 500) not valid,
        add constraint app_user__subject_length
          check (char_length(subject) between 1 and 255) not valid,
        add constraint app_user__issuer_with_subject
          check ((issuer is null) = (subject is null)) not valid`);
    await runner.query(`
      create unique index app_user__subject on threadkeep.app_user (subject, issuer)
        where subject is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.app_user drop column issuer, drop column subject`);
  }
}
