import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Conversation, type WrittenByModel } from '../../conversations/index.js';

/** A summary of a range of messages. Never edited: a newer one replaces it. */
@Entity({ schema: 'threadkeep', name: 'summary' })
@Check('summary__from_seq_positive', 'from_seq > 0')
@Check('summary__range', 'to_seq >= from_seq')
@Check(
  'summary__content_size',
  "octet_length(content) between 1 and 262144 and not starts_with(content, ':sealed:') or substr(content, 1, 48) ~ '^:sealed:(0::sealed:|1:A[Q-Za-f][A-Za-z0-9+/]{36})' and octet_length(content) <= 349574",
)
@Index('summary__range_end', { synchronize: false })
@Index('summary__kind', { synchronize: false })
@ForeignKey(() => Conversation, ['userId', 'conversationId'], ['userId', 'id'], {
  name: 'summary__conversation_fk',
  onDelete: 'CASCADE',
})
export class Summary {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'summary__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'summary__pk' })
  id: string;

  @Column('uuid', { name: 'conversation_id' })
  conversationId: string;

  @Column('integer', { name: 'from_seq' })
  fromSeq: number;

  @Column('integer', { name: 'to_seq' })
  toSeq: number;

  /** Tokens of the summary as it is sent, with its heading. */
  @Column('integer', { name: 'token_count' })
  tokenCount: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  /** True when the messages of the range, and all before it, are no longer sent. */
  @Column('boolean', { default: false })
  compact: boolean;

  /** True after a message of the range was removed or redacted. */
  @Column('boolean', { default: false })
  stale: boolean;

  /** Null for a summary that the application gave. */
  @Column('jsonb', { nullable: true })
  source: WrittenByModel | null;

  @Column('text')
  content: string;
}
