import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectSharedTable } from '../src/platform/database/setup/row-level-security.js';

/** Agent configurations of the service, which users may read once they are shared, and conversations that are led with one. */
export class ShareAgentConfigs1795824500000 implements MigrationInterface {
  name = 'ShareAgentConfigs1795824500000';

  async up(runner: QueryRunner): Promise<void> {
    await createConfigs(runner);
    await createVersions(runner);
    await createMoves(runner);
    await pinInConversations(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      update threadkeep.conversation set shared_agent_config_id = null, agent_config_version = null, agent_config_alias = null where shared_agent_config_id is not null`);
    await runner.query(`alter table threadkeep.conversation drop column shared_agent_config_id`);
    await runner.query(
      `drop table threadkeep.service_agent_config_move, threadkeep.service_agent_config_version, threadkeep.service_agent_config`,
    );
  }
}

/** `owner` is the same in every row: statements that have an owner serve both kinds of tables. */
const owner = (table: string) =>
  `owner text not null default 'service' constraint ${table}__owner_service check (owner = 'service')`;

/** Of a version or a move: that the configuration is shared, as far as the reader can see. */
const OF_SHARED = `exists (select from threadkeep.service_agent_config c where c.id = config_id and c.shared)`;

async function createConfigs(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.service_agent_config (
      ${owner('service_agent_config')},
      id          uuid           not null,
      shared      boolean        not null default false,
      name        text           not null constraint service_agent_config__name_length check (char_length(name) between 1 and 200),
      description text           constraint service_agent_config__description_length check (char_length(description) <= 2000),
      tags        text[]         not null default '{}' constraint service_agent_config__tags_count check (cardinality(tags) <= 50),
      version     integer        not null constraint service_agent_config__version_positive check (version > 0),
      revision    integer        not null default 1,
      servers_revision integer   not null default 0,
      created_at  timestamptz(3) not null default now(),
      updated_at  timestamptz(3) not null default now(),
      constraint service_agent_config__pk primary key (id)
    )`);
  await runner.query(
    `create unique index service_agent_config__name on threadkeep.service_agent_config (name)`,
  );
  await runner.query(
    `create index service_agent_config__updated on threadkeep.service_agent_config (updated_at desc, id desc)`,
  );
  await protectSharedTable(runner, 'service_agent_config', 'shared');
}

async function createVersions(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.service_agent_config_version (
      ${owner('service_agent_config_version')},
      config_id  uuid           not null constraint service_agent_config_version__config_fk references threadkeep.service_agent_config (id) on delete cascade,
      version    integer        not null,
      digest     text           not null constraint service_agent_config_version__digest_form check (digest ~ '^[0-9a-f]{64}$'),
      content    text           not null constraint service_agent_config_version__content_size check (octet_length(content) <= 1048576),
      author     text           not null constraint service_agent_config_version__author_length check (char_length(author) between 1 and 200),
      message    text           constraint service_agent_config_version__message_length check (char_length(message) <= 1000),
      created_at timestamptz(3) not null default now(),
      constraint service_agent_config_version__pk primary key (config_id, version)
    )`);
  await protectSharedTable(runner, 'service_agent_config_version', OF_SHARED);
}

async function createMoves(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.service_agent_config_move (
      ${owner('service_agent_config_move')},
      config_id  uuid           not null constraint service_agent_config_move__config_fk references threadkeep.service_agent_config (id) on delete cascade,
      alias      text           not null constraint service_agent_config_move__alias_form check (alias ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$'),
      number     integer        not null constraint service_agent_config_move__number_positive check (number > 0),
      targets    jsonb          not null constraint service_agent_config_move__targets_size check (pg_column_size(targets) <= 10000),
      previous   integer        constraint service_agent_config_move__previous_before check (previous < number),
      author     text           not null constraint service_agent_config_move__author_length check (char_length(author) between 1 and 200),
      created_at timestamptz(3) not null default now(),
      constraint service_agent_config_move__pk primary key (config_id, alias, number)
    )`);
  await protectSharedTable(runner, 'service_agent_config_move', OF_SHARED);
}

/** One of the user's own, or one of the service's. */
async function pinInConversations(runner: QueryRunner): Promise<void> {
  await runner.query(`
    alter table threadkeep.conversation
      add column shared_agent_config_id uuid
        constraint conversation__shared_agent_config_fk references threadkeep.service_agent_config (id) on delete set null,
      add constraint conversation__shared_agent_config_whole
        check (shared_agent_config_id is null or (agent_config_id is null and num_nonnulls(agent_config_version, agent_config_alias) = 1))`);
  // Led by the user, as all are, or a question of one user would read what belongs to others. Where the service removes one of its own, all of it is read.
  await runner.query(`
    create index conversation__shared_agent_config on threadkeep.conversation (user_id, shared_agent_config_id) where shared_agent_config_id is not null`);
}
