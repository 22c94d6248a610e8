import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTable } from '../src/platform/database/setup/row-level-security.js';

/** Users' own keys of model providers, sealed by the vault. */
export class CreateModelKeys1795914000000 implements MigrationInterface {
  name = 'CreateModelKeys1795914000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table threadkeep.model_key (
        user_id    uuid           not null constraint model_key__user_fk references threadkeep.app_user (id) on delete cascade,
        provider   text           not null constraint model_key__provider_form check (provider ~ '^[a-z][a-z0-9_-]{0,62}$'),
        sealed     bytea          not null constraint model_key__sealed_size check (octet_length(sealed) between 1 and 2048),
        updated_at timestamptz(3) not null default now(),
        constraint model_key__pk primary key (user_id, provider)
      )`);
    await protectTable(runner, { table: 'model_key' });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table threadkeep.model_key`);
  }
}
