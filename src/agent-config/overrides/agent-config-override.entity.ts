import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { User } from '../../users/index.js';

/**
 * Overrides of a user for an agent configuration, their own or a shared one. Only added: the newest
 * are applied, and contexts name the number that they were built with.
 */
@Entity({ schema: 'threadkeep', name: 'agent_config_override' })
@Check('agent_config_override__number_positive', 'number > 0')
@Check('agent_config_override__changes_size', 'octet_length(changes) <= 1048576')
@Check('agent_config_override__author_length', 'char_length(author) between 1 and 200')
export class AgentConfigOverride {
  @ForeignKey(() => User, { name: 'agent_config_override__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'agent_config_override__pk' })
  userId: string;

  @PrimaryColumn('uuid', {
    name: 'config_id',
    primaryKeyConstraintName: 'agent_config_override__pk',
  })
  configId: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'agent_config_override__pk' })
  number: number;

  /** Overrides as JSON; null when the user removed them. */
  @Column('text', { nullable: true })
  changes: string | null;

  @Column('text')
  author: string;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;
}
