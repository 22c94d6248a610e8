// Leases of quotas: what each user may still add in this process before it counts in the database
// again.
import type { QuotaLimits, QuotaName } from '../config/quota-settings.js';
import { type Amounts, QUOTA_NAMES } from './quota-table.js';

/**
 * A lease is what is free, divided by this number. This many processes can have a lease at once,
 * and together they do not exceed the quota.
 */
const LEASE_DIVISOR = 64;
/** A user whom the process has not counted yet gets this part of a quota. */
const UNKNOWN_USER_DIVISOR = 1024;
/** Users that are remembered. The oldest entry is dropped. */
const MAX_USERS = 50_000;

interface Lease {
  left: Record<QuotaName, number>;
  /** Below it, the process should count again before the lease is used up. */
  low: Record<QuotaName, number>;
}

/** `due`: taken, but count again soon. `short`: not taken. */
export type Taking = 'taken' | 'due' | 'short';

const forAll = (value: (name: QuotaName) => number) =>
  Object.fromEntries(QUOTA_NAMES.map((name) => [name, value(name)])) as Lease['left'];

export class QuotaLeases {
  private readonly users = new Map<string, Lease>();
  private readonly unseen: Lease;

  constructor(private readonly limits: QuotaLimits) {
    const share = (name: QuotaName) =>
      limits[name] === 0 ? Infinity : Math.floor(limits[name] / UNKNOWN_USER_DIVISOR);
    this.unseen = {
      left: forAll(share),
      low: forAll((name) => (limits[name] === 0 ? 0 : Infinity)),
    };
  }

  /** Takes all amounts or none. */
  take(userId: string, adding: Amounts): Taking {
    const { left, low } = this.users.get(userId) ?? this.add(userId);
    for (const name in adding)
      if (left[name as QuotaName] < adding[name as QuotaName]!) return 'short';
    let taking: Taking = 'taken';
    for (const key in adding) {
      const name = key as QuotaName;
      left[name] -= adding[name]!;
      if (left[name] >= low[name]) continue;
      taking = 'due';
      low[name] = 0;
    }
    return taking;
  }

  /** @param used the counted amounts */
  renew(userId: string, used: Amounts): void {
    const { left, low } = this.users.get(userId) ?? this.add(userId);
    for (const [key, amount] of Object.entries(used)) {
      const name = key as QuotaName;
      if (this.limits[name] === 0) continue;
      left[name] = Math.floor(Math.max(0, this.limits[name] - amount) / LEASE_DIVISOR);
      low[name] = left[name] / 2;
    }
  }

  private add(userId: string): Lease {
    const lease = { left: { ...this.unseen.left }, low: { ...this.unseen.low } };
    if (this.users.size >= MAX_USERS) this.users.delete(this.users.keys().next().value!);
    this.users.set(userId, lease);
    return lease;
  }
}
