// Metrics of the database connections. They are made before the application, which registers them.
import { Counter, Histogram } from 'prom-client';

/** One set per application. */
export class ConnectionMetrics {
  readonly waitSeconds = new Histogram({
    name: 'threadkeep_db_pool_wait_seconds',
    help: 'Time until the pool gave a connection, or gave up.',
    buckets: [0.001, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30],
    registers: [],
  });
  /**
   * `reason`: `connection` when it was lost, `serialization` when PostgreSQL aborted the
   * transaction in favour of another.
   */
  readonly retries = new Counter({
    name: 'threadkeep_db_retries_total',
    help: 'Transactions and statements that were run again.',
    labelNames: ['reason'] as const,
    registers: [],
  });
  readonly failedPings = new Counter({
    name: 'threadkeep_db_failed_pings_total',
    help: 'Idle connections that did not answer when they were needed.',
    registers: [],
  });

  get all(): (Counter<string> | Histogram)[] {
    return [this.waitSeconds, this.retries, this.failedPings];
  }
}

export type RetryReason = 'connection' | 'serialization';
