import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTable } from '../src/platform/database/setup/row-level-security.js';

/** Summaries of ranges of a conversation, the manifests of contexts that were given out, and what finds messages that are kept. */
export class CreateContext1795478900000 implements MigrationInterface {
  name = 'CreateContext1795478900000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table threadkeep.conversation add column context_version integer not null default 0`,
    );
    await runner.query(
      `create index message__system on threadkeep.message (user_id, conversation_id, seq) where role = 'system'`,
    );
    await runner.query(
      `create index message__pinned on threadkeep.message (user_id, conversation_id, seq) where metadata @> '{"pinned": true}'`,
    );
    await createSummaries(runner);
    await createManifests(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table threadkeep.context_manifest, threadkeep.summary`);
    await runner.query(`drop index threadkeep.message__system, threadkeep.message__pinned`);
    await runner.query(`alter table threadkeep.conversation drop column context_version`);
  }
}

async function createSummaries(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.summary (
      user_id         uuid           not null,
      id              uuid           not null,
      conversation_id uuid           not null,
      from_seq        integer        not null constraint summary__from_seq_positive check (from_seq > 0),
      to_seq          integer        not null,
      token_count     integer        not null,
      created_at      timestamptz(3) not null default now(),
      compact         boolean        not null default false,
      content         text           not null constraint summary__content_size check (octet_length(content) between 1 and 262144),
      constraint summary__range check (to_seq >= from_seq),
      constraint summary__pk primary key (user_id, id),
      constraint summary__conversation_fk foreign key (user_id, conversation_id)
        references threadkeep.conversation (user_id, id) on delete cascade
    )`);
  await runner.query(
    `create index summary__range_end on threadkeep.summary (user_id, conversation_id, to_seq desc, id desc)`,
  );
  await runner.query(
    `create index summary__kind on threadkeep.summary (user_id, conversation_id, compact, to_seq desc, id desc)`,
  );
  await protectTable(runner, { table: 'summary', grant: 'select, insert, delete' });
}

async function createManifests(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.context_manifest (
      user_id         uuid           not null,
      conversation_id uuid           not null,
      id              uuid           not null,
      created_at      timestamptz(3) not null default now(),
      body            text           not null constraint context_manifest__body_size check (octet_length(body) <= 1048576),
      constraint context_manifest__pk primary key (user_id, conversation_id, id),
      constraint context_manifest__conversation_fk foreign key (user_id, conversation_id)
        references threadkeep.conversation (user_id, id) on delete cascade
    )`);
  await protectTable(runner, { table: 'context_manifest', grant: 'select, insert' });
}
