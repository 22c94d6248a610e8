import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Checks } from '../platform/repository/index.js';
import {
  CONFIG_CHECKS,
  ConfigColumns,
  ALIAS_REVISION_CHECKS,
  AliasRevisionColumns,
  VERSION_CHECKS,
  VersionColumns,
} from './agent-config-columns.entity.js';

/** Check that all tables of the service have in addition. */
export const OF_SERVICE = { owner_service: "owner = 'service'" };

/** Agent configuration of the service. Users may read shared ones; only the service writes. */
@Entity({ schema: 'threadkeep', name: 'service_agent_config' })
@Checks('service_agent_config', { ...CONFIG_CHECKS, ...OF_SERVICE })
@Index('service_agent_config__name', ['name'], { unique: true })
@Index('service_agent_config__updated', { synchronize: false })
export class ServiceAgentConfig extends ConfigColumns {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'service_agent_config__pk' })
  id: string;

  /** Always 'service', so that the statements of users and of the service have the same form. */
  @Column('text', { default: 'service' })
  owner: string;

  @Column('boolean', { default: false })
  shared: boolean;

  /** Counts changes of the MCP servers that apply to it. */
  @Column('integer', { name: 'servers_revision', default: 0 })
  serversRevision: number;
}

@Entity({ schema: 'threadkeep', name: 'service_agent_config_version' })
@Checks('service_agent_config_version', { ...VERSION_CHECKS, ...OF_SERVICE })
export class ServiceAgentConfigVersion extends VersionColumns {
  @ForeignKey(() => ServiceAgentConfig, {
    name: 'service_agent_config_version__config_fk',
    onDelete: 'CASCADE',
  })
  @PrimaryColumn('uuid', {
    name: 'config_id',
    primaryKeyConstraintName: 'service_agent_config_version__pk',
  })
  configId: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'service_agent_config_version__pk' })
  version: number;

  @Column('text', { default: 'service' })
  owner: string;
}

@Entity({ schema: 'threadkeep', name: 'service_agent_config_move' })
@Checks('service_agent_config_move', { ...ALIAS_REVISION_CHECKS, ...OF_SERVICE })
export class ServiceAgentConfigAliasRevision extends AliasRevisionColumns {
  @ForeignKey(() => ServiceAgentConfig, {
    name: 'service_agent_config_move__config_fk',
    onDelete: 'CASCADE',
  })
  @PrimaryColumn('uuid', {
    name: 'config_id',
    primaryKeyConstraintName: 'service_agent_config_move__pk',
  })
  configId: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'service_agent_config_move__pk' })
  alias: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'service_agent_config_move__pk' })
  number: number;

  @Column('text', { default: 'service' })
  owner: string;
}
