import { Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import {
  CONFIG_CHECKS,
  ConfigColumns,
  ALIAS_REVISION_CHECKS,
  AliasRevisionColumns,
  VERSION_CHECKS,
  VersionColumns,
} from './agent-config-columns.entity.js';
import { Checks } from '../platform/repository/index.js';
import { User } from '../users/index.js';

/**
 * Head of an agent configuration. Name, description and tags repeat those of the newest version,
 * for lists. `revision` counts every change, also of aliases.
 */
@Entity({ schema: 'threadkeep', name: 'agent_config' })
@Checks('agent_config', CONFIG_CHECKS)
@Index('agent_config__name', ['userId', 'name'], { unique: true })
@Index('agent_config__updated', { synchronize: false })
export class AgentConfig extends ConfigColumns {
  @ForeignKey(() => User, { name: 'agent_config__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'agent_config__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'agent_config__pk' })
  id: string;
}

/** Immutable: versions are only added, and deleted with their configuration. */
@Entity({ schema: 'threadkeep', name: 'agent_config_version' })
@Checks('agent_config_version', VERSION_CHECKS)
@ForeignKey(() => AgentConfig, ['userId', 'configId'], ['userId', 'id'], {
  name: 'agent_config_version__config_fk',
  onDelete: 'CASCADE',
})
export class AgentConfigVersion extends VersionColumns {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'agent_config_version__pk' })
  userId: string;

  @PrimaryColumn('uuid', {
    name: 'config_id',
    primaryKeyConstraintName: 'agent_config_version__pk',
  })
  configId: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'agent_config_version__pk' })
  version: number;
}

/**
 * Revision of an alias; only added. The newest one has the current targets. `previous` is the
 * number of the revision that a rollback restores.
 */
@Entity({ schema: 'threadkeep', name: 'agent_config_move' })
@Checks('agent_config_move', ALIAS_REVISION_CHECKS)
@ForeignKey(() => AgentConfig, ['userId', 'configId'], ['userId', 'id'], {
  name: 'agent_config_move__config_fk',
  onDelete: 'CASCADE',
})
export class AgentConfigAliasRevision extends AliasRevisionColumns {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'agent_config_move__pk' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'config_id', primaryKeyConstraintName: 'agent_config_move__pk' })
  configId: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'agent_config_move__pk' })
  alias: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'agent_config_move__pk' })
  number: number;
}
