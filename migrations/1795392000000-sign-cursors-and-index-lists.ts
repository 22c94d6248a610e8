import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectSystemTable } from '../src/platform/database/setup/row-level-security.js';

/** Lists can be sorted by more than activity, and their cursors are signed. */
export class SignCursorsAndIndexLists1795392000000 implements MigrationInterface {
  name = 'SignCursorsAndIndexLists1795392000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table threadkeep.signing_key (
        name       text           not null constraint signing_key__pk primary key,
        secret     bytea          not null,
        created_at timestamptz(3) not null default now()
      )`);
    await protectSystemTable(runner, 'signing_key');
    await runner.query(
      `create index conversation__created on threadkeep.conversation (user_id, created_at desc, id desc) where deleted_at is null`,
    );
    await runner.query(
      `create index conversation__deleted on threadkeep.conversation (user_id, updated_at desc, id desc) where deleted_at is not null`,
    );
    // As lists sort: row-level security keeps a coalesce, which it takes for leaky, away from the index.
    const title = `(case when title is null then '' else title end) collate "C"`;
    await runner.query(
      `create index conversation__title on threadkeep.conversation (user_id, (${title}), id) where deleted_at is null`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `drop index threadkeep.conversation__title, threadkeep.conversation__deleted, threadkeep.conversation__created`,
    );
    await runner.query(`drop table threadkeep.signing_key`);
  }
}
