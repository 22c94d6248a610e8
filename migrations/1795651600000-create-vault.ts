import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  protectSystemTable,
  protectTable,
} from '../src/platform/database/setup/row-level-security.js';

/** What secrets are sealed with: one wrapped key for each user, and one for the service. */
export class CreateVault1795651600000 implements MigrationInterface {
  name = 'CreateVault1795651600000';

  async up(runner: QueryRunner): Promise<void> {
    const columns = `
        key_id       text           not null constraint %__key_id_length check (char_length(key_id) between 1 and 500),
        wrapped      bytea          not null constraint %__wrapped_size check (octet_length(wrapped) between 1 and 8192),
        created_at   timestamptz(3) not null default now(),
        rewrapped_at timestamptz(3)`;
    await runner.query(`
      create table threadkeep.data_key (
        user_id      uuid           not null constraint data_key__pk primary key
                                    constraint data_key__user_fk references threadkeep.app_user (id) on delete cascade,${columns.replaceAll('%', 'data_key')}
      )`);
    // Only the system rewraps; a user's row comes and goes.
    await protectTable(runner, { table: 'data_key', grant: 'select, insert, delete' });
    await runner.query(`
      create table threadkeep.service_data_key (
        name         text           not null constraint service_data_key__pk primary key,${columns.replaceAll('%', 'service_data_key')}
      )`);
    await protectSystemTable(runner, 'service_data_key');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table threadkeep.service_data_key`);
    await runner.query(`drop table threadkeep.data_key`);
  }
}
