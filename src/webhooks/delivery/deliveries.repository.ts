// Leases deliveries, and keeps what became of them, as the system.
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { ExpiringRows } from '../../platform/jobs/index.js';
import type { DisabledReason } from '../webhook.entity.js';
import {
  type ClaimedDelivery,
  DELIVERY_STATEMENTS,
  EXPIRE_LEFT_OVERS,
  type FailedAttempt,
  type Failure,
  type Fence,
  type Place,
  type Side,
  WEBHOOKS_PER_ROUND,
} from './delivery-statements.js';
import { NIL_UUID } from '../../platform/input/index.js';

/** Added to the time of an attempt, after which its process counts as dead. */
const LEASE_MARGIN_SECONDS = 30;

@Injectable()
export class DeliveriesRepository {
  private readonly leaseSeconds: number;

  constructor(
    private readonly database: ScopedDatabase,
    config: Config,
    expiring: ExpiringRows,
  ) {
    this.leaseSeconds = config.webhooks.timeout + LEASE_MARGIN_SECONDS;
    const expiries = Object.values(DELIVERY_STATEMENTS).map(({ expire }) => expire);
    for (const expire of [...expiries, EXPIRE_LEFT_OVERS])
      expiring.add(async (limit) => (await this.database.write(expire, [limit]))[0]!.count);
  }

  /**
   * Leases due deliveries.
   * @param busy webhooks that get none
   * @returns `next`: where the next round goes on; null when all webhooks were looked at
   */
  async claim(
    side: Side,
    after: Place,
    busy: string[],
    limit: number,
  ): Promise<{ claimed: ClaimedDelivery[]; next: Place | null }> {
    const values = [after.ownerId, after.webhookId, busy, limit, this.leaseSeconds];
    const rows = await this.database.write(DELIVERY_STATEMENTS[side].claim, values);
    const [row] = rows;
    const claimed = rows.filter(({ id }) => id !== null);
    // A full round ends at its last webhook, so that the others have their turn.
    const last = claimed.length === limit ? lastPlace(claimed) : null;
    if (last || !row || row.seen < WEBHOOKS_PER_ROUND) return { claimed, next: last };
    return { claimed, next: { ownerId: row.lastOwnerId, webhookId: row.lastWebhookId } };
  }

  /** @returns false when another attempt has the delivery, or it is gone */
  async deliver(side: Side, fence: Fence, status: number): Promise<boolean> {
    const values = [...valuesOf(fence), status];
    return (await this.database.write(DELIVERY_STATEMENTS[side].deliver, values)).length > 0;
  }

  /** @returns null when another attempt has the delivery, or it is gone */
  async fail(
    side: Side,
    fence: Fence,
    { status, error, delaySeconds, isGone }: FailedAttempt,
  ): Promise<Failure | null> {
    const values = [...valuesOf(fence), status, error, delaySeconds, isGone];
    return (await this.database.write(DELIVERY_STATEMENTS[side].fail, values))[0] ?? null;
  }

  async release(side: Side, fence: Fence): Promise<void> {
    await this.database.write(DELIVERY_STATEMENTS[side].release, valuesOf(fence).slice(0, 3));
  }

  /** @returns false when it was disabled already, or is gone */
  async disable(
    side: Side,
    { ownerId, webhookId }: Fence,
    reason: DisabledReason,
  ): Promise<boolean> {
    const values = [ownerId, webhookId, reason];
    return (await this.database.write(DELIVERY_STATEMENTS[side].disable, values)).length > 0;
  }
}

/** Ids compare as their texts do. */
const lastPlace = (claimed: ClaimedDelivery[]): Place =>
  claimed
    .map(({ ownerId, webhookId }) => ({ ownerId: ownerId ?? NIL_UUID, webhookId }))
    .reduce((a, b) => (a.ownerId + a.webhookId < b.ownerId + b.webhookId ? b : a));

const valuesOf = ({ ownerId, id, attempt, webhookId }: Fence): unknown[] => [
  ownerId,
  id,
  attempt,
  webhookId,
];
