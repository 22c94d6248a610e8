import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { Conversation } from '../conversation.entity.js';

export const MESSAGE_ROLES = ['user', 'assistant', 'system', 'tool'] as const;
export type MessageRole = (typeof MESSAGE_ROLES)[number];

/** What became of a message that was not complete when it was stored. */
export const UNFINISHED_STATUSES = ['in_progress', 'interrupted', 'failed'] as const;
export type UnfinishedStatus = (typeof UNFINISHED_STATUSES)[number];
/** Statuses after which a message never changes. */
export const FINAL_STATUSES = ['complete', 'interrupted', 'failed'] as const;
export type FinalStatus = (typeof FINAL_STATUSES)[number];
export const MESSAGE_STATUSES = ['complete', ...UNFINISHED_STATUSES] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** What a user may think of a message. */
export const RATINGS = ['up', 'down'] as const;
export type Rating = (typeof RATINGS)[number];

export interface Feedback {
  rating: Rating;
  /** Why, in the user's own words. */
  comment: string | null;
  at: string;
}

export const ERASURES = ['removed', 'redacted'] as const;

/** Why a message no longer says what it said. */
export interface Erasure {
  /** `removed`: it is empty. `redacted`: it says something else. */
  how: (typeof ERASURES)[number];
  at: string;
  /** The credential that did it. */
  by: string;
  reason: string | null;
}

/**
 * Declares the table for TypeORM's schema check. Rows are read and written by SQL statements only.
 */
@Entity({ schema: 'threadkeep', name: 'message' })
@Check('message__seq_positive', 'seq > 0')
@Check('message__role_known', "role in ('user', 'assistant', 'system', 'tool')")
@Check(
  'message__content_size',
  "octet_length(content) <= 4194304 and not starts_with(content, ':sealed:') or substr(content, 1, 48) ~ '^:sealed:(0::sealed:|1:A[Q-Za-f][A-Za-z0-9+/]{36})' and octet_length(content) <= 14680064",
)
@Check('message__metadata_size', 'pg_column_size(metadata) <= 1048576')
// One function checks what few messages have: each constraint more makes every append slower.
@Check(
  'message__extras_fit',
  'threadkeep.message_extras_fit(seq, parent_seq, erased, status, key, feedback, last_write)',
)
@Unique('message__id', ['userId', 'id'])
@Index('message__key', ['userId', 'conversationId', 'key'], {
  unique: true,
  where: 'key is not null',
})
@Index('message__branches', { synchronize: false })
@Index('message__system', { synchronize: false })
@Index('message__pinned', { synchronize: false })
@Index('message__sealed', { synchronize: false })
@Index('message__origin', ['userId', 'originId'], { where: 'origin_id is not null' })
@ForeignKey(() => Conversation, ['userId', 'conversationId'], ['userId', 'id'], {
  name: 'message__conversation_fk',
  onDelete: 'CASCADE',
})
export class Message {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'message__pk' })
  userId: string;

  @PrimaryColumn('uuid', { name: 'conversation_id', primaryKeyConstraintName: 'message__pk' })
  conversationId: string;

  @Column('uuid')
  id: string;

  /** When it was stored, or the time that its writer gave. `seq` has the order of arrival. */
  @Column({ type: 'timestamptz', name: 'created_at', precision: 6, default: () => 'now()' })
  createdAt: Date;

  /** Numbered from 1 without gaps within the conversation. */
  @PrimaryColumn('integer', { primaryKeyConstraintName: 'message__pk' })
  seq: number;

  /**
   * The `seq` of the message that this one follows, 0 when it follows none. Null means `seq - 1`,
   * which most messages have.
   */
  @Column('integer', { name: 'parent_seq', nullable: true })
  parentSeq: number | null;

  @Column('integer', { name: 'token_count' })
  tokenCount: number;

  /**
   * True when `content` is the JSON text of an array of parts, false when it is the text itself.
   */
  @Column('boolean', { name: 'content_is_json' })
  contentIsJson: boolean;

  @Column('text')
  role: MessageRole;

  /** Sealed where `SEAL_MESSAGES` is on, with the metadata: src/conversations/sealing/README.md. */
  @Column('text')
  content: string;

  /** Null means `{}`, which most messages have. Of a sealed one, only whether it is pinned. */
  @Column('jsonb', { nullable: true })
  metadata: Record<string, unknown> | null;

  /** Null while the message says what was stored. */
  @Column('jsonb', { nullable: true })
  erased: Erasure | null;

  /**
   * In a fork, the id of the message that this one is a copy of; of a copy's copy, the first one. Null
   * in forks of releases that did not keep it: their copies have the `seq` of the original.
   */
  @Column('uuid', { name: 'origin_id', nullable: true })
  originId: string | null;

  /** Null means `complete`, which most messages are. What one `in_progress` says is in its draft. */
  @Column('text', { nullable: true })
  status: UnfinishedStatus | null;

  /** The application's own name of the message. */
  @Column('text', { nullable: true })
  key: string | null;

  /**
   * Digest of the write that finished a message in progress, which tells whether a write is that one
   * again. Null for most, and once what the message says was erased.
   */
  @Column('bytea', { name: 'last_write', nullable: true })
  lastWrite: Buffer | null;

  /** What the user thinks of it; null for most. */
  @Column('jsonb', { nullable: true })
  feedback: Feedback | null;
}

/** Words of a message, by which the release before this one searches. Nothing here reads them. */
@Entity({ schema: 'threadkeep', name: 'message_search' })
@Check('message_search__failure', "failure in ('too_large', 'failed', 'timed_out')")
@ForeignKey(() => Conversation, ['userId', 'conversationId'], ['userId', 'id'], {
  name: 'message_search__conversation_fk',
  onDelete: 'CASCADE',
})
export class MessageSearch {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'message_search__pk' })
  userId: string;

  @PrimaryColumn('uuid', {
    name: 'conversation_id',
    primaryKeyConstraintName: 'message_search__pk',
  })
  conversationId: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'message_search__pk' })
  seq: number;

  @Column('tsvector')
  terms: string;

  /** Why the message has no words in the index; null when it was indexed. */
  @Column('text', { nullable: true })
  failure: string | null;
}
