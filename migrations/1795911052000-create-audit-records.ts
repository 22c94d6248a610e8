import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APP_ROLE, SYSTEM_ROLE } from '../src/platform/database/setup/row-level-security.js';

/** What the operator has to answer for: only added, and kept when the user it is about is removed. It holds ids and numbers, no content. */
export class CreateAuditRecords1795911052000 implements MigrationInterface {
  name = 'CreateAuditRecords1795911052000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table threadkeep.audit_record (
        id                uuid           not null constraint audit_record__pk primary key,
        action            text           not null constraint audit_record__action_length check (char_length(action) between 1 and 100),
        key_id            uuid,
        about_user_id     uuid,
        subject           uuid,
        details           jsonb          not null default '{}' constraint audit_record__details_size check (pg_column_size(details) <= 100000),
        address           text           constraint audit_record__address_length check (char_length(address) <= 64),
        request_id        uuid,
        client_request_id text           constraint audit_record__client_request_id_length check (char_length(client_request_id) <= 200),
        created_at        timestamptz(3) not null default now()
      )`);
    for (const column of ['key_id', 'about_user_id', 'action']) {
      await runner.query(
        `create index audit_record__${column} on threadkeep.audit_record (${column}, id desc)`,
      );
    }
    await runner.query(`create index audit_record__age on threadkeep.audit_record (created_at)`);
    await runner.query(`
      create unique index audit_record__first_use on threadkeep.audit_record (key_id, address) where action = 'api_key.used_from_new_address'`);
    await this.protect(runner);
    await runner.query(`
      alter table threadkeep.audit_event
        add column client_request_id text constraint audit_event__client_request_id_length check (char_length(client_request_id) <= 200)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.audit_event drop column client_request_id`);
    await runner.query(`drop table threadkeep.audit_record`);
  }

  /** Nobody who serves a request changes a row, or removes one that is younger than thirty days. */
  private async protect(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.audit_record enable row level security`);
    await runner.query(`alter table threadkeep.audit_record force row level security`);
    await runner.query(`
      create policy audit_record__write on threadkeep.audit_record for insert to ${APP_ROLE}
        with check (about_user_id = (select nullif(current_setting('app.user_id', true), '')::uuid))`);
    await runner.query(
      `create policy audit_record__read on threadkeep.audit_record for select to ${SYSTEM_ROLE} using (true)`,
    );
    await runner.query(
      `create policy audit_record__system_write on threadkeep.audit_record for insert to ${SYSTEM_ROLE} with check (true)`,
    );
    await runner.query(`
      create policy audit_record__expire on threadkeep.audit_record for delete to ${SYSTEM_ROLE}
        using (created_at < now() - interval '30 days')`);
    await runner.query(`grant insert on threadkeep.audit_record to ${APP_ROLE}`);
    await runner.query(`grant select, insert, delete on threadkeep.audit_record to ${SYSTEM_ROLE}`);
  }
}
