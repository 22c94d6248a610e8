// Caches keys and users. Each transaction compares the counter of its identity
// (migrations/1795911051000-count-identity-epochs.ts), so a stale entry only costs another lookup.
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Epoch, Principal, Proof } from '../../platform/context/index.js';
import { Notifications } from '../../platform/database/index.js';
import { Announcements } from './announcements.js';
import { SlotCache } from './slot-cache.js';

/**
 * Lifetime of an entry while this process listens for changes; a limit in case a notification is
 * lost.
 */
const TTL_ANNOUNCED_MS = 600_000;
/**
 * Lifetime without notifications, that is behind a transaction pooler. It matters only to requests
 * that need no database.
 */
const TTL_UNANNOUNCED_MS = 1_000;
/** Lifetime of an unknown key. New keys are not announced. */
const TTL_UNKNOWN_MS = 1_000;

export interface KnownKey {
  readonly principal: Principal;
  /** Compare with `performance.now()`. */
  readonly expiresAt: number;
}

export interface KnownUser {
  readonly id: string;
  readonly proof: Proof;
}

@Injectable()
export class PrincipalCache implements OnApplicationShutdown {
  private readonly keys = new SlotCache<KnownKey>(10_000);
  /** Unknown keys have a cache of their own, so that guesses do not evict keys in use. */
  private readonly unknown = new LRUCache<string, true>({
    max: 1_000,
    ttl: TTL_UNKNOWN_MS,
    ttlResolution: 100,
  });
  private readonly users = new SlotCache<KnownUser>(50_000);
  private readonly announcements: Announcements;
  private ttl = TTL_UNANNOUNCED_MS;

  constructor(notifications: Notifications) {
    this.announcements = new Announcements(notifications, {
      epochsChanged: (epochs) => epochs.forEach((epoch) => this.forgetBefore(epoch)),
      listeningChanged: (isListening) => this.listeningChanged(isListening),
    });
  }

  /**
   * Returns the principal, null for a token that is known to be invalid, and undefined when the
   * database must be asked.
   */
  principal(token: string): Principal | null | undefined {
    const known = this.keys.get(token);
    if (!known) return this.unknown.has(token) ? null : undefined;
    return known.expiresAt === Infinity || performance.now() < known.expiresAt
      ? known.principal
      : undefined;
  }

  rememberKey(token: string, key: KnownKey, epoch: Epoch): void {
    this.keys.set(token, key, epoch, this.ttl);
  }

  rememberUnknown(token: string): void {
    this.unknown.set(token, true);
  }

  forgetKey(token: string): void {
    this.keys.delete(token);
  }

  user(reference: string): KnownUser | undefined {
    return this.users.get(reference);
  }

  rememberUser(reference: string, user: KnownUser): void {
    this.users.set(reference, user, user.proof.epoch, this.ttl);
  }

  forgetUser(reference: string): void {
    this.users.delete(reference);
  }

  /** Drops the user or service key with this id, and all others with the same slot. */
  forgetId(id: string): void {
    this.forgetBefore({ slot: slotOf(id), number: Infinity });
  }

  forgetUnknown(): void {
    this.unknown.clear();
  }

  onApplicationShutdown(): void {
    this.announcements.stop();
  }

  private forgetBefore(epoch: Epoch): void {
    this.keys.forgetBefore(epoch);
    this.users.forgetBefore(epoch);
  }

  /** Clears everything: changes may have been missed while this process did not listen. */
  private listeningChanged(isListening: boolean): void {
    this.ttl = isListening ? TTL_ANNOUNCED_MS : TTL_UNANNOUNCED_MS;
    this.keys.clear();
    this.users.clear();
    this.unknown.clear();
  }
}

/** Same as `threadkeep.identity_slot` in SQL. */
const slotOf = (id: string): number => Number.parseInt(id.slice(-3), 16);
