// Delivers what the triggers wrote: looks once a second, leases what is due, and posts it without a
// connection of the database.
import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { AuditRecords } from '../../platform/audit/index.js';
import { Config } from '../../platform/config/config.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { AppError } from '../../platform/errors/index.js';
import { JobNotifier } from '../../platform/jobs/index.js';
import { DataKeys, openWith, type OwnedKey } from '../../platform/vault/index.js';
import type { DisabledReason } from '../webhook.entity.js';
import { SECRET_COLUMNS } from '../webhook-row.js';
import { DeliveriesRepository } from './deliveries.repository.js';
import {
  BEFORE_ALL,
  type ClaimedDelivery,
  type FailedAttempt,
  type Side,
} from './delivery-statements.js';
import { retryDelaySeconds } from './retry-delay.js';
import { WebhookMetrics } from './webhook-metrics.js';
import { type Attempt, WebhookPost } from './webhook-post.js';

/** The longest pause between two rounds. */
const ROUND_INTERVAL_MS = 1_000;
const SERVICE = 'service';
const GONE_STATUS = 410;

@Injectable()
export class WebhookCourier implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Webhooks');
  private readonly notifier = new JobNotifier();
  private readonly concurrency: number;
  private readonly places = { user: BEFORE_ALL, service: BEFORE_ALL };
  /** The deliveries in flight to each webhook, which gets no more until all of them have ended. */
  private readonly busy = new Map<string, number>();
  private readonly inFlight = new Set<Promise<void>>();
  private readonly stop = new AbortController();
  private rounds: Promise<void> = Promise.resolve();

  constructor(
    private readonly config: Config,
    private readonly deliveries: DeliveriesRepository,
    private readonly post: WebhookPost,
    private readonly dataKeys: DataKeys,
    private readonly database: ScopedDatabase,
    private readonly audit: AuditRecords,
    private readonly metrics: WebhookMetrics,
  ) {
    this.concurrency = config.webhooks.concurrency;
  }

  onApplicationBootstrap(): void {
    if (this.concurrency > 0) this.rounds = this.run();
  }

  /** Cuts the attempts that run, which are made again, here or in another process. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort();
    this.wake();
    const ended = this.rounds.then(() => Promise.all(this.inFlight));
    const limitMs = this.config.shutdownTimeout * 500;
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, limitMs).unref())]);
  }

  /** Starts the next round at once. */
  wake(): void {
    this.notifier.notify();
  }

  private async run(): Promise<void> {
    while (!this.stop.signal.aborted) {
      const more = await this.round().catch((error: unknown) => {
        this.logger.debug({ msg: 'due deliveries could not be taken', err: error });
        return false;
      });
      if (!more) await this.notifier.wait(ROUND_INTERVAL_MS);
    }
  }

  /** @returns true when more may be due, and can be taken */
  private async round(): Promise<boolean> {
    let more = false;
    // Each side leaves half of what is free to the other.
    for (const side of ['service', 'user'] as const) {
      const free = Math.ceil((this.concurrency - this.inFlight.size) / 2);
      if (free > 0) more = (await this.take(side, free)) || more;
    }
    return more;
  }

  private async take(side: Side, limit: number): Promise<boolean> {
    const after = this.places[side];
    const { claimed, next } = await this.asSystem('take due deliveries', () =>
      this.deliveries.claim(side, after, [...this.busy.keys()], limit),
    );
    this.places[side] = next ?? BEFORE_ALL;
    if (claimed.length > 0) {
      const keys = await this.keysOf(side, claimed);
      for (const delivery of claimed) this.start(side, delivery, keys);
      await this.disableThoseBehind(side, claimed);
    }
    return next !== null;
  }

  private async keysOf(side: Side, claimed: ClaimedDelivery[]): Promise<Map<string, OwnedKey>> {
    const owners = [...new Set(claimed.map(({ ownerId }) => ownerId!))];
    return this.asSystem('read the keys of secrets of webhooks', async () => {
      if (side === 'user') return this.dataKeys.ofUsers(owners);
      const key = await this.dataKeys.find();
      return new Map(key ? [[SERVICE, key]] : []);
    });
  }

  private async disableThoseBehind(side: Side, claimed: ClaimedDelivery[]): Promise<void> {
    const behind = claimed.filter(({ isBehind, state }) => isBehind && state === 'pending');
    for (const delivery of new Map(behind.map((one) => [one.webhookId, one])).values())
      await this.asSystem('disable a webhook for which too much waits', () =>
        this.disable(side, delivery, 'behind'),
      );
  }

  private start(side: Side, delivery: ClaimedDelivery, keys: Map<string, OwnedKey>): void {
    const { webhookId } = delivery;
    this.busy.set(webhookId, (this.busy.get(webhookId) ?? 0) + 1);
    const ended = this.deliver(side, delivery, keys)
      .catch((error: unknown) =>
        // The database did not answer. The lease runs out, and the delivery is made again.
        this.logger.warn({
          msg: 'a delivery could not be settled',
          ...idsOf(delivery),
          err: error,
        }),
      )
      .finally(() => this.ended(webhookId, ended));
    this.inFlight.add(ended);
    this.metrics.setInFlight(this.inFlight.size);
  }

  private ended(webhookId: string, delivery: Promise<void>): void {
    const wasFull = this.inFlight.size >= this.concurrency;
    this.inFlight.delete(delivery);
    this.metrics.setInFlight(this.inFlight.size);
    const left = this.busy.get(webhookId)! - 1;
    if (left > 0) this.busy.set(webhookId, left);
    else this.busy.delete(webhookId);
    if (left === 0 || wasFull) this.wake();
  }

  private async deliver(
    side: Side,
    delivery: ClaimedDelivery,
    keys: Map<string, OwnedKey>,
  ): Promise<void> {
    if (delivery.state === 'failed') return this.metrics.count('dropped');
    const secrets = secretsOf(side, delivery, keys);
    const unreadable = { status: null, error: 'secret_unreadable', retryAfterSeconds: null };
    const attempt = secrets
      ? await this.post.send(delivery, secrets, this.stop.signal).catch(() => null)
      : unreadable;
    await this.asSystem('settle a delivery', () =>
      attempt ? this.settle(side, delivery, attempt) : this.deliveries.release(side, delivery),
    );
  }

  private async settle(side: Side, delivery: ClaimedDelivery, attempt: Attempt): Promise<void> {
    const { status, error, retryAfterSeconds } = attempt;
    if (error === null) {
      if (await this.deliveries.deliver(side, delivery, status!)) this.metrics.count('delivered');
      return;
    }
    const delaySeconds = retryDelaySeconds(delivery.attempt, retryAfterSeconds);
    const failed = { status, error, delaySeconds, isGone: status === GONE_STATUS };
    await this.fail(side, delivery, failed);
  }

  private async fail(side: Side, delivery: ClaimedDelivery, failed: FailedAttempt): Promise<void> {
    const failure = await this.deliveries.fail(side, delivery, failed);
    if (!failure) return;
    const { status, error } = failed;
    this.metrics.count(failure.isFinal ? 'failed' : 'retried');
    this.logger.debug({ msg: 'a delivery has failed', ...idsOf(delivery), status, error });
    if (failure.disable) await this.disable(side, delivery, failure.disable);
  }

  private async disable(
    side: Side,
    delivery: ClaimedDelivery,
    reason: DisabledReason,
  ): Promise<void> {
    const { ownerId, webhookId } = delivery;
    const isDisabled = await this.database.transaction(async () => {
      if (!(await this.deliveries.disable(side, delivery, reason))) return false;
      const action = { action: 'webhook.disabled', userId: ownerId, subject: webhookId };
      await this.audit.write({ ...action, details: { reason } });
      return true;
    });
    if (!isDisabled) return;
    this.metrics.countDisabled(reason);
    this.logger.warn({ msg: 'a webhook was disabled', ...idsOf(delivery), reason });
  }

  private asSystem<T>(reason: string, work: () => Promise<T>): Promise<T> {
    return this.database.runAsSystem(reason, work);
  }
}

/** @returns null when they cannot be opened */
function secretsOf(
  side: Side,
  { ownerId, webhookId, secret, previousSecret }: ClaimedDelivery,
  keys: Map<string, OwnedKey>,
): string[] | null {
  const key = keys.get(side === 'user' ? ownerId! : SERVICE);
  const table = side === 'user' ? 'webhook' : 'service_webhook';
  const open = (column: string, sealed: Buffer) =>
    openWith(key, { table, row: webhookId, column }, sealed);
  try {
    const previous = previousSecret && open(SECRET_COLUMNS.previous, previousSecret);
    return [open(SECRET_COLUMNS.secret, secret), ...(previous ? [previous] : [])];
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

const idsOf = ({ id, webhookId, attempt }: ClaimedDelivery) => ({
  deliveryId: id,
  webhookId,
  attempt,
});
