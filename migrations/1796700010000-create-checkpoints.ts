import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTable } from '../src/platform/database/setup/row-level-security.js';

/**
 * Where the runs of agents are. What a channel holds is a row of its own, which all checkpoints of a
 * thread share as long as its version is the same.
 */
export class CreateCheckpoints1796700010000 implements MigrationInterface {
  name = 'CreateCheckpoints1796700010000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table threadkeep.checkpoint (
        user_id       uuid             not null constraint checkpoint__user_fk references threadkeep.app_user (id) on delete cascade,
        thread_id     text collate "C" not null constraint checkpoint__thread_id_length check (char_length(thread_id) between 1 and 255),
        namespace     text collate "C" not null constraint checkpoint__namespace_size check (octet_length(namespace) <= 768),
        checkpoint_id text collate "C" not null constraint checkpoint__checkpoint_id_length check (char_length(checkpoint_id) between 1 and 64),
        parent_id     text             constraint checkpoint__parent_id_length check (char_length(parent_id) between 1 and 64),
        type          text             not null,
        data          bytea            not null constraint checkpoint__data_size check (octet_length(data) <= 4194304),
        metadata_type text             not null,
        metadata_data bytea            not null constraint checkpoint__metadata_size check (octet_length(metadata_data) <= 4194304),
        labels        jsonb            not null default '{}' constraint checkpoint__labels_size check (pg_column_size(labels) <= 1048576),
        channels      jsonb            not null default '{}' constraint checkpoint__channels_size check (pg_column_size(channels) <= 1048576),
        created_at    timestamptz(3)   not null default now(),
        constraint checkpoint__pk primary key (user_id, thread_id, namespace, checkpoint_id)
      )`);
    await runner.query(
      `create index checkpoint__newest on threadkeep.checkpoint (user_id, checkpoint_id)`,
    );
    await runner.query(
      `create index checkpoint__newest_of_thread
         on threadkeep.checkpoint (user_id, thread_id, checkpoint_id)`,
    );
    await runner.query(`
      create table threadkeep.checkpoint_value (
        user_id   uuid             not null constraint checkpoint_value__user_fk references threadkeep.app_user (id) on delete cascade,
        thread_id text collate "C" not null,
        namespace text collate "C" not null,
        channel   text collate "C" not null constraint checkpoint_value__channel_length check (char_length(channel) between 1 and 120),
        version   text collate "C" not null constraint checkpoint_value__version_length check (char_length(version) between 1 and 64),
        type      text             not null,
        data      bytea            not null constraint checkpoint_value__data_size check (octet_length(data) <= 4194304),
        constraint checkpoint_value__pk primary key (user_id, thread_id, namespace, channel, version)
      )`);
    await runner.query(`
      create table threadkeep.checkpoint_write (
        user_id       uuid             not null constraint checkpoint_write__user_fk references threadkeep.app_user (id) on delete cascade,
        thread_id     text collate "C" not null,
        namespace     text collate "C" not null,
        checkpoint_id text collate "C" not null,
        task_id       text collate "C" not null constraint checkpoint_write__task_id_length check (char_length(task_id) between 1 and 64),
        position      integer          not null,
        task_path     text collate "C" not null constraint checkpoint_write__task_path_length check (char_length(task_path) <= 1024),
        channel       text             not null,
        type          text             not null,
        data          bytea            not null constraint checkpoint_write__data_size check (octet_length(data) <= 4194304),
        constraint checkpoint_write__pk primary key (user_id, thread_id, namespace, checkpoint_id, task_id, position)
      )`);
    for (const table of ['checkpoint', 'checkpoint_value', 'checkpoint_write'])
      await protectTable(runner, { table });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `drop table threadkeep.checkpoint, threadkeep.checkpoint_value, threadkeep.checkpoint_write`,
    );
  }
}
