import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  protectSystemTable,
  protectTable,
} from '../src/platform/database/setup/row-level-security.js';

/** MCP servers: of a user, for all configurations or for one, and of the service likewise. Their secrets are sealed by the vault. */
export class CreateMcpServers1795824600000 implements MigrationInterface {
  name = 'CreateMcpServers1795824600000';

  async up(runner: QueryRunner): Promise<void> {
    await createUsers(runner);
    await createServices(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table threadkeep.service_mcp_server, threadkeep.mcp_server`);
  }
}

const columns = (table: string) => `
      name         text           not null constraint ${table}__name_form check (name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$'),
      transport    text           not null constraint ${table}__transport_known check (transport in ('stdio', 'http', 'sse')),
      enabled      boolean        not null default true,
      url          text           constraint ${table}__url_length check (char_length(url) between 1 and 2000),
      command      text           constraint ${table}__command_length check (char_length(command) between 1 and 1000),
      args         text[]         not null default '{}' constraint ${table}__args_size check (cardinality(args) <= 100 and pg_column_size(args) <= 100000),
      secret_names jsonb          not null default '{}' constraint ${table}__secret_names_size check (pg_column_size(secret_names) <= 100000),
      secrets      bytea          constraint ${table}__secrets_size check (octet_length(secrets) <= 1048576),
      version      integer        not null default 1,
      created_at   timestamptz(3) not null default now(),
      updated_at   timestamptz(3) not null default now(),
      constraint ${table}__whole check (case when transport = 'stdio' then command is not null and url is null else url is not null and command is null end)`;

async function createUsers(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.mcp_server (
      user_id      uuid           not null constraint mcp_server__user_fk references threadkeep.app_user (id) on delete cascade,
      id           uuid           not null,
      config_id    uuid,${columns('mcp_server')},
      constraint mcp_server__pk primary key (user_id, id),
      constraint mcp_server__config_fk foreign key (user_id, config_id) references threadkeep.agent_config (user_id, id) on delete cascade
    )`);
  await runner.query(
    `create unique index mcp_server__name on threadkeep.mcp_server (user_id, name) where config_id is null`,
  );
  await runner.query(
    `create unique index mcp_server__config_name on threadkeep.mcp_server (user_id, config_id, name) where config_id is not null`,
  );
  await runner.query(
    `create index mcp_server__updated on threadkeep.mcp_server (user_id, updated_at desc, id desc)`,
  );
  await protectTable(runner, { table: 'mcp_server' });
}

async function createServices(runner: QueryRunner): Promise<void> {
  await runner.query(`
    create table threadkeep.service_mcp_server (
      owner        text           not null default 'service' constraint service_mcp_server__owner_service check (owner = 'service'),
      id           uuid           not null,
      config_id    uuid           constraint service_mcp_server__config_fk references threadkeep.service_agent_config (id) on delete cascade,${columns('service_mcp_server')},
      constraint service_mcp_server__pk primary key (id)
    )`);
  await runner.query(
    `create unique index service_mcp_server__name on threadkeep.service_mcp_server (name) where config_id is null`,
  );
  await runner.query(
    `create unique index service_mcp_server__config_name on threadkeep.service_mcp_server (config_id, name) where config_id is not null`,
  );
  await runner.query(
    `create index service_mcp_server__updated on threadkeep.service_mcp_server (updated_at desc, id desc)`,
  );
  await protectSystemTable(runner, 'service_mcp_server');
}
