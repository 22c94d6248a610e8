import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { KeptRow, type OwnedEntity } from '../platform/repository/index.js';
import { User } from '../users/index.js';

export type ConversationStatus = 'active' | 'archived';

@Entity({ schema: 'threadkeep', name: 'conversation' })
@Check('conversation__title_length', 'char_length(title) <= 500')
@Check('conversation__status_known', "status in ('active', 'archived')")
@Check('conversation__tags_count', 'cardinality(tags) <= 50')
@Check('conversation__metadata_size', 'pg_column_size(metadata) <= 1048576')
@Check('conversation__last_seq_positive', 'last_seq >= 0')
@Check('conversation__import_key_length', 'char_length(import_key) between 1 and 500')
@ForeignKey(() => Conversation, ['userId', 'forkedFromId'], ['userId', 'id'], { name: 'conversation__forked_from_fk', onDelete: 'SET NULL' })
@Index('conversation__activity', { synchronize: false })
@Index('conversation__created', { synchronize: false })
@Index('conversation__deleted', { synchronize: false })
@Index('conversation__title', { synchronize: false })
@Index('conversation__import_key', ['userId', 'importKey'], { unique: true, where: 'import_key is not null' })
@Index('conversation__forks', ['userId', 'forkedFromId'], { where: 'forked_from_id is not null' })
/** `version` counts edits of the conversation itself, not its messages; `updatedAt` is the last activity, an edit or a message. */
export class Conversation extends KeptRow implements OwnedEntity {
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

  /** Counts what else than messages a context of it depends on: a cached one is valid for one number only. */
  @Column('integer', { name: 'context_version', default: 0 })
  contextVersion: number;

  @Column('uuid', { name: 'forked_from_id', nullable: true })
  forkedFromId: string | null;

  @Column('integer', { name: 'forked_from_seq', nullable: true })
  forkedFromSeq: number | null;

  /** What an import calls it at its source: importing it again finds it. */
  @Column('text', { name: 'import_key', nullable: true })
  importKey: string | null;
}
