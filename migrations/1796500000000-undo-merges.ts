import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTable } from '../src/platform/database/setup/row-level-security.js';

/**
 * What the undo of a merge needs. Only the system reads it: it holds names and the hash of a password
 * of a user who is not there.
 */
export class UndoMerges1796500000000 implements MigrationInterface {
  name = 'UndoMerges1796500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table threadkeep.merge_undo (
        user_id    uuid           not null constraint merge_undo__user_fk
                                  references threadkeep.app_user (id) on delete cascade,
        from_id    uuid           not null,
        into_id    uuid           not null,
        merged_at  timestamptz(3) not null default clock_timestamp(),
        expires_at timestamptz(3) not null,
        constraint merge_undo__pk primary key (user_id, from_id)
      )`);
    await protectTable(runner, { table: 'merge_undo', grant: '' });
    await runner.query(`
      create table threadkeep.merge_undo_part (
        user_id uuid    not null,
        from_id uuid    not null,
        kind    text    not null constraint merge_undo_part__kind_length
                        check (char_length(kind) between 1 and 200),
        number  integer not null,
        entries jsonb   not null constraint merge_undo_part__entries_count
                        check (jsonb_array_length(entries) between 1 and 1000),
        constraint merge_undo_part__pk primary key (user_id, from_id, kind, number),
        constraint merge_undo_part__undo_fk foreign key (user_id, from_id)
          references threadkeep.merge_undo (user_id, from_id) on delete cascade
      )`);
    await protectTable(runner, { table: 'merge_undo_part', grant: '' });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table threadkeep.merge_undo_part, threadkeep.merge_undo`);
  }
}
