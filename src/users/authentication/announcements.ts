// Learns of changes of identities from notifications, so that cached keys and users are dropped
// early. Nothing depends on it: each transaction compares the counters itself.
import type { Epoch } from '../../platform/context/index.js';
import type { Notifications } from '../../platform/database/index.js';

/**
 * Notified by `threadkeep.count_epoch()` with the slot as payload. Anyone with the runtime login
 * may notify, too.
 */
const CHANNEL = 'threadkeep_principals';

const SLOT_COUNT = 4096;
/** Shortest time between two reads of the counters, however many notifications arrive. */
const MIN_READ_INTERVAL_MS = 50;

const COUNTERS = `select slot, number from threadkeep.identity_epoch
  where slot = any ($1::smallint[])`;

export interface Listener {
  /** Called with the current counters of the slots that changed. */
  epochsChanged: (epochs: Epoch[]) => void;
  /** Called when listening starts, and when it stops. */
  listeningChanged: (isListening: boolean) => void;
}

export class Announcements {
  private readonly slots = new Set<number>();
  private pendingRead: NodeJS.Timeout | undefined;
  private lastReadAt = 0;

  constructor(
    private readonly notifications: Notifications,
    private readonly listener: Listener,
  ) {
    notifications.subscribe(CHANNEL, {
      notified: (payload) => this.announced(payload),
      listeningChanged: listener.listeningChanged,
    });
  }

  stop(): void {
    clearTimeout(this.pendingRead);
  }

  /**
   * Schedules a read of the counters. The payload is not trusted: a forged notification costs a
   * share of one read.
   */
  private announced(payload: string): void {
    const slot = /^\d{1,4}$/.test(payload) ? Number(payload) : SLOT_COUNT;
    if (slot >= SLOT_COUNT) return;
    this.slots.add(slot);
    const wait = Math.max(0, this.lastReadAt + MIN_READ_INTERVAL_MS - performance.now());
    this.pendingRead ??= setTimeout(() => void this.readCounters(), wait).unref();
  }

  /** When the read fails, the connection has ended, which the listener learns, too. */
  private async readCounters(): Promise<void> {
    this.pendingRead = undefined;
    this.lastReadAt = performance.now();
    const slots = [...this.slots];
    this.slots.clear();
    const epochs = await this.notifications.query<Epoch>(COUNTERS, [slots]).catch(() => []);
    this.listener.epochsChanged(epochs);
  }
}
