// Repeats transactions that PostgreSQL aborted in favour of another one, and those that a lost
// connection cannot have committed.
import { setTimeout as sleep } from 'node:timers/promises';
import { codeBehind, isConnectionLoss, isUnsent } from '../errors/index.js';
import type { ConnectionMetrics, RetryReason } from './connections/connection-metrics.js';

const MAX_ATTEMPTS = 4;
/**
 * A server that ends one connection ends the others at the same moment. The second attempt must not
 * get one of those.
 */
const PAUSE_AFTER_LOSS_MS = 20;
/** serialization_failure, deadlock_detected. */
const retryable = new Set(['40001', '40P01']);

/**
 * The connection was lost during the commit, so its outcome is unknown. The code is SQLSTATE
 * transaction_resolution_unknown.
 */
export class CommitUnknownError extends Error {
  override readonly name = 'CommitUnknownError';
  readonly code = '08007';
}

/**
 * When work may be repeated, once, after its connection was lost. `always`: it only reads, or is
 * idempotent. `uncommitted`: unless the loss came during the commit (CommitUnknownError). `unsent`:
 * only when none of it was sent.
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

  /**
   * Repeats on serialization_failure and deadlock_detected, with jitter. Throws any other error at
   * once.
   */
  async serializationFailures<T>(attempt: () => Promise<T>): Promise<T> {
    for (let tried = 1; ; tried++) {
      try {
        return await attempt();
      } catch (error) {
        if (tried >= MAX_ATTEMPTS || !retryable.has(codeBehind(error) ?? '')) throw error;
        this.metrics?.retries.inc({ reason: 'serialization' satisfies RetryReason });
        await sleep(Math.random() * 20 * 2 ** tried);
      }
    }
  }

  /** Repeats at most once. */
  async lostConnection<T>(repeatable: Repeatable, attempt: () => Promise<T>): Promise<T> {
    try {
      return await attempt();
    } catch (error) {
      await this.afterLoss(error, repeatable);
      return attempt();
    }
  }

  /** Resolves when the failed work may be repeated. @throws `error` when it may not */
  async afterLoss(error: unknown, repeatable: Repeatable): Promise<void> {
    if (!mayRepeat(error, repeatable)) throw error;
    this.metrics?.retries.inc({ reason: 'connection' satisfies RetryReason });
    await sleep(PAUSE_AFTER_LOSS_MS);
  }
}
