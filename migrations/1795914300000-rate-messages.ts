import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APP_ROLE } from '../src/platform/database/setup/row-level-security.js';

/** Lets users say what they think of a message. No row is written. */
export class RateMessages1795914300000 implements MigrationInterface {
  name = 'RateMessages1795914300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.message add column feedback jsonb`);
    await runner.query(`grant update (feedback) on threadkeep.message to ${APP_ROLE}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.message drop column feedback`);
  }
}
