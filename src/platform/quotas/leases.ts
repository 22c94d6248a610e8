// What each user may still add in this process before the database is asked how much there is.
import type { QuotaLimits, QuotaName } from '../config/quota-settings.js';
import { type Amounts, QUOTA_NAMES } from './quota-table.js';

/** Of what is free, the part that a process gives out without looking again. With so many processes, they give out no more than there is. */
const LEASE = 64;
/** Of a quota, the part that is given to a user of whom the process knows nothing yet. */
const UNSEEN = 1024;
/** Users that are kept in mind; the one that was met first is dropped. */
const MOST_USERS = 50_000;

interface Lease {
  left: Record<QuotaName, number>;
  /** Below it, somebody should look before the lease is used up. */
  low: Record<QuotaName, number>;
}

/** `due`: taken, and it is time to look how much there is; `short`: nothing is taken. */
export type Taking = 'taken' | 'due' | 'short';

const forAll = (value: (name: QuotaName) => number) =>
  Object.fromEntries(QUOTA_NAMES.map((name) => [name, value(name)])) as Lease['left'];

export class Leases {
  private readonly users = new Map<string, Lease>();
  private readonly unseen: Lease;

  constructor(private readonly limits: QuotaLimits) {
    const share = (name: QuotaName) =>
      limits[name] === 0 ? Infinity : Math.floor(limits[name] / UNSEEN);
    this.unseen = {
      left: forAll(share),
      low: forAll((name) => (limits[name] === 0 ? 0 : Infinity)),
    };
  }

  /** All of it, or nothing. */
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

  /** @param used what there is, of those that were counted */
  renew(userId: string, used: Amounts): void {
    const { left, low } = this.users.get(userId) ?? this.add(userId);
    for (const [key, amount] of Object.entries(used)) {
      const name = key as QuotaName;
      if (this.limits[name] === 0) continue;
      left[name] = Math.floor(Math.max(0, this.limits[name] - amount) / LEASE);
      low[name] = left[name] / 2;
    }
  }

  private add(userId: string): Lease {
    const lease = { left: { ...this.unseen.left }, low: { ...this.unseen.low } };
    if (this.users.size >= MOST_USERS) this.users.delete(this.users.keys().next().value!);
    this.users.set(userId, lease);
    return lease;
  }
}
