import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { User } from '../../users/index.js';
import type { ModelUsage } from '../models/index.js';

export const MODEL_CALL_STATES = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const;
export type ModelCallState = (typeof MODEL_CALL_STATES)[number];

/** A call in one of these goes no further, unless it is retried. */
export type FinalModelCallState = Extract<ModelCallState, 'completed' | 'failed' | 'cancelled'>;

export const isFinalCall = (state: ModelCallState): state is FinalModelCallState =>
  state !== 'queued' && state !== 'running';

/** In the order in which calls run. Rows have the number. */
export const PRIORITIES = { high: 1, normal: 2, low: 3 } as const;
export type Priority = keyof typeof PRIORITIES;

/** What becomes of a call when its process dies. */
export const ON_CRASH = ['fail', 'retry'] as const;
export type OnCrash = (typeof ON_CRASH)[number];

/** Why a call has no whole reply. */
export interface ModelCallFailure {
  /** A code of `ModelCallError`, or `model_call.…`. */
  code: string;
  message: string;
}

/**
 * A call of a model that belongs to no conversation. Raw statements read and write it. The entity
 * exists so that TypeORM can compare the schema.
 */
@Entity({ schema: 'threadkeep', name: 'model_call' })
@Check(
  'model_call__state_known',
  "state in ('queued', 'running', 'completed', 'failed', 'cancelled')",
)
@Check('model_call__priority_known', 'priority between 1 and 3')
@Check('model_call__provider_form', "provider ~ '^[a-z][a-z0-9_-]{0,62}$'")
@Check('model_call__on_crash_known', "on_crash in ('fail', 'retry')")
@Check(
  'model_call__request_size',
  "octet_length(request) <= 1048576 or starts_with(request, ':sealed:') and octet_length(request) <= 1398150",
)
@Check(
  'model_call__reply_size',
  "octet_length(reply) <= 4194304 or starts_with(reply, ':sealed:') and octet_length(reply) <= 5592454",
)
@Index('model_call__queue', ['userId', 'provider', 'priority', 'id'], {
  where: "state = 'queued'",
})
@Index('model_call__lease', ['userId', 'leaseExpiresAt'], { where: 'lease_expires_at is not null' })
@Index('model_call__finished', ['userId', 'finishedAt'], { where: 'finished_at is not null' })
export class ModelCallRecord {
  @ForeignKey(() => User, { name: 'model_call__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'model_call__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'model_call__pk' })
  id: string;

  @Column('text')
  state: ModelCallState;

  /** A number of `PRIORITIES`. */
  @Column('smallint')
  priority: number;

  @Column('text')
  provider: string;

  /** The provider's name of the model. */
  @Column('text')
  model: string;

  /** A `ModelCallRequest` as JSON. */
  @Column('text')
  request: string;

  @Column('text', { name: 'on_crash' })
  onCrash: OnCrash;

  /** The parts of what the model said, as JSON. */
  @Column('text', { nullable: true })
  reply: string | null;

  @Column('text', { name: 'finish_reason', nullable: true })
  finishReason: string | null;

  @Column('jsonb', { nullable: true })
  usage: ModelUsage | null;

  @Column('double precision', { name: 'cost_usd', nullable: true })
  costUsd: number | null;

  @Column('jsonb', { nullable: true })
  error: ModelCallFailure | null;

  /** Runs that began since the call was made, or retried. */
  @Column('integer', { default: 0 })
  attempts: number;

  @Column('boolean', { name: 'cancel_requested', default: false })
  cancelRequested: boolean;

  /** The process that runs it. */
  @Column('uuid', { name: 'worker_id', nullable: true })
  workerId: string | null;

  /** The process of a running call is gone when it has not renewed this. */
  @Column({ type: 'timestamptz', name: 'lease_expires_at', precision: 3, nullable: true })
  leaseExpiresAt: Date | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'started_at', precision: 3, nullable: true })
  startedAt: Date | null;

  @Column({ type: 'timestamptz', name: 'finished_at', precision: 3, nullable: true })
  finishedAt: Date | null;
}
