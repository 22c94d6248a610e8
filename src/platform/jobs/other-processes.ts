// Wakes the relays of other processes by NOTIFY, after a commit and never in its transaction: PostgreSQL
// lets transactions that notify commit one at a time.
import { Injectable } from '@nestjs/common';
import { Notifications } from '../database/index.js';
import { JobNotifier } from './job-notifier.js';

const CHANNEL = 'threadkeep_jobs';
/** The shortest time between two notifications of one process. */
const MIN_INTERVAL_MS = 50;

@Injectable()
export class OtherProcesses {
  private pending: NodeJS.Timeout | undefined;
  private lastAt = -Infinity;

  constructor(
    private readonly notifications: Notifications,
    notifier: JobNotifier,
  ) {
    const wake = () => notifier.notify();
    notifications.subscribe(CHANNEL, { notified: wake, listeningChanged: wake });
  }

  /** False while jobs of other processes are found by the clock alone. */
  get areHeard(): boolean {
    return this.notifications.isListening;
  }

  /** Tells them, now or within `MIN_INTERVAL_MS`, that jobs may be due. */
  wake(): void {
    const wait = Math.max(0, this.lastAt + MIN_INTERVAL_MS - performance.now());
    this.pending ??= setTimeout(() => {
      this.pending = undefined;
      this.lastAt = performance.now();
      this.notifications.notify(CHANNEL);
    }, wait).unref();
  }
}
