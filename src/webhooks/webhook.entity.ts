import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Checks } from '../platform/repository/index.js';
import { User } from '../users/index.js';
import type { WebhookEvent } from './webhook-events.js';

/** Why the service has disabled a webhook: its receiver answered 410, failed for days, or too much waits for it. */
export const DISABLED_REASONS = ['gone', 'failing', 'behind'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

const WEBHOOK_CHECKS = {
  url_length: 'char_length(url) between 1 and 2000',
  description_length: 'char_length(description) <= 500',
  events_count: 'cardinality(events) between 1 and 50',
  disabled_because_known: "disabled_because in ('gone', 'failing', 'behind')",
  secret_size: 'octet_length(secret) between 1 and 1024',
  previous_secret_size: 'octet_length(previous_secret) between 1 and 1024',
  previous_whole: '(previous_secret is null) = (previous_expires_at is null)',
};

/** Raw statements read and write the tables. The entities exist so that TypeORM knows the schema. */
abstract class WebhookColumns {
  @Column('text')
  url: string;

  @Column('text', { nullable: true })
  description: string | null;

  @Column('text', { array: true })
  events: WebhookEvent[];

  @Column('boolean', { default: true })
  enabled: boolean;

  @Column('text', { name: 'disabled_because', nullable: true })
  disabledBecause: DisabledReason | null;

  /** Sealed, as the next one. */
  @Column('bytea')
  secret: Buffer;

  /** Deliveries are signed with it, too, until `previousSecretExpiresAt`. */
  @Column('bytea', { name: 'previous_secret', nullable: true })
  previousSecret: Buffer | null;

  @Column({ type: 'timestamptz', name: 'previous_expires_at', precision: 3, nullable: true })
  previousSecretExpiresAt: Date | null;

  /** Failed attempts since the last success. Those that ran side by side count once. */
  @Column('integer', { default: 0 })
  failures: number;

  @Column({ type: 'timestamptz', name: 'failing_since', precision: 3, nullable: true })
  failingSince: Date | null;

  /** No attempt is made before, and then one at a time until one succeeds. */
  @Column({ type: 'timestamptz', name: 'retry_at', precision: 3, nullable: true })
  retryAt: Date | null;

  @Column('integer', { default: 1 })
  version: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt: Date;
}

/** A webhook of a user. It is told of what happens to the rows of this user. */
@Entity({ schema: 'threadkeep', name: 'webhook' })
@Checks('webhook', WEBHOOK_CHECKS)
@Index('webhook__created', { synchronize: false })
export class Webhook extends WebhookColumns {
  @ForeignKey(() => User, { name: 'webhook__user_fk', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'webhook__pk' })
  userId: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'webhook__pk' })
  id: string;
}

/**
 * A webhook of the service. It is told of what happens to all users. The role of requests may read
 * its id and its events, and nothing else.
 */
@Entity({ schema: 'threadkeep', name: 'service_webhook' })
@Checks('service_webhook', { ...WEBHOOK_CHECKS, owner_service: "owner = 'service'" })
@Index('service_webhook__created', { synchronize: false })
export class ServiceWebhook extends WebhookColumns {
  @Column('text', { default: 'service' })
  owner: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'service_webhook__pk' })
  id: string;
}
