// Metrics of the jobs: runs that ended, and the age of the oldest job that waits.
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { ScopedDatabase } from '../database/index.js';
import { JobsRepository } from './jobs.repository.js';

/**
 * `retried`: the run failed, and the job will run again. `lost`: its worker stopped, and no
 * attempts are left.
 */
export type JobResult = 'completed' | 'retried' | 'failed' | 'lost';

@Injectable()
export class JobsMetrics {
  private readonly ended: Counter<'name' | 'result'>;
  private pendingQuery: Promise<number> | undefined;

  constructor(
    registry: Registry,
    private readonly jobs: JobsRepository,
    private readonly database: ScopedDatabase,
  ) {
    this.ended = new Counter({
      name: 'threadkeep_jobs_total',
      help: 'Runs of jobs that ended here.',
      labelNames: ['name', 'result'],
      registers: [registry],
    });
    const oldest = (gauge: Gauge) =>
      this.oldestSeconds().then(
        (seconds) => gauge.set(seconds),
        () => gauge.set(Number.NaN),
      );
    const metric = {
      name: 'threadkeep_jobs_oldest_seconds',
      help: 'Age of the first unfinished job that is due.',
      registers: [registry],
    };
    new Gauge({
      ...metric,
      collect() {
        return oldest(this);
      },
    });
  }

  count(name: string, result: JobResult): void {
    this.ended.inc({ name, result });
  }

  /**
   * Concurrent callers share one query. It runs on a pipelined connection, so it takes none of the
   * pool.
   */
  oldestSeconds(): Promise<number> {
    this.pendingQuery ??= this.database
      .runAsSystem('age of the oldest job', () => this.jobs.oldest())
      .finally(() => (this.pendingQuery = undefined));
    return this.pendingQuery;
  }
}
