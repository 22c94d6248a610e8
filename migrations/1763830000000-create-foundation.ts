import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  APP_ROLE,
  protectSystemTable,
  protectTable,
  SYSTEM_ROLE,
} from '../src/platform/database/setup/row-level-security.js';

/** Roles, users, keys, conversations and their messages, and the memory of idempotent requests. */
export class CreateFoundation1763830000000 implements MigrationInterface {
  name = 'CreateFoundation1763830000000';

  async up(runner: QueryRunner): Promise<void> {
    await createRoles(runner);
    await runner.query(`create schema threadkeep`);
    await runner.query(`create extension if not exists btree_gin`);
    await runner.query(`grant usage on schema threadkeep to ${APP_ROLE}, ${SYSTEM_ROLE}`);
    await runner.query(`grant select on public.threadkeep_migrations to ${APP_ROLE}`);
    await createUsers(runner);
    await createApiKeys(runner);
    await createConversations(runner);
    await createMessages(runner);
    await createMessageSearch(runner);
    await createIdempotencyKeys(runner);
  }

  /** The roles stay: they belong to the cluster, and another database of it may use them. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop schema threadkeep cascade`);
    await runner.query(`drop extension if exists btree_gin`);
    await runner.query(`revoke select on public.threadkeep_migrations from ${APP_ROLE}`);
  }
}

/** Roles are the cluster's: another database, or another migration at the same moment, may have made them. */
async function createRoles(runner: QueryRunner): Promise<void> {
  for (const role of [`${SYSTEM_ROLE} nologin`, `${APP_ROLE} nologin noinherit`]) {
    await runner.query(
      `do $$ begin create role ${role}; exception when duplicate_object or unique_violation then null; end $$`,
    );
  }
  await runner.query(
    `do $$ begin
       if not pg_has_role('${APP_ROLE}', '${SYSTEM_ROLE}', 'MEMBER') then grant ${SYSTEM_ROLE} to ${APP_ROLE}; end if;
     exception when unique_violation then null; end $$`,
  );
}

async function createUsers(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.app_user (
      id          uuid           not null constraint app_user__pk primary key,
      external_id text           constraint app_user__external_id_length check (char_length(external_id) between 1 and 255),
      email       text           constraint app_user__email_length check (char_length(email) between 3 and 320),
      name        text           constraint app_user__name_length check (char_length(name) <= 200),
      settings    jsonb          not null default '{}' constraint app_user__settings_size check (octet_length(settings::text) <= 65536),
      version     integer        not null default 1,
      created_at  timestamptz(3) not null default now(),
      updated_at  timestamptz(3) not null default now()
    )`);
  await runner.query(
    `create unique index app_user__external_id on threadkeep.app_user (external_id)`,
  );
  await runner.query(`create unique index app_user__email on threadkeep.app_user (lower(email))`);
  await runner.query(
    `create index app_user__created on threadkeep.app_user (created_at desc, id desc)`,
  );
  await protectTable(runner, { table: 'app_user', owner: 'id' });
}

async function createApiKeys(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.api_key (
      id         uuid           not null constraint api_key__pk primary key,
      user_id    uuid           constraint api_key__user_fk references threadkeep.app_user (id) on delete cascade,
      name       text           constraint api_key__name_length check (char_length(name) <= 200),
      hash       bytea          not null constraint api_key__hash unique,
      hint       text           not null,
      read_only  boolean        not null default false,
      created_at timestamptz(3) not null default now(),
      revoked_at timestamptz(3)
    )`);
  await runner.query(`create index api_key__user on threadkeep.api_key (user_id)`);
  await protectTable(runner, { table: 'api_key', grant: '' });
  // Every process forgets what it knows about keys and users the moment one of them changes.
  await runner.query(`
    create function threadkeep.announce_principal_change() returns trigger language plpgsql as
    $$ begin perform pg_notify('threadkeep_principals', ''); return null; end $$`);
  await runner.query(`
    create trigger api_key__announce after insert or update or delete on threadkeep.api_key
      for each statement execute function threadkeep.announce_principal_change()`);
  await runner.query(`
    create trigger app_user__announce after update of external_id or delete on threadkeep.app_user
      for each statement execute function threadkeep.announce_principal_change()`);
}

