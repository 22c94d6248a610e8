import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTable } from '../src/platform/database/setup/row-level-security.js';
import { eraseAnswersOfDeleted } from '../src/platform/idempotency/erased-answers.js';

/** JSON values of agents under a namespace and a key. A path is the labels, each with U+0001 behind it. */
export class CreateStoreItems1796700000000 implements MigrationInterface {
  name = 'CreateStoreItems1796700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table threadkeep.store_item (
        user_id     uuid             not null constraint store_item__user_fk references threadkeep.app_user (id) on delete cascade,
        id          uuid             not null,
        path        text collate "C" not null constraint store_item__path_size check (octet_length(path) between 2 and 1024),
        key         text collate "C" not null constraint store_item__key_length check (char_length(key) between 1 and 255),
        value       jsonb            not null constraint store_item__value_size check (pg_column_size(value) <= 1048576),
        search_text text             constraint store_item__search_text_length check (char_length(search_text) <= 8192),
        ttl_minutes double precision constraint store_item__ttl_positive check (ttl_minutes > 0),
        expires_at  timestamptz(3),
        created_at  timestamptz(3)   not null default now(),
        updated_at  timestamptz(3)   not null default now(),
        constraint store_item__pk primary key (user_id, id),
        constraint store_item__key unique (user_id, path, key)
      )`);
    await runner.query(
      `create index store_item__expires on threadkeep.store_item (user_id, expires_at)
         where expires_at is not null`,
    );
    await protectTable(runner, { table: 'store_item' });
    await eraseAnswersOfDeleted(runner, 'store_item');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table threadkeep.store_item`);
  }
}
