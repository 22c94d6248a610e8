import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTable } from '../src/platform/database/setup/row-level-security.js';

/** What was done with a user's secrets and by whom; and what a user lays over a configuration, step by step. */
export class CreateAuditAndOverrides1795824700000 implements MigrationInterface {
  name = 'CreateAuditAndOverrides1795824700000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table threadkeep.audit_event (
        user_id    uuid           not null constraint audit_event__user_fk references threadkeep.app_user (id) on delete cascade,
        id         uuid           not null,
        action     text           not null constraint audit_event__action_length check (char_length(action) between 1 and 100),
        subject    uuid,
        details    jsonb          not null default '{}' constraint audit_event__details_size check (pg_column_size(details) <= 100000),
        actor      text           not null constraint audit_event__actor_length check (char_length(actor) between 1 and 200),
        request_id text           not null constraint audit_event__request_id_length check (char_length(request_id) <= 200),
        created_at timestamptz(3) not null default now(),
        constraint audit_event__pk primary key (user_id, id)
      )`);
    // Nobody who serves a request changes what was written.
    await protectTable(runner, { table: 'audit_event', grant: 'select, insert' });
    await runner.query(`revoke update, delete on threadkeep.audit_event from threadkeep_system`);
    // Of a configuration of the user or of the service: an id of either, so without a reference.
    await runner.query(`
      create table threadkeep.agent_config_override (
        user_id    uuid           not null constraint agent_config_override__user_fk references threadkeep.app_user (id) on delete cascade,
        config_id  uuid           not null,
        number     integer        not null constraint agent_config_override__number_positive check (number > 0),
        changes    text           constraint agent_config_override__changes_size check (octet_length(changes) <= 1048576),
        author     text           not null constraint agent_config_override__author_length check (char_length(author) between 1 and 200),
        created_at timestamptz(3) not null default now(),
        constraint agent_config_override__pk primary key (user_id, config_id, number)
      )`);
    await protectTable(runner, { table: 'agent_config_override', grant: 'select, insert, delete' });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table threadkeep.agent_config_override, threadkeep.audit_event`);
  }
}
