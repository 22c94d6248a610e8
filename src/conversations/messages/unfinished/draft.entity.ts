import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Conversation } from '../../conversation.entity.js';

/**
 * A message in progress: how far it is, and until when its writer holds it. Declares the table for
 * TypeORM's schema check.
 */
@Entity({ schema: 'threadkeep', name: 'message_draft' })
@Check('message_draft__version_positive', 'version >= 0')
@Check(
  'message_draft__metadata_size',
  "pg_column_size(metadata) <= 1048576 or jsonb_typeof(metadata) = 'string' and pg_column_size(metadata) <= 8388728",
)
@ForeignKey(() => Conversation, ['userId', 'conversationId'], ['userId', 'id'], {
  name: 'message_draft__conversation_fk',
  onDelete: 'CASCADE',
})
export class MessageDraft {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'message_draft__pk' })
  userId: string;

  @PrimaryColumn('uuid', {
    name: 'conversation_id',
    primaryKeyConstraintName: 'message_draft__pk',
  })
  conversationId: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'message_draft__pk' })
  seq: number;

  @Column('uuid', { name: 'message_id' })
  messageId: string;

  /** Counts the writes since the message was stored. */
  @Column('integer', { default: 0 })
  version: number;

  /** Number of pieces. They are joined to one before they are too many. */
  @Column('integer', { default: 1 })
  pieces: number;

  /** Bytes of all pieces. */
  @Column('integer')
  bytes: number;

  /** Number of the parts that the pieces make, at most. */
  @Column('integer', { default: 0 })
  parts: number;

  /** Whether a text that is added goes on with a text that is there. */
  @Column('boolean', { name: 'ends_in_text', default: false })
  endsInText: boolean;

  /** Null until the writer sends metadata: then the message keeps what it has. */
  @Column('jsonb', { nullable: true })
  metadata: Record<string, unknown> | null;

  /** The message is interrupted when its writer writes nothing until then. */
  @Column({ type: 'timestamptz', name: 'lease_expires_at', precision: 3 })
  leaseExpiresAt: Date;
}

/** What one write added to a message in progress. */
@Entity({ schema: 'threadkeep', name: 'message_piece' })
@Check(
  'message_piece__content_form',
  "not starts_with(content, ':sealed:') or substr(content, 1, 48) ~ '^:sealed:(0::sealed:|1:A[Q-Za-f][A-Za-z0-9+/]{36})'",
)
@ForeignKey(
  () => MessageDraft,
  ['userId', 'conversationId', 'seq'],
  ['userId', 'conversationId', 'seq'],
  { name: 'message_piece__draft_fk', onDelete: 'CASCADE' },
)
export class MessagePiece {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'message_piece__pk' })
  userId: string;

  @PrimaryColumn('uuid', {
    name: 'conversation_id',
    primaryKeyConstraintName: 'message_piece__pk',
  })
  conversationId: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'message_piece__pk' })
  seq: number;

  /** The version of the draft that the piece made. */
  @PrimaryColumn('integer', { primaryKeyConstraintName: 'message_piece__pk' })
  version: number;

  /** True for the JSON text of a list of parts, false for a text. */
  @Column('boolean', { name: 'is_json' })
  isJson: boolean;

  @Column('text')
  content: string;
}
