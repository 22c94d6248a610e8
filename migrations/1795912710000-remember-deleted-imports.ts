import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APP_ROLE, protectTable } from '../src/platform/database/setup/row-level-security.js';

/**
 * Remembers that something was deleted for good, so that importing its file again does not bring it
 * back. What is kept is a hash under a random key of the user, which goes with the user.
 */
export class RememberDeletedImports1795912710000 implements MigrationInterface {
  name = 'RememberDeletedImports1795912710000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table threadkeep.app_user add column tombstone_key bytea`);
    await runner.query(`grant update (tombstone_key) on threadkeep.app_user to ${APP_ROLE}`);
    await runner.query(`
      create table threadkeep.deleted_import (
        user_id uuid not null
          constraint deleted_import__user_fk references threadkeep.app_user on delete cascade,
        digest  bytea not null,
        constraint deleted_import__pk primary key (user_id, digest),
        constraint deleted_import__digest_size check (octet_length(digest) = 32)
      )`);
    await protectTable(runner, { table: 'deleted_import', grant: 'select, insert' });
    await runner.query(`
      create function threadkeep.import_digest(secret bytea, kind text, key text) returns bytea
        language sql immutable parallel safe as
        $$ select sha256(secret || sha256(secret || convert_to(kind || ' ' || key, 'UTF8'))) $$`);
    await rememberConversations(runner);
    await rememberMemories(runner);
    for (const table of PLANNED) await rememberPlanned(runner, table);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of PLANNED) {
      await runner.query(`drop trigger ${table}__remember_purged on threadkeep.${table}`);
      await runner.query(`drop trigger ${table}__remember_deleted on threadkeep.${table}`);
      await runner.query(`drop function threadkeep.remember_purged_${table}s()`);
      await runner.query(`drop function threadkeep.remember_deleted_${table}()`);
    }
    await runner.query(`drop trigger memory__remember_purged on threadkeep.memory`);
    await runner.query(`drop trigger memory__remember_erased on threadkeep.memory`);
    await runner.query(`drop trigger conversation__remember_deleted on threadkeep.conversation`);
    for (const name of ['erased_memory', 'purged_memories', 'deleted_conversations'])
      await runner.query(`drop function threadkeep.remember_${name}()`);
    await runner.query(`drop function threadkeep.import_digest(bytea, text, text)`);
    await runner.query(`drop table threadkeep.deleted_import`);
    await runner.query(`revoke update (tombstone_key) on threadkeep.app_user from ${APP_ROLE}`);
    await runner.query(`alter table threadkeep.app_user drop column tombstone_key`);
  }
}

const PLANNED = ['task', 'event'] as const;

/**
 * An export names a conversation or memory by its key, or else by its id. Rows of a user who is being
 * erased leave nothing, because the user is gone by then.
 * @param gone a query with the columns user_id and key
 */
const remember = (name: string, kind: string, gone: string) => `
  create function threadkeep.remember_${name}() returns trigger language plpgsql as $$
  begin
    update threadkeep.app_user u
       set tombstone_key = sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))
     where u.id in (select g.user_id from (${gone}) g) and u.tombstone_key is null;
    insert into threadkeep.deleted_import (user_id, digest)
    select u.id, threadkeep.import_digest(u.tombstone_key, '${kind}', g.key)
      from (${gone}) g join threadkeep.app_user u on u.id = g.user_id
    on conflict do nothing;
    return null;
  end $$`;

async function rememberConversations(runner: QueryRunner): Promise<void> {
  const gone = `select user_id, coalesce(key, id::text) as key from gone`;
  await runner.query(remember('deleted_conversations', 'conversation', gone));
  await runner.query(`
    create trigger conversation__remember_deleted after delete on threadkeep.conversation
      referencing old table as gone
      for each statement execute function threadkeep.remember_deleted_conversations()`);
}

/** Forgetting a memory erases its versions in place; a purge deletes them. */
async function rememberMemories(runner: QueryRunner): Promise<void> {
  const key = (row: string) => `coalesce(${row}.metadata ->> 'importKey', ${row}.id::text)`;
  const erased = `select old.user_id as user_id, ${key('old')} as key`;
  await runner.query(remember('erased_memory', 'memory', erased));
  await runner.query(`
    create trigger memory__remember_erased after update of content on threadkeep.memory
      for each row when (old.label is null and old.content is not null and new.content is null)
        execute function threadkeep.remember_erased_memory()`);
  const gone = `select distinct g.user_id, ${key('g')} as key from gone g
    where g.label is null and g.content is not null`;
  await runner.query(remember('purged_memories', 'memory', gone));
  await runner.query(`
    create trigger memory__remember_purged after delete on threadkeep.memory
      referencing old table as gone
      for each statement execute function threadkeep.remember_purged_memories()`);
}

/** A task or event is hidden first, which can be undone, or deleted at once. */
async function rememberPlanned(runner: QueryRunner, table: string): Promise<void> {
  const key = (row: string) => `coalesce(${row}.metadata ->> 'importKey', ${row}.id::text)`;
  const hidden = `select old.user_id as user_id, ${key('old')} as key`;
  await runner.query(remember(`deleted_${table}`, table, hidden));
  await runner.query(`
    create trigger ${table}__remember_deleted after update of deleted_at on threadkeep.${table}
      for each row when (old.deleted_at is null and new.deleted_at is not null)
        execute function threadkeep.remember_deleted_${table}()`);
  const gone = `select g.user_id, ${key('g')} as key from gone g where g.deleted_at is null`;
  await runner.query(remember(`purged_${table}s`, table, gone));
  await runner.query(`
    create trigger ${table}__remember_purged after delete on threadkeep.${table}
      referencing old table as gone
      for each statement execute function threadkeep.remember_purged_${table}s()`);
}
