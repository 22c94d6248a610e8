import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { User } from '../../users/index.js';
import { AgentConfig } from '../agent-config.entity.js';
import { ServiceAgentConfig } from '../service-agent-config.entity.js';
import { McpServerColumns } from './mcp-server-columns.entity.js';

/** The checks that both tables have, each under its own name. */
function Checks(table: string): ClassDecorator {
  const checks = {
    name_form: "name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$'",
    transport_known: "transport in ('stdio', 'http', 'sse')",
    url_length: 'char_length(url) between 1 and 2000',
    command_length: 'char_length(command) between 1 and 1000',
    args_size: 'cardinality(args) <= 100 and pg_column_size(args) <= 100000',
    secret_names_size: 'pg_column_size(secret_names) <= 100000',
    secrets_size: 'octet_length(secrets) <= 1048576',
    whole: "case when transport = 'stdio' then command is not null and url is null else url is not null and command is null end",
  };
  return (target) => Object.entries(checks).forEach(([name, condition]) => Check(`${table}__${name}`, condition)(target));
}

/** Of a user: for all their configurations, or for one. */
@Entity({ schema: 'threadkeep', name: 'mcp_server' })
@Checks('mcp_server')
@ForeignKey(() => AgentConfig, ['userId', 'configId'], ['userId', 'id'], { name: 'mcp_server__config_fk', onDelete: 'CASCADE' })
@Index('mcp_server__name', ['userId', 'name'], { unique: true, where: 'config_id is null' })
@Index('mcp_server__config_name', ['userId', 'configId', 'name'], { unique: true, where: 'config_id is not null' })
@Index('mcp_server__updated', { synchronize: false })
export class McpServerRecord extends McpServerColumns {
  @ForeignKey(() => User, { name: 'mcp_server__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'mcp_server__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'mcp_server__pk' })
  id: string;

  @Column('uuid', { name: 'config_id', nullable: true })
  configId: string | null;
}

/** Of the service: for all its configurations, or for one. Users are told its name. */
@Entity({ schema: 'threadkeep', name: 'service_mcp_server' })
@Checks('service_mcp_server')
@Check('service_mcp_server__owner_service', "owner = 'service'")
@Index('service_mcp_server__name', ['name'], { unique: true, where: 'config_id is null' })
@Index('service_mcp_server__config_name', ['configId', 'name'], { unique: true, where: 'config_id is not null' })
@Index('service_mcp_server__updated', { synchronize: false })
export class ServiceMcpServerRecord extends McpServerColumns {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'service_mcp_server__pk' })
  id: string;

  @Column('text', { default: 'service' })
  owner: string;

  @ForeignKey(() => ServiceAgentConfig, { name: 'service_mcp_server__config_fk', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'config_id', nullable: true })
  configId: string | null;
}
