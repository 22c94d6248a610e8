import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Checks } from '../../platform/repository/index.js';
import { User } from '../../users/index.js';
import { AgentConfig } from '../agent-config.entity.js';
import { OF_SERVICE, ServiceAgentConfig } from '../service-agent-config.entity.js';
import { MCP_SERVER_CHECKS, McpServerColumns } from './mcp-server-columns.entity.js';

/** MCP server of a user, for all of the user's configurations or for one. */
@Entity({ schema: 'threadkeep', name: 'mcp_server' })
@Checks('mcp_server', MCP_SERVER_CHECKS)
@ForeignKey(() => AgentConfig, ['userId', 'configId'], ['userId', 'id'], {
  name: 'mcp_server__config_fk',
  onDelete: 'CASCADE',
})
@Index('mcp_server__name', ['userId', 'name'], { unique: true, where: 'config_id is null' })
@Index('mcp_server__config_name', ['userId', 'configId', 'name'], {
  unique: true,
  where: 'config_id is not null',
})
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

/** MCP server of the service, for all of its configurations or for one. Users see its name. */
@Entity({ schema: 'threadkeep', name: 'service_mcp_server' })
@Checks('service_mcp_server', { ...MCP_SERVER_CHECKS, ...OF_SERVICE })
@Index('service_mcp_server__name', ['name'], { unique: true, where: 'config_id is null' })
@Index('service_mcp_server__config_name', ['configId', 'name'], {
  unique: true,
  where: 'config_id is not null',
})
@Index('service_mcp_server__updated', { synchronize: false })
export class ServiceMcpServerRecord extends McpServerColumns {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'service_mcp_server__pk' })
  id: string;

  /** Whether a user's server may replace it by name. */
  @Column('boolean', { default: false })
  overridable: boolean;

  @Column('text', { default: 'service' })
  owner: string;

  @ForeignKey(() => ServiceAgentConfig, {
    name: 'service_mcp_server__config_fk',
    onDelete: 'CASCADE',
  })
  @Column('uuid', { name: 'config_id', nullable: true })
  configId: string | null;
}
