import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APP_ROLE } from '../src/platform/database/setup/row-level-security.js';

/**
 * Counts the parts of a message in progress, and remembers by which write a message was finished. No
 * row is written. Parts of messages that are in progress during the migration are not counted.
 */
export class BoundUnfinishedMessages1795914310000 implements MigrationInterface {
  name = 'BoundUnfinishedMessages1795914310000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table threadkeep.message_draft add column parts integer not null default 0,
         add column ends_in_text boolean not null default false`,
    );
    await runner.query(`alter table threadkeep.message add column last_write bytea`);
    await runner.query(`grant update (last_write) on threadkeep.message to ${APP_ROLE}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.message drop column last_write`);
    await runner.query(
      `alter table threadkeep.message_draft drop column ends_in_text, drop column parts`,
    );
  }
}
