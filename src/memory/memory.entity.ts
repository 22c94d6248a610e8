import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { MemoryKind } from '../platform/config/memory-settings.js';
import { User } from '../users/index.js';

export { MEMORY_KINDS, type MemoryKind } from '../platform/config/memory-settings.js';

/** The action that made a version. */
export const MEMORY_ACTIONS = [
  'create',
  'update',
  'strengthen',
  'forget',
  'expire',
  'retract',
  'rollback',
] as const;
export type MemoryAction = (typeof MEMORY_ACTIONS)[number];

/**
 * One version of a memory or of a block. Rows are only added: a new version sets `supersededAt` of
 * the one before.
 * Forgetting a memory erases the content of all its versions.
 * Raw statements read and write this table; the entity exists so that TypeORM knows its schema.
 */
@Entity({ schema: 'threadkeep', name: 'memory' })
@Check('memory__importance_range', 'importance between 0 and 1')
@Check(
  'memory__action_known',
  "action in ('create', 'update', 'strengthen', 'forget', 'expire', 'retract', 'rollback')",
)
@Check(
  'memory__kind_known',
  "kind in ('fact', 'preference', 'episode', 'summary', 'instruction', 'block')",
)
@Check('memory__label_length', 'char_length(label) between 1 and 100')
@Check('memory__agent_id_length', 'char_length(agent_id) between 1 and 200')
@Check('memory__actor_length', 'char_length(actor) between 1 and 200')
@Check(
  'memory__reason_length',
  "char_length(reason) between 1 and 500 or starts_with(reason, ':sealed:') and char_length(reason) <= 4096",
)
@Check(
  'memory__content_size',
  "octet_length(content) between 1 and 65536 or starts_with(content, ':sealed:') and octet_length(content) <= 2097152",
)
@Check('memory__tags_count', 'cardinality(tags) <= 50')
@Check('memory__supersedes_count', 'cardinality(supersedes) <= 100')
@Check('memory__metadata_size', 'pg_column_size(metadata) <= 1048576')
@Check('memory__valid_span', 'valid_to > valid_from')
@Check('memory__block_has_label', "(kind = 'block') = (label is not null)")
@Index('memory__current', { synchronize: false })
@Index('memory__revision', ['userId', 'revision'])
@Index('memory__fingerprint', { synchronize: false })
@Index('memory__near', { synchronize: false })
@Index('memory__near_unknown', { synchronize: false })
@Index('memory__sealed', { synchronize: false })
@Index('memory__block', { synchronize: false })
@Index('memory__expiry', { synchronize: false })
@Index('memory__valid_from', { synchronize: false })
@Index('memory__valid_to', { synchronize: false })
@Index('memory__standing', { synchronize: false })
@Index('memory__conversation', ['userId', 'conversationId'], {
  where: 'conversation_id is not null',
})
export class Memory {
  @ForeignKey(() => User, { name: 'memory__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'memory__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'memory__pk' })
  id: string;

  /**
   * The only conversation it is for; null when it is for all.
   * The value stays when the conversation is purged. A trigger refuses conversations that the user
   * does not have.
   */
  @Column('uuid', { name: 'conversation_id', nullable: true })
  conversationId: string | null;

  /** System time from which this version is current. */
  @Column({ type: 'timestamptz', name: 'recorded_at', precision: 3 })
  recordedAt: Date;

  /** System time from which this version is no longer current. Null while it is current. */
  @Column({ type: 'timestamptz', name: 'superseded_at', precision: 3, nullable: true })
  supersededAt: Date | null;

  /** When the first version was recorded. */
  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt: Date;

  /** Valid time from which it is true. For an episode, when it happened. */
  @Column({ type: 'timestamptz', name: 'valid_from', precision: 3, nullable: true })
  validFrom: Date | null;

  @Column({ type: 'timestamptz', name: 'valid_to', precision: 3, nullable: true })
  validTo: Date | null;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  expiresAt: Date | null;

  @Column('double precision')
  importance: number;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'memory__pk' })
  version: number;

  /** Revision of the write among all writes of the user's memories. */
  @Column('integer')
  revision: number;

  /** How often it was sent: once, and once more for each duplicate. */
  @Column('integer')
  strength: number;

  @Column('boolean', { name: 'has_sources' })
  hasSources: boolean;

  @Column('text')
  action: MemoryAction;

  @Column('text')
  kind: MemoryKind | 'block';

  /** The name of a block; null for a memory. */
  @Column('text', { nullable: true })
  label: string | null;

  /** The only agent it is for, by the application's name; null when it is for all. */
  @Column('text', { name: 'agent_id', nullable: true })
  agentId: string | null;

  @Column('text')
  actor: string;

  @Column('text', { nullable: true })
  reason: string | null;

  /**
   * Null in a tombstone, and after the content was erased. With tags and metadata inside when they
   * are sealed.
   */
  @Column('text', { nullable: true })
  content: string | null;

  /** Equal for duplicates. Among the newest versions of a user it is unique. */
  @Column('bytea', { nullable: true })
  fingerprint: Buffer | null;

  /**
   * Equal for memories that say nearly the same. Null in a memory of an older version until a job
   * has computed it, in a block and in a tombstone.
   */
  @Column('bigint', { name: 'near_fingerprint', nullable: true })
  nearFingerprint: string | null;

  @Column('text', { array: true })
  tags: string[];

  /** Null stands for `{}`. */
  @Column('jsonb', { nullable: true })
  metadata: Record<string, unknown> | null;

  /** Memories whose validity it has closed; null for none. Forgotten and purged ones stay. */
  @Column('uuid', { array: true, nullable: true })
  supersedes: string[] | null;

  /** The memory that has closed its validity. */
  @Column('uuid', { name: 'superseded_by', nullable: true })
  supersededBy: string | null;
}
