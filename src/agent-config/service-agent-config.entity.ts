import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ConfigColumns, MoveColumns, VersionColumns } from './agent-config-columns.entity.js';

/** Of the service itself. Users may read those that are shared, and nobody but the service may write any. */
@Entity({ schema: 'threadkeep', name: 'service_agent_config' })
@Check('service_agent_config__owner_service', "owner = 'service'")
@Check('service_agent_config__name_length', 'char_length(name) between 1 and 200')
@Check('service_agent_config__description_length', 'char_length(description) <= 2000')
@Check('service_agent_config__tags_count', 'cardinality(tags) <= 50')
@Check('service_agent_config__version_positive', 'version > 0')
@Index('service_agent_config__name', ['name'], { unique: true })
@Index('service_agent_config__updated', { synchronize: false })
export class ServiceAgentConfig extends ConfigColumns {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'service_agent_config__pk' })
  id: string;

  /** The same in every row. */
  @Column('text', { default: 'service' })
  owner: string;

  @Column('boolean', { default: false })
  shared: boolean;

  /** Counts the changes of MCP servers that are for it. */
  @Column('integer', { name: 'servers_revision', default: 0 })
  serversRevision: number;
}

@Entity({ schema: 'threadkeep', name: 'service_agent_config_version' })
@Check('service_agent_config_version__owner_service', "owner = 'service'")
@Check('service_agent_config_version__digest_form', "digest ~ '^[0-9a-f]{64}$'")
@Check('service_agent_config_version__content_size', 'octet_length(content) <= 1048576')
@Check('service_agent_config_version__author_length', 'char_length(author) between 1 and 200')
@Check('service_agent_config_version__message_length', 'char_length(message) <= 1000')
export class ServiceAgentConfigVersion extends VersionColumns {
  @ForeignKey(() => ServiceAgentConfig, { name: 'service_agent_config_version__config_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'config_id', primaryKeyConstraintName: 'service_agent_config_version__pk' })
  configId: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'service_agent_config_version__pk' })
  version: number;

  @Column('text', { default: 'service' })
  owner: string;
}

@Entity({ schema: 'threadkeep', name: 'service_agent_config_move' })
@Check('service_agent_config_move__owner_service', "owner = 'service'")
@Check('service_agent_config_move__alias_form', "alias ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$'")
@Check('service_agent_config_move__number_positive', 'number > 0')
@Check('service_agent_config_move__targets_size', 'pg_column_size(targets) <= 10000')
@Check('service_agent_config_move__previous_before', 'previous < number')
@Check('service_agent_config_move__author_length', 'char_length(author) between 1 and 200')
export class ServiceAgentConfigMove extends MoveColumns {
  @ForeignKey(() => ServiceAgentConfig, { name: 'service_agent_config_move__config_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'config_id', primaryKeyConstraintName: 'service_agent_config_move__pk' })
  configId: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'service_agent_config_move__pk' })
  alias: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'service_agent_config_move__pk' })
  number: number;

  @Column('text', { default: 'service' })
  owner: string;
}
