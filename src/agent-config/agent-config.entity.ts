import { Check, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ConfigColumns, MoveColumns, VersionColumns } from './agent-config-columns.entity.js';
import { User } from '../users/index.js';

/** Its newest version says what it is; name, description and tags are here again, to be listed by. `revision` counts whatever changes. */
@Entity({ schema: 'threadkeep', name: 'agent_config' })
@Check('agent_config__name_length', 'char_length(name) between 1 and 200')
@Check('agent_config__description_length', 'char_length(description) <= 2000')
@Check('agent_config__tags_count', 'cardinality(tags) <= 50')
@Check('agent_config__version_positive', 'version > 0')
@Index('agent_config__name', ['userId', 'name'], { unique: true })
@Index('agent_config__updated', { synchronize: false })
export class AgentConfig extends ConfigColumns {
  @ForeignKey(() => User, { name: 'agent_config__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'agent_config__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'agent_config__pk' })
  id: string;
}

/** Never changed: only added, and removed with its configuration. */
@Entity({ schema: 'threadkeep', name: 'agent_config_version' })
@Check('agent_config_version__digest_form', "digest ~ '^[0-9a-f]{64}$'")
@Check('agent_config_version__content_size', 'octet_length(content) <= 1048576')
@Check('agent_config_version__author_length', 'char_length(author) between 1 and 200')
@Check('agent_config_version__message_length', 'char_length(message) <= 1000')
@ForeignKey(() => AgentConfig, ['userId', 'configId'], ['userId', 'id'], { name: 'agent_config_version__config_fk', onDelete: 'CASCADE' })
export class AgentConfigVersion extends VersionColumns {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'agent_config_version__pk' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'config_id', primaryKeyConstraintName: 'agent_config_version__pk' })
  configId: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'agent_config_version__pk' })
  version: number;
}

/** The newest of an alias is where it points; `previous` is the move that a rollback goes back to. */
@Entity({ schema: 'threadkeep', name: 'agent_config_move' })
@Check('agent_config_move__alias_form', "alias ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$'")
@Check('agent_config_move__number_positive', 'number > 0')
@Check('agent_config_move__targets_size', 'pg_column_size(targets) <= 10000')
@Check('agent_config_move__previous_before', 'previous < number')
@Check('agent_config_move__author_length', 'char_length(author) between 1 and 200')
@ForeignKey(() => AgentConfig, ['userId', 'configId'], ['userId', 'id'], { name: 'agent_config_move__config_fk', onDelete: 'CASCADE' })
export class AgentConfigMove extends MoveColumns {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'agent_config_move__pk' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'config_id', primaryKeyConstraintName: 'agent_config_move__pk' })
  configId: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'agent_config_move__pk' })
  alias: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'agent_config_move__pk' })
  number: number;
}
