import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { AgentConfig, ServiceAgentConfig } from '../agent-config/index.js';
import { SoftDeletable, type OwnedEntity } from '../platform/repository/index.js';
import { User } from '../users/index.js';

export type ConversationStatus = 'active' | 'archived';

/** The driver gives bigint as a text. */
const BYTES = {
  from: (bytes: string | null) => (bytes === null ? null : Number(bytes)),
  to: (bytes: number | null) => bytes,
};

@Entity({ schema: 'threadkeep', name: 'conversation' })
@Check('conversation__title_length', 'char_length(title) <= 500')
@Check('conversation__status_known', "status in ('active', 'archived')")
@Check('conversation__tags_count', 'cardinality(tags) <= 50')
@Check('conversation__metadata_size', 'pg_column_size(metadata) <= 1048576')
@Check('conversation__last_seq_positive', 'last_seq >= 0')
@Check('conversation__import_key_length', 'char_length(import_key) between 1 and 500')
@Check('conversation__agent_config_version_positive', 'agent_config_version > 0')
@Check(
  'conversation__agent_config_alias_length',
  'char_length(agent_config_alias) between 1 and 63',
)
@Check(
  'conversation__agent_config_whole',
  'agent_config_id is null or num_nonnulls(agent_config_version, agent_config_alias) = 1',
)
@ForeignKey(() => AgentConfig, ['userId', 'agentConfigId'], ['userId', 'id'], {
  name: 'conversation__agent_config_fk',
  onDelete: 'SET NULL',
})
@Check(
  'conversation__shared_agent_config_whole',
  'shared_agent_config_id is null or (agent_config_id is null and num_nonnulls(agent_config_version, agent_config_alias) = 1)',
)
@Index('conversation__activity', { synchronize: false })
@Index('conversation__created', { synchronize: false })
@Index('conversation__deleted', { synchronize: false })
@Index('conversation__title', { synchronize: false })
@Index('conversation__import_key', ['userId', 'importKey'], {
  unique: true,
  where: 'import_key is not null',
})
@Index('conversation__agent_config', ['userId', 'agentConfigId'], {
  where: 'agent_config_id is not null',
})
@Index('conversation__shared_agent_config', ['userId', 'sharedAgentConfigId'], {
  where: 'shared_agent_config_id is not null',
})
@Index('conversation__unmeasured', ['userId', 'id'], { where: 'message_bytes is null' })
@Index('conversation__forks', ['userId', 'forkedFromId'], { where: 'forked_from_id is not null' })
/** `version` counts edits of the conversation itself, not its messages; `updatedAt` is the last activity, an edit or a message. */
export class Conversation extends SoftDeletable implements OwnedEntity {
  @ForeignKey(() => User, { name: 'conversation__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'conversation__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'conversation__pk' })
  id: string;

  @Column('text', { nullable: true })
  title: string | null;

  @Column('text', { default: 'active' })
  status: ConversationStatus;

  @Column('text', { array: true, default: [] })
  tags: string[];

  @Column('jsonb', { default: {} })
  metadata: Record<string, unknown>;

  /** The number of the last message; the next one gets this plus one. */
  @Column('integer', { name: 'last_seq', default: 0 })
  lastSeq: number;

  /** Bytes of content and metadata of all messages; null until the job has measured a conversation of an older release. */
  @Column('bigint', { name: 'message_bytes', nullable: true, default: 0, transformer: BYTES })
  messageBytes: number | null;

  /** Counts what else than messages a context of it depends on: a cached one is valid for one number only. */
  @Column('integer', { name: 'context_version', default: 0 })
  contextVersion: number;

  /** It stays when the original is purged; a trigger refuses one that the user does not have. */
  @Column('uuid', { name: 'forked_from_id', nullable: true })
  forkedFromId: string | null;

  @Column('integer', { name: 'forked_from_seq', nullable: true })
  forkedFromSeq: number | null;

  /** Set by a trigger when the original is purged. */
  @Column('boolean', { name: 'forked_from_removed', default: false })
  forkedFromRemoved: boolean;

  /** The agent configuration it is led with, if any: one of the user's own, */
  @Column('uuid', { name: 'agent_config_id', nullable: true })
  agentConfigId: string | null;

  /** or one that the service shares. */
  @ForeignKey(() => ServiceAgentConfig, {
    name: 'conversation__shared_agent_config_fk',
    onDelete: 'SET NULL',
  })
  @Column('uuid', { name: 'shared_agent_config_id', nullable: true })
  sharedAgentConfigId: string | null;

  /** The version it is pinned to, or the alias it follows. */
  @Column('integer', { name: 'agent_config_version', nullable: true })
  agentConfigVersion: number | null;

  @Column('text', { name: 'agent_config_alias', nullable: true })
  agentConfigAlias: string | null;

  /** What an import calls it at its source: importing it again finds it. */
  @Column('text', { name: 'import_key', nullable: true })
  importKey: string | null;
}
