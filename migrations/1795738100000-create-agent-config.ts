import type { MigrationInterface, QueryRunner } from 'typeorm';
import { APP_ROLE, protectTable } from '../src/platform/database/row-level-security.js';

/** The owner of what is the service's own. No user has this id. */
const SERVICE = `'00000000-0000-0000-0000-000000000000'::uuid`;

/** Agent configurations: a head, versions that are only added, and the moves of their aliases; and the one that a conversation is led with. */
export class CreateAgentConfig1795738100000 implements MigrationInterface {
  name = 'CreateAgentConfig1795738100000';

  async up(runner: QueryRunner): Promise<void> {
    await createConfigs(runner);
    await createVersions(runner);
    await createMoves(runner);
    await pinInConversations(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table threadkeep.conversation drop column agent_config_owner, drop column agent_config_id, drop column agent_config_version, drop column agent_config_alias`);
    await runner.query(`drop table threadkeep.agent_config_move, threadkeep.agent_config_version, threadkeep.agent_config`);
  }
}

async function createConfigs(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.agent_config (
      owner       uuid           not null,
      id          uuid           not null,
      user_id     uuid           constraint agent_config__user_fk references threadkeep.app_user (id) on delete cascade,
      name        text           not null constraint agent_config__name_length check (char_length(name) between 1 and 200),
      description text           constraint agent_config__description_length check (char_length(description) <= 2000),
      tags        text[]         not null default '{}' constraint agent_config__tags_count check (cardinality(tags) <= 50),
      shared      boolean        not null default false,
      version     integer        not null constraint agent_config__version_positive check (version > 0),
      revision    integer        not null default 1,
      created_at  timestamptz(3) not null default now(),
      updated_at  timestamptz(3) not null default now(),
      constraint agent_config__pk primary key (owner, id),
      constraint agent_config__owner_known check (owner = coalesce(user_id, ${SERVICE})),
      constraint agent_config__shared_by_service check (user_id is null or not shared)
    )`);
  await runner.query(`create unique index agent_config__name on threadkeep.agent_config (owner, name)`);
  await runner.query(`create index agent_config__updated on threadkeep.agent_config (owner, updated_at desc, id desc)`);
  await runner.query(`create index agent_config__user on threadkeep.agent_config (user_id) where user_id is not null`);
  await protectTable(runner, { table: 'agent_config', owner: 'owner' });
  await runner.query(`create policy agent_config__shared on threadkeep.agent_config for select to ${APP_ROLE} using (owner = ${SERVICE} and shared)`);
}

async function createVersions(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.agent_config_version (
      owner      uuid           not null,
      config_id  uuid           not null,
      version    integer        not null,
      digest     text           not null constraint agent_config_version__digest_form check (digest ~ '^[0-9a-f]{64}$'),
      content    text           not null constraint agent_config_version__content_size check (octet_length(content) <= 1048576),
      author     text           not null constraint agent_config_version__author_length check (char_length(author) between 1 and 200),
      message    text           constraint agent_config_version__message_length check (char_length(message) <= 1000),
      created_at timestamptz(3) not null default now(),
      constraint agent_config_version__pk primary key (owner, config_id, version),
      constraint agent_config_version__config_fk foreign key (owner, config_id) references threadkeep.agent_config (owner, id) on delete cascade
    )`);
  await protectPart(runner, 'agent_config_version', 'select, insert');
}

/** The newest of an alias is where it points; `previous` is the move that a rollback goes back to. */
async function createMoves(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.agent_config_move (
      owner      uuid           not null,
      config_id  uuid           not null,
      alias      text           not null constraint agent_config_move__alias_form check (alias ~ '^[a-z][a-z0-9_-]{0,62}$'),
      number     integer        not null constraint agent_config_move__number_positive check (number > 0),
      targets    jsonb          not null constraint agent_config_move__targets_size check (pg_column_size(targets) <= 10000),
      previous   integer        constraint agent_config_move__previous_before check (previous < number),
      author     text           not null constraint agent_config_move__author_length check (char_length(author) between 1 and 200),
      created_at timestamptz(3) not null default now(),
      constraint agent_config_move__pk primary key (owner, config_id, alias, number),
      constraint agent_config_move__config_fk foreign key (owner, config_id) references threadkeep.agent_config (owner, id) on delete cascade
    )`);
  await protectPart(runner, 'agent_config_move', 'select, insert, delete');
}

/** What belongs to a shared configuration can be read with it. */
async function protectPart(runner: QueryRunner, table: string, grant: string): Promise<void> {
  await protectTable(runner, { table, owner: 'owner', grant });
  await runner.query(`
    create policy ${table}__shared on threadkeep.${table} for select to ${APP_ROLE}
      using (owner = ${SERVICE} and exists (select from threadkeep.agent_config c where c.owner = ${SERVICE} and c.id = config_id and c.shared))`);
}

/** A version, or an alias that is followed. */
async function pinInConversations(runner: QueryRunner): Promise<void> {
  await runner.query(`
    alter table threadkeep.conversation
      add column agent_config_owner   uuid,
      add column agent_config_id      uuid,
      add column agent_config_version integer constraint conversation__agent_config_version_positive check (agent_config_version > 0),
      add column agent_config_alias   text    constraint conversation__agent_config_alias_length check (char_length(agent_config_alias) between 1 and 63),
      add constraint conversation__agent_config_whole check (
        (agent_config_owner is null) = (agent_config_id is null) and num_nonnulls(agent_config_version, agent_config_alias) = num_nonnulls(agent_config_id)),
      add constraint conversation__agent_config_fk foreign key (agent_config_owner, agent_config_id) references threadkeep.agent_config (owner, id)`);
  await runner.query(
    `create index conversation__agent_config on threadkeep.conversation (agent_config_owner, agent_config_id) where agent_config_id is not null`,
  );
}
