import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTable } from '../src/platform/database/setup/row-level-security.js';

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
      alter table threadkeep.conversation drop column agent_config_id, drop column agent_config_version, drop column agent_config_alias`);
    await runner.query(
      `drop table threadkeep.agent_config_move, threadkeep.agent_config_version, threadkeep.agent_config`,
    );
  }
}

async function createConfigs(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.agent_config (
      user_id     uuid           not null constraint agent_config__user_fk references threadkeep.app_user (id) on delete cascade,
      id          uuid           not null,
      name        text           not null constraint agent_config__name_length check (char_length(name) between 1 and 200),
      description text           constraint agent_config__description_length check (char_length(description) <= 2000),
      tags        text[]         not null default '{}' constraint agent_config__tags_count check (cardinality(tags) <= 50),
      version     integer        not null constraint agent_config__version_positive check (version > 0),
      revision    integer        not null default 1,
      created_at  timestamptz(3) not null default now(),
      updated_at  timestamptz(3) not null default now(),
      constraint agent_config__pk primary key (user_id, id)
    )`);
  await runner.query(
    `create unique index agent_config__name on threadkeep.agent_config (user_id, name)`,
  );
  await runner.query(
    `create index agent_config__updated on threadkeep.agent_config (user_id, updated_at desc, id desc)`,
  );
  await protectTable(runner, { table: 'agent_config' });
}

async function createVersions(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.agent_config_version (
      user_id    uuid           not null,
      config_id  uuid           not null,
      version    integer        not null,
      digest     text           not null constraint agent_config_version__digest_form check (digest ~ '^[0-9a-f]{64}$'),
      content    text           not null constraint agent_config_version__content_size check (octet_length(content) <= 1048576),
      author     text           not null constraint agent_config_version__author_length check (char_length(author) between 1 and 200),
      message    text           constraint agent_config_version__message_length check (char_length(message) <= 1000),
      created_at timestamptz(3) not null default now(),
      constraint agent_config_version__pk primary key (user_id, config_id, version),
      constraint agent_config_version__config_fk foreign key (user_id, config_id) references threadkeep.agent_config (user_id, id) on delete cascade
    )`);
  await protectTable(runner, { table: 'agent_config_version', grant: 'select, insert' });
}

/** The newest of an alias is where it points; `previous` is the move that a rollback goes back to. */
async function createMoves(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.agent_config_move (
      user_id    uuid           not null,
      config_id  uuid           not null,
      alias      text           not null constraint agent_config_move__alias_form check (alias ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$'),
      number     integer        not null constraint agent_config_move__number_positive check (number > 0),
      targets    jsonb          not null constraint agent_config_move__targets_size check (pg_column_size(targets) <= 10000),
      previous   integer        constraint agent_config_move__previous_before check (previous < number),
      author     text           not null constraint agent_config_move__author_length check (char_length(author) between 1 and 200),
      created_at timestamptz(3) not null default now(),
      constraint agent_config_move__pk primary key (user_id, config_id, alias, number),
      constraint agent_config_move__config_fk foreign key (user_id, config_id) references threadkeep.agent_config (user_id, id) on delete cascade
    )`);
  await protectTable(runner, { table: 'agent_config_move', grant: 'select, insert, delete' });
}

/** A version, or an alias that is followed. */
async function pinInConversations(runner: QueryRunner): Promise<void> {
  await runner.query(`
    alter table threadkeep.conversation
      add column agent_config_id      uuid,
      add column agent_config_version integer constraint conversation__agent_config_version_positive check (agent_config_version > 0),
      add column agent_config_alias   text    constraint conversation__agent_config_alias_length check (char_length(agent_config_alias) between 1 and 63),
      add constraint conversation__agent_config_whole check (agent_config_id is null or num_nonnulls(agent_config_version, agent_config_alias) = 1),
      add constraint conversation__agent_config_fk foreign key (user_id, agent_config_id) references threadkeep.agent_config (user_id, id)
        on delete set null (agent_config_id)`);
  await runner.query(
    `create index conversation__agent_config on threadkeep.conversation (user_id, agent_config_id) where agent_config_id is not null`,
  );
}
