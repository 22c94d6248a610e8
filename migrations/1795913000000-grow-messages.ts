import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APP_ROLE, protectTable } from '../src/platform/database/setup/row-level-security.js';

/**
 * Lets a message grow until it is finished, and gives it a key of the application's own. What an
 * unfinished message says is kept in tables of its own, as pieces, and written to the message once,
 * when it is finished. No row is written.
 */
export class GrowMessages1795913000000 implements MigrationInterface {
  name = 'GrowMessages1795913000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table threadkeep.message add column status text, add column key text`,
    );
    await runner.query(
      `create unique index message__key on threadkeep.message (user_id, conversation_id, key)
         where key is not null`,
    );
    await runner.query(`grant update (status, key) on threadkeep.message to ${APP_ROLE}`);
    await runner.query(`alter table threadkeep.conversation add column completions integer`);
    await createDrafts(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table threadkeep.message_piece, threadkeep.message_draft`);
    await runner.query(`alter table threadkeep.conversation drop column completions`);
    await runner.query(`alter table threadkeep.message drop column key, drop column status`);
  }
}

async function createDrafts(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.message_draft (
      user_id uuid not null,
      conversation_id uuid not null,
      seq integer not null,
      message_id uuid not null,
      version integer not null default 0,
      pieces integer not null default 1,
      bytes integer not null,
      metadata jsonb,
      lease_expires_at timestamptz(3) not null,
      constraint message_draft__pk primary key (user_id, conversation_id, seq),
      constraint message_draft__version_positive check (version >= 0),
      constraint message_draft__metadata_size check (pg_column_size(metadata) <= 1048576),
      constraint message_draft__conversation_fk foreign key (user_id, conversation_id)
        references threadkeep.conversation (user_id, id) on delete cascade
    )`);
  await runner.query(`
    create table threadkeep.message_piece (
      user_id uuid not null,
      conversation_id uuid not null,
      seq integer not null,
      version integer not null,
      is_json boolean not null,
      content text not null,
      constraint message_piece__pk primary key (user_id, conversation_id, seq, version),
      constraint message_piece__draft_fk foreign key (user_id, conversation_id, seq)
        references threadkeep.message_draft (user_id, conversation_id, seq) on delete cascade
    )`);
  await protectTable(runner, { table: 'message_draft' });
  await protectTable(runner, { table: 'message_piece' });
}
