// How the jobs are doing: one count for each run that ended, and how long the first of those that wait has been waiting.
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { ScopedDatabase } from '../database/index.js';
import { JobsRepository } from './jobs.repository.js';

/** `retried`: it failed, and will be tried again. `lost`: its worker stopped too often. */
export type JobResult = 'completed' | 'retried' | 'failed' | 'lost';

@Injectable()
export class JobsMetrics {
  private readonly ended: Counter<'name' | 'result'>;
  private asked: Promise<number> | undefined;

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

  /** Those who ask together share an answer. It is read on a connection that many share, so it takes none of the pool. */
  oldestSeconds(): Promise<number> {
    this.asked ??= this.database
      .runAsSystem('age of the oldest job', () => this.jobs.oldest())
      .finally(() => (this.asked = undefined));
    return this.asked;
  }
}
