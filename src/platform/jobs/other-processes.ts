// Wakes the relays of other processes by NOTIFY, after a commit and never in its transaction:
// PostgreSQL lets transactions that notify commit one at a time.
import { Injectable } from '@nestjs/common';
import { Notifications } from '../database/index.js';
import { JobNotifier } from './job-notifier.js';

const CHANNEL = 'threadkeep_jobs';
/**
 * The shortest time between two notifications that this process sends, and between two that it
 * obeys.
 */
const MIN_INTERVAL_MS = 50;

@Injectable()
export class OtherProcesses {
  /** Tells them, now or within `MIN_INTERVAL_MS`, that jobs may be due. */
  readonly wake: () => void;

  constructor(
    private readonly notifications: Notifications,
    notifier: JobNotifier,
  ) {
    this.wake = atIntervals(() => notifications.notify(CHANNEL));
    // Any login of the database may notify, as often as it likes.
    const obey = atIntervals(() => notifier.notify());
    notifications.subscribe(CHANNEL, { notified: obey, listeningChanged: obey });
  }

  /** False while jobs of other processes are found by the clock alone. */
  get areHeard(): boolean {
    return this.notifications.isListening;
  }
}

/**
 * Returns a function that runs `effect` at most once in `MIN_INTERVAL_MS`, however often it is
 * called.
 */
function atIntervals(effect: () => void): () => void {
  let pending: NodeJS.Timeout | undefined;
  let lastAt = -Infinity;
  return () => {
    const wait = Math.max(0, lastAt + MIN_INTERVAL_MS - performance.now());
    pending ??= setTimeout(() => {
      pending = undefined;
      lastAt = performance.now();
      effect();
    }, wait).unref();
  };
}
