import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTable } from '../src/platform/database/setup/row-level-security.js';

/** Work for later: a row is written with what it belongs to, and is its own status. */
export class CreateJobs1795479000000 implements MigrationInterface {
  name = 'CreateJobs1795479000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table threadkeep.job (
        id           uuid           not null constraint job__pk primary key,
        user_id      uuid           constraint job__user_fk references threadkeep.app_user (id) on delete cascade,
        name         text           not null constraint job__name_length check (char_length(name) between 1 and 100),
        key          text           constraint job__key_length check (char_length(key) between 1 and 255),
        payload      jsonb          not null default '{}' constraint job__payload_size check (pg_column_size(payload) <= 1048576),
        status       text           not null default 'queued' constraint job__status_known check (status in ('queued', 'running', 'completed', 'failed')),
        done         integer        not null default 0,
        total        integer,
        attempts     integer        not null default 0,
        max_attempts integer        not null,
        error        text           constraint job__error_length check (char_length(error) <= 1000),
        due_at       timestamptz(3) not null default now(),
        wake_at      timestamptz(3) not null default now(),
        created_at   timestamptz(3) not null default now(),
        started_at   timestamptz(3),
        finished_at  timestamptz(3)
      )`);
    const active = `status in ('queued', 'running')`;
    await runner.query(`create index job__user on threadkeep.job (user_id, id desc)`);
    await runner.query(`create index job__wake on threadkeep.job (wake_at) where ${active}`);
    await runner.query(`create index job__due on threadkeep.job (due_at) where ${active}`);
    await runner.query(
      `create index job__finished on threadkeep.job (finished_at) where finished_at is not null`,
    );
    await runner.query(
      `create unique index job__active_of_user on threadkeep.job (user_id, name, key) where user_id is not null and key is not null and ${active}`,
    );
    await runner.query(
      `create unique index job__active_of_system on threadkeep.job (name, key) where user_id is null and key is not null and ${active}`,
    );
    await protectTable(runner, { table: 'job', grant: 'select, insert, update' });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table threadkeep.job`);
  }
}
