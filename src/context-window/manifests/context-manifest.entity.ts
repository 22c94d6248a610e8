import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Conversation } from '../../conversations/index.js';

/**
 * The manifest of a context that was returned: enough to reproduce the same bytes, and none of the
 * content. Written once.
 */
@Entity({ schema: 'threadkeep', name: 'context_manifest' })
@Check('context_manifest__body_size', 'octet_length(body) <= 1048576')
@Index('context_manifest__age', ['userId', 'createdAt'])
@ForeignKey(() => Conversation, ['userId', 'conversationId'], ['userId', 'id'], {
  name: 'context_manifest__conversation_fk',
  onDelete: 'CASCADE',
})
export class ContextManifest {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'context_manifest__pk' })
  userId: string;

  @PrimaryColumn('uuid', {
    name: 'conversation_id',
    primaryKeyConstraintName: 'context_manifest__pk',
  })
  conversationId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'context_manifest__pk' })
  id: string;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  /** A `StoredManifest` as JSON text. */
  @Column('text')
  body: string;
}
