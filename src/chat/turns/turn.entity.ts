import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Conversation } from '../../conversations/index.js';
import type { ModelTool, ModelToolChoice, ModelUsage } from '../models/index.js';

export const TURN_STATES = [
  'queued',
  'running',
  'waiting_for_tools',
  'completed',
  'failed',
  'cancelled',
  'interrupted',
] as const;
export type TurnState = (typeof TURN_STATES)[number];

/** A turn in one of these goes no further. */
export const FINAL_STATES = ['completed', 'failed', 'cancelled', 'interrupted'] as const;
export type FinalState = (typeof FINAL_STATES)[number];
export const isFinal = (state: TurnState): state is FinalState =>
  (FINAL_STATES as readonly TurnState[]).includes(state);

/** What becomes of a turn while another one holds its conversation. */
export const WHEN_BUSY = ['reject', 'queue', 'interrupt'] as const;
export type WhenBusy = (typeof WHEN_BUSY)[number];

/** Why a turn has no whole reply. */
export interface TurnError {
  /** A code of `ModelCallError`, or `turn.…`. */
  code: string;
  message: string;
}

/** What the request said, as the run needs it. */
export interface TurnOptions {
  model: { provider: string; name: string } | null;
  parameters: Record<string, unknown>;
  agentConfigId: string | null;
  agentConfigVersion: number | null;
  agentConfigAlias: string | null;
  /** Body of the context request, without `format`. */
  context: Record<string, unknown>;
  /** What becomes of the turn when its process dies before the model said anything. */
  onCrash: 'interrupt' | 'retry';
  replyCache: TurnCacheOptions;
  /** In place of the tools of the agent configuration. Missing, also in older rows: those. */
  tools?: ModelTool[];
  toolChoice?: ModelToolChoice;
  /** Waits for a place at its provider behind others, however long. Missing for most. */
  isBackground?: boolean;
  /** A system text before the context, for this call only. It is no message of the conversation. */
  instructions?: string;
}

export interface TurnCacheOptions {
  /** Seconds for which the reply is kept; 0 neither keeps nor looks for one. */
  ttlSeconds: number;
  /** Older replies are not used; null for any age, 0 for none. */
  maxAgeSeconds: number | null;
  /** Whether a question that is written in another way finds the reply. Missing: it does not. */
  isNear?: boolean;
}

/** Calls of tools that the service ran, and that the model made in one reply. */
export interface ToolRound {
  replyId: string;
  replySeq: number;
  /** The message with the results. */
  resultsId: string;
  resultsSeq: number;
  /** Of the context that the model got for the reply. */
  manifestId: string | null;
}

/** What the cache of replies did for a turn. */
export interface TurnCacheUse {
  hit: boolean;
  /** Seconds since the model answered. This and the next two are null without a hit. */
  ageSeconds: number | null;
  /** Tokens of the call that was not made. */
  savedTokens: number | null;
  /** US dollars of that call; null without a price, too. */
  savedCostUsd: number | null;
}

/**
 * A call of a model that the service makes. Declares the table for TypeORM's schema check; rows are
 * read and written by SQL statements only.
 */
@Entity({ schema: 'threadkeep', name: 'turn' })
@Check(
  'turn__state_known',
  "state in ('queued', 'running', 'waiting_for_tools', 'completed', 'failed', 'cancelled', 'interrupted')",
)
@Check(
  'turn__options_size',
  "pg_column_size(options) <= 1048576 or jsonb_typeof(options) = 'string' and pg_column_size(options) <= 8388728",
)
@Check('turn__rounds_size', 'pg_column_size(rounds) <= 65536')
@Check('turn__contexts_size', 'pg_column_size(contexts) <= 65536')
@Check(
  'turn__input_size',
  "octet_length(input) <= 1048576 or starts_with(input, ':sealed:') and octet_length(input) <= 1398150",
)
@Index('turn__active', ['userId', 'conversationId'], {
  unique: true,
  where: "state in ('queued', 'running') and not is_waiting",
})
@Index('turn__waiting', ['userId', 'conversationId', 'id'], { where: 'is_waiting' })
@Index('turn__conversation', ['userId', 'conversationId', 'id'])
@Index('turn__lease', ['userId', 'leaseExpiresAt'], { where: 'lease_expires_at is not null' })
@ForeignKey(() => Conversation, ['userId', 'conversationId'], ['userId', 'id'], {
  name: 'turn__conversation_fk',
  onDelete: 'CASCADE',
})
export class Turn {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'turn__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'turn__pk' })
  id: string;

  @Column('uuid', { name: 'conversation_id' })
  conversationId: string;

  @Column('text')
  state: TurnState;

  /** Empty once the turn has ended. */
  @Column('jsonb')
  options: TurnOptions;

  /** True while another turn of the conversation comes first. Its state is `queued` then. */
  @Column('boolean', { name: 'is_waiting', default: false })
  isWaiting: boolean;

  /** The messages of a turn that waits, as JSON; null once they are in the conversation. */
  @Column('text', { nullable: true })
  input: string | null;

  /** The message that the model writes; null while the turn waits. */
  @Column('uuid', { name: 'reply_id', nullable: true })
  replyId: string | null;

  @Column('integer', { name: 'reply_seq', nullable: true })
  replySeq: number | null;

  /** Since it began, or since the application gave results of tools. */
  @Column('jsonb', { default: [] })
  rounds: ToolRound[];

  /** Of the context that the model got. */
  @Column('uuid', { name: 'manifest_id', nullable: true })
  manifestId: string | null;

  /** Ids of the contexts that the model got, by the ids of its replies. */
  @Column('jsonb', { default: {} })
  contexts: Record<string, string>;

  @Column('text', { nullable: true })
  provider: string | null;

  @Column('text', { nullable: true })
  model: string | null;

  @Column('text', { name: 'finish_reason', nullable: true })
  finishReason: string | null;

  @Column('jsonb', { nullable: true })
  usage: ModelUsage | null;

  @Column('double precision', { name: 'cost_usd', nullable: true })
  costUsd: number | null;

  @Column('jsonb', { name: 'reply_cache', nullable: true })
  replyCache: TurnCacheUse | null;

  @Column('jsonb', { nullable: true })
  error: TurnError | null;

  /** Runs that began. */
  @Column('integer', { default: 0 })
  attempts: number;

  @Column('boolean', { name: 'cancel_requested', default: false })
  cancelRequested: boolean;

  /** The process that runs it. */
  @Column('uuid', { name: 'worker_id', nullable: true })
  workerId: string | null;

  /** Another process takes the turn over when it is not renewed until then. */
  @Column({ type: 'timestamptz', name: 'lease_expires_at', precision: 3, nullable: true })
  leaseExpiresAt: Date | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'started_at', precision: 3, nullable: true })
  startedAt: Date | null;

  @Column({ type: 'timestamptz', name: 'first_output_at', precision: 3, nullable: true })
  firstOutputAt: Date | null;

  @Column({ type: 'timestamptz', name: 'finished_at', precision: 3, nullable: true })
  finishedAt: Date | null;
}
