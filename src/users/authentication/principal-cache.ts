// What this process remembers about keys and users. Whether it still holds is compared in each
// transaction (migrations/1795911051000-count-identity-epochs.ts): what is stale here costs a look-up.
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config } from '../../platform/config/config.js';
import type { Epoch, Principal, Proof } from '../../platform/context/index.js';
import { PREPARED_DATABASE, type PreparedDatabase } from '../../platform/database/index.js';
import { Announcements } from './announcements.js';
import { SlotCache } from './slot-cache.js';

/** How long an entry lives while changes are announced to us: a bound, should an announcement be lost. */
const TTL_ANNOUNCED_MS = 600_000;
/** Without announcements, behind a transaction pooler: for requests that are answered without the database. */
const TTL_UNANNOUNCED_MS = 1_000;
/** A new key is announced to nobody. */
const TTL_UNKNOWN_MS = 1_000;

export interface KnownKey {
  readonly principal: Principal;
  /** Of `performance.now()`. */
  readonly expiresAt: number;
}

export interface KnownUser {
  readonly id: string;
  readonly proof: Proof;
}

@Injectable()
export class PrincipalCache implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly keys = new SlotCache<KnownKey>(10_000);
  /** Apart, so that guesses do not push out the keys that are in use. */
  private readonly unknown = new LRUCache<string, true>({
    max: 1_000,
    ttl: TTL_UNKNOWN_MS,
    ttlResolution: 100,
  });
  private readonly users = new SlotCache<KnownUser>(50_000);
  private readonly announcements: Announcements | undefined;
  private ttl = TTL_UNANNOUNCED_MS;

  constructor(@Inject(PREPARED_DATABASE) prepared: PreparedDatabase, config: Config) {
    if (config.transactionPooler) return;
    const listener = {
      moved: (epochs: Epoch[]) => epochs.forEach((epoch) => this.forgetBefore(epoch)),
      heard: (isHeard: boolean) => this.heard(isHeard),
    };
    this.announcements = new Announcements(
      prepared.connection,
      listener,
      config.connectTimeout * 1_000,
    );
  }

  /** Undefined when the database must be asked, null for a token that is known to be nobody's. */
  principal(token: string): Principal | null | undefined {
    const known = this.keys.get(token);
    if (!known) return this.unknown.has(token) ? null : undefined;
    return known.expiresAt === Infinity || performance.now() < known.expiresAt
      ? known.principal
      : undefined;
  }

  keepKey(token: string, key: KnownKey, epoch: Epoch): void {
    this.keys.set(token, key, epoch, this.ttl);
  }

  keepUnknown(token: string): void {
    this.unknown.set(token, true);
  }

  forgetKey(token: string): void {
    this.keys.delete(token);
  }

  user(reference: string): KnownUser | undefined {
    return this.users.get(reference);
  }

  keepUser(reference: string, user: KnownUser): void {
    this.users.set(reference, user, user.proof.epoch, this.ttl);
  }

  forgetUser(reference: string): void {
    this.users.delete(reference);
  }

  /** What is known of the user or the service key with this id, and of those that share its slot. */
  forgetId(id: string): void {
    this.forgetBefore({ slot: slotOf(id), number: Infinity });
  }

  forgetUnknown(): void {
    this.unknown.clear();
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.announcements?.listen();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.announcements?.stop();
  }

  private forgetBefore(epoch: Epoch): void {
    this.keys.forgetBefore(epoch);
    this.users.forgetBefore(epoch);
  }

  /** What was announced while nobody listened is not known. */
  private heard(isHeard: boolean): void {
    this.ttl = isHeard ? TTL_ANNOUNCED_MS : TTL_UNANNOUNCED_MS;
    this.keys.clear();
    this.users.clear();
    this.unknown.clear();
  }
}

/** As `threadkeep.identity_slot` says. */
const slotOf = (id: string): number => Number.parseInt(id.slice(-3), 16);
