import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { AgentConfig, ServiceAgentConfig } from '../agent-config/index.js';
import { SoftDeletable, type OwnedEntity } from '../platform/repository/index.js';
import { User } from '../users/index.js';

export type ConversationStatus = 'active' | 'archived';

/** Converts bigint, which the driver returns as text. */
const BIGINT_AS_NUMBER = {
  from: (bytes: string | null) => (bytes === null ? null : Number(bytes)),
  to: (bytes: number | null) => bytes,
};

/** Which model wrote something, in which turn, and from what. */
export interface WrittenByModel {
  provider: string;
  model: string;
  turnId: string;
}

/** `toSeq`: `seq` of the last message that the model had read. */
export type TitleSource = WrittenByModel & { toSeq: number };

@Entity({ schema: 'threadkeep', name: 'conversation' })
@Check(
  'conversation__title_length',
  "char_length(title) <= 500 and not starts_with(title, ':sealed:') or substr(title, 1, 48) ~ '^:sealed:(0::sealed:|1:A[Q-Za-f][A-Za-z0-9+/]{36})' and char_length(title) <= 2600",
)
@Check('conversation__status_known', "status in ('active', 'archived')")
@Check('conversation__tags_count', 'cardinality(tags) <= 50')
@Check('conversation__metadata_size', 'pg_column_size(metadata) <= 1048576')
@Check('conversation__last_seq_positive', 'last_seq >= 0')
@Check('conversation__head_within', 'head_seq >= 0 and head_seq <= last_seq')
@Check('conversation__read_within', 'read_up_to >= 1 and read_up_to <= last_seq')
@Check('conversation__key_length', 'char_length(key) between 1 and 500')
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
@Index('conversation__key', ['userId', 'key'], { unique: true, where: 'key is not null' })
@Index('conversation__agent_config', ['userId', 'agentConfigId'], {
  where: 'agent_config_id is not null',
})
@Index('conversation__shared_agent_config', ['userId', 'sharedAgentConfigId'], {
  where: 'shared_agent_config_id is not null',
})
@Index('conversation__unmeasured', ['userId', 'id'], { where: 'message_bytes is null' })
@Index('conversation__forks', ['userId', 'forkedFromId'], { where: 'forked_from_id is not null' })
/**
 * `version` counts edits of the conversation, not its messages. `updatedAt` is the time of the last
 * edit or message.
 */
export class Conversation extends SoftDeletable implements OwnedEntity {
  @ForeignKey(() => User, { name: 'conversation__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'conversation__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'conversation__pk' })
  id: string;

  @Column('text', { nullable: true })
  title: string | null;

  /** Null for a title that the application or an import gave. */
  @Column('jsonb', { name: 'title_source', nullable: true })
  titleSource: TitleSource | null;

  @Column('text', { default: 'active' })
  status: ConversationStatus;

  @Column('text', { array: true, default: [] })
  tags: string[];

  @Column('jsonb', { default: {} })
  metadata: Record<string, unknown>;

  /** The seq of the last message, 0 when there is none. */
  @Column('integer', { name: 'last_seq', default: 0 })
  lastSeq: number;

  /**
   * The seq of the message that the conversation ends with, 0 when it shows none. Null means
   * `last_seq`: the conversation has no branches.
   */
  @Column('integer', { name: 'head_seq', nullable: true })
  headSeq: number | null;

  /** The seq of the last message that the user has seen; null when none. */
  @Column('integer', { name: 'read_up_to', nullable: true })
  readUpTo: number | null;

  /**
   * Total bytes of the content and metadata of all messages. Null until a job has measured a
   * conversation of an older release.
   */
  @Column('bigint', {
    name: 'message_bytes',
    nullable: true,
    default: 0,
    transformer: BIGINT_AS_NUMBER,
  })
  messageBytes: number | null;

  /**
   * Counts changes other than messages that affect the context. A cached context is valid for one
   * value.
   */
  @Column('integer', { name: 'context_version', default: 0 })
  contextVersion: number;

  /** Counts removed and redacted messages. An index of words is valid for one value. */
  @Column('integer', { default: 0 })
  erasures: number;

  /**
   * Counts messages that were finished after they were stored; null means none. The release before
   * this one reads it.
   */
  @Column('integer', { nullable: true })
  completions: number | null;

  /**
   * Id of the original conversation. It stays when the original is purged. A trigger refuses a
   * conversation of another user.
   */
  @Column('uuid', { name: 'forked_from_id', nullable: true })
  forkedFromId: string | null;

  @Column('integer', { name: 'forked_from_seq', nullable: true })
  forkedFromSeq: number | null;

  /** True after the original was purged; a trigger sets it. */
  @Column('boolean', { name: 'forked_from_removed', default: false })
  forkedFromRemoved: boolean;

  /** Id of the user's own agent configuration, or null. */
  @Column('uuid', { name: 'agent_config_id', nullable: true })
  agentConfigId: string | null;

  /** Id of a shared agent configuration, or null. At most one of the two ids is set. */
  @ForeignKey(() => ServiceAgentConfig, {
    name: 'conversation__shared_agent_config_fk',
    onDelete: 'SET NULL',
  })
  @Column('uuid', { name: 'shared_agent_config_id', nullable: true })
  sharedAgentConfigId: string | null;

  /** Version that the conversation is pinned to. Either this or the alias is set. */
  @Column('integer', { name: 'agent_config_version', nullable: true })
  agentConfigVersion: number | null;

  @Column('text', { name: 'agent_config_alias', nullable: true })
  agentConfigAlias: string | null;

  /** The application's own name of the conversation, or the key of its import. Never changes. */
  @Column('text', { nullable: true })
  key: string | null;

  /** False for the key of an import. */
  @Column('boolean', { name: 'named_by_application', default: false })
  namedByApplication: boolean;
}
