import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the oldest manifests of a user, which are removed after a while. */
export class ExpireManifests1795911032000 implements MigrationInterface {
  name = 'ExpireManifests1795911032000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `create index context_manifest__age on threadkeep.context_manifest (user_id, created_at)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index threadkeep.context_manifest__age`);
  }
}
