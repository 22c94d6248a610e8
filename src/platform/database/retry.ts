// What is run again: a whole transaction that PostgreSQL gave up for another one's sake, and what a lost connection cannot have done.
import { setTimeout as sleep } from 'node:timers/promises';
import { codeBehind, isConnectionLoss, isUnsent } from '../errors/index.js';
import type { ConnectionMetrics, RetryReason } from './connections/connection-metrics.js';

const ATTEMPTS = 4;
/** Milliseconds. A server that ends one connection ends the others in the same moment: the second attempt must not meet one of those. */
const PAUSE_AFTER_LOSS = 20;
const retryable = new Set(['40001', '40P01']);

/** The connection was lost while the server was committing: nobody knows whether it did. Its code is SQLSTATE's for that. */
export class CommitUnknownError extends Error {
  override readonly name = 'CommitUnknownError';
  readonly code = '08007';
}

/**
 * What may be run again, once, when its connection was lost. `always`: it reads, or a second run finds out what the first one did.
 * `uncommitted`: its commit, if it came to that, rejects with CommitUnknownError. `unsent`: only when nothing of it was sent.
 */
export type Repeatable = 'always' | 'uncommitted' | 'unsent';

function mayRepeat(error: unknown, repeatable: Repeatable): boolean {
  if (repeatable === 'unsent') return isUnsent(error);
  return (
    isConnectionLoss(error) || (repeatable === 'always' && error instanceof CommitUnknownError)
  );
}

export class Retry {
  constructor(private readonly metrics?: ConnectionMetrics) {}

  /** Up to four attempts on serialization_failure and deadlock_detected, with jitter; any other error is thrown at once. */
  async serializationFailures<T>(attempt: () => Promise<T>): Promise<T> {
    for (let tried = 1; ; tried++) {
      try {
        return await attempt();
      } catch (error) {
        if (tried >= ATTEMPTS || !retryable.has(codeBehind(error) ?? '')) throw error;
        this.metrics?.retries.inc({ reason: 'serialization' satisfies RetryReason });
        await sleep(Math.random() * 20 * 2 ** tried);
      }
    }
  }

  /** At most two attempts. */
  async lostConnection<T>(repeatable: Repeatable, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      await this.afterLoss(error, repeatable);
      return attempt();
    }
  }

  /** Resolves when what failed may be run again. @throws `error` when it may not. */
  async afterLoss(error: unknown, repeatable: Repeatable): Promise<void> {
    if (!mayRepeat(error, repeatable)) throw error;
    this.metrics?.retries.inc({ reason: 'connection' satisfies RetryReason });
    await sleep(PAUSE_AFTER_LOSS);
  }
}