async function createConversations(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.conversation (
      user_id         uuid           not null constraint conversation__user_fk references threadkeep.app_user (id) on delete cascade,
      id              uuid           not null,
      title           text           constraint conversation__title_length check (char_length(title) <= 500),
      status          text           not null default 'active' constraint conversation__status_known check (status in ('active', 'archived')),
      tags            text[]         not null default '{}' constraint conversation__tags_count check (cardinality(tags) <= 50),
      metadata        jsonb          not null default '{}' constraint conversation__metadata_size check (octet_length(metadata::text) <= 65536),
      last_seq        integer        not null default 0 constraint conversation__last_seq_positive check (last_seq >= 0),
      version         integer        not null default 1,
      forked_from_id  uuid,
      forked_from_seq integer,
      import_key      text           constraint conversation__import_key_length check (char_length(import_key) between 1 and 500),
      created_at      timestamptz(3) not null default now(),
      updated_at      timestamptz(3) not null default now(),
      deleted_at      timestamptz(3),
      constraint conversation__pk primary key (user_id, id),
      constraint conversation__forked_from_fk foreign key (user_id, forked_from_id)
        references threadkeep.conversation (user_id, id) on delete set null (forked_from_id)
    )`);
  await runner.query(`
    create index conversation__activity on threadkeep.conversation (user_id, updated_at desc, id desc) where deleted_at is null`);
  await runner.query(`
    create unique index conversation__import_key on threadkeep.conversation (user_id, import_key) where import_key is not null`);
  await runner.query(`
    create index conversation__forks on threadkeep.conversation (user_id, forked_from_id) where forked_from_id is not null`);
  await protectTable(runner, { table: 'conversation' });
}

async function createMessages(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.message (
      user_id         uuid           not null,
      conversation_id uuid           not null,
      id              uuid           not null,
      created_at      timestamptz(3) not null default now(),
      seq             integer        not null constraint message__seq_positive check (seq > 0),
      token_count     integer        not null,
      content_is_json boolean        not null,
      role            text           not null constraint message__role_known check (role in ('user', 'assistant', 'system', 'tool')),
      content         text           not null constraint message__content_size check (octet_length(content) <= 4194304),
      metadata        jsonb          constraint message__metadata_size check (octet_length(metadata::text) <= 65536),
      constraint message__pk primary key (user_id, conversation_id, seq),
      constraint message__id unique (user_id, id),
      constraint message__conversation_fk foreign key (user_id, conversation_id)
        references threadkeep.conversation (user_id, id) on delete cascade
    )`);
  await protectTable(runner, { table: 'message', grant: 'select, insert' });
}

/** Filled by the first search that needs it, so that an append never pays for a search nobody made. */
async function createMessageSearch(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.message_search (
      user_id         uuid     not null,
      conversation_id uuid     not null,
      seq             integer  not null,
      lexemes         tsvector not null,
      constraint message_search__pk primary key (user_id, conversation_id, seq),
      constraint message_search__conversation_fk foreign key (user_id, conversation_id)
        references threadkeep.conversation (user_id, id) on delete cascade
    )`);
  // No pending list: a search right after a burst of writes would have to read all of it.
  await runner.query(`
    create index message_search__lexemes on threadkeep.message_search using gin (user_id, lexemes) with (fastupdate = off)`);
  await protectTable(runner, { table: 'message_search', grant: 'select, insert' });
}

async function createIdempotencyKeys(runner: QueryRunner): Promise<void> {
  const columns = `
      key          text           not null constraint %__key_length check (char_length(key) between 1 and 255),
      request_hash bytea          not null,
      status       smallint       not null,
      headers      jsonb          not null,
      body         text           not null,
      created_at   timestamptz(3) not null default now()`;
  await runner.query(`
    create table threadkeep.idempotency_key (
      user_id      uuid           not null constraint idempotency_key__user_fk references threadkeep.app_user (id) on delete cascade,${columns.replaceAll('%', 'idempotency_key')},
      constraint idempotency_key__pk primary key (user_id, key)
    )`);
  await runner.query(
    `create index idempotency_key__age on threadkeep.idempotency_key (user_id, created_at)`,
  );
  await protectTable(runner, { table: 'idempotency_key' });
  await runner.query(`
    create table threadkeep.service_idempotency_key (${columns.replaceAll('%', 'service_idempotency_key')},
      constraint service_idempotency_key__pk primary key (key)
    )`);
  await runner.query(
    `create index service_idempotency_key__age on threadkeep.service_idempotency_key (created_at)`,
  );
  await protectSystemTable(runner, 'service_idempotency_key');
}
