import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Checks } from '../platform/repository/index.js';
import { User } from '../users/index.js';
import { Webhook } from './webhook.entity.js';

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

const DELIVERY_CHECKS = {
  type_length: 'char_length(type) between 1 and 100',
  data_size: 'pg_column_size(data) <= 16384',
  state_known: "state in ('pending', 'delivered', 'failed')",
  last_error_length: 'char_length(last_error) <= 100',
  finished_at_when_finished: "(state = 'pending') = (finished_at is null)",
};

/**
 * What a trigger wrote in the transaction of a change. Raw statements read and write the tables. The
 * entities exist so that TypeORM knows the schema.
 */
abstract class DeliveryColumns {
  @Column('text')
  type: string;

  /** Ids and numbers, never content. */
  @Column('jsonb')
  data: Record<string, unknown>;

  @Column('text', { default: 'pending' })
  state: DeliveryState;

  /** Grows with each attempt and never shrinks: it identifies the attempt. */
  @Column('integer', { default: 0 })
  attempts: number;

  @Column('integer', { name: 'last_status', nullable: true })
  lastStatus: number | null;

  @Column('text', { name: 'last_error', nullable: true })
  lastError: string | null;

  @Column({
    type: 'timestamptz',
    name: 'created_at',
    precision: 3,
    default: () => 'clock_timestamp()',
  })
  createdAt: Date;

  /** From when the days of trying are counted: its creation, or its last replay. */
  @Column({
    type: 'timestamptz',
    name: 'queued_at',
    precision: 3,
    default: () => 'clock_timestamp()',
  })
  queuedAt: Date;

  /** When the next attempt is due, or when the lease of the one that runs ends. */
  @Column({
    type: 'timestamptz',
    name: 'next_at',
    precision: 3,
    default: () => 'clock_timestamp()',
  })
  nextAttemptAt: Date;

  @Column({ type: 'timestamptz', name: 'finished_at', precision: 3, nullable: true })
  finishedAt: Date | null;
}

@Entity({ schema: 'threadkeep', name: 'webhook_delivery' })
@Checks('webhook_delivery', DELIVERY_CHECKS)
@ForeignKey(() => Webhook, ['userId', 'webhookId'], ['userId', 'id'], {
  name: 'webhook_delivery__webhook_fk',
  onDelete: 'CASCADE',
})
@Index('webhook_delivery__webhook', { synchronize: false })
@Index('webhook_delivery__due', ['userId', 'webhookId', 'nextAttemptAt'], {
  where: "state = 'pending'",
})
@Index('webhook_delivery__finished', ['userId', 'finishedAt'], {
  where: 'finished_at is not null',
})
export class WebhookDelivery extends DeliveryColumns {
  @ForeignKey(() => User, { name: 'webhook_delivery__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'webhook_delivery__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'webhook_delivery__pk' })
  id: string;

  @Column('uuid', { name: 'webhook_id' })
  webhookId: string;
}

/**
 * A delivery to a webhook of the service. It names the webhook without a foreign key: each write of
 * each user would lock the webhook's row. The role of requests may only add rows, about its user.
 */
@Entity({ schema: 'threadkeep', name: 'service_webhook_delivery' })
@Checks('service_webhook_delivery', { ...DELIVERY_CHECKS, owner_service: "owner = 'service'" })
@Index('service_webhook_delivery__webhook', { synchronize: false })
@Index('service_webhook_delivery__due', ['webhookId', 'nextAttemptAt'], {
  where: "state = 'pending'",
})
@Index('service_webhook_delivery__user', ['presentUserId'], {
  where: 'present_user_id is not null',
})
@Index('service_webhook_delivery__finished', ['finishedAt'], {
  where: 'finished_at is not null',
})
export class ServiceWebhookDelivery extends DeliveryColumns {
  @Column('text', { default: 'service' })
  owner: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'service_webhook_delivery__pk' })
  id: string;

  @Column('uuid', { name: 'webhook_id' })
  webhookId: string;

  /** Null for a test, which is about nobody. */
  @Column('uuid', { name: 'about_user_id', nullable: true })
  aboutUserId: string | null;

  /** The same user, with whom the row goes. Null when it tells that the user was deleted. */
  @ForeignKey(() => User, { name: 'service_webhook_delivery__user_fk', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'present_user_id', nullable: true })
  presentUserId: string | null;
}
