// Hands due jobs to the workers, in every process that runs jobs: after each commit that enqueued
// one, and once a second.
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Config } from '../config/config.js';
import { PREPARED_DATABASE, type PreparedDatabase, ScopedDatabase } from '../database/index.js';
import { JobNotifier } from './job-notifier.js';
import { JobHandlers } from './job-handlers.js';
import { JobRunner } from './job-runner.js';
import { type DueJob, JobRunsRepository } from './job-runs.repository.js';
import { type JobTransport, ProcessTransport } from './job-transport.js';
import { Jobs } from './jobs.js';
import { JobsMetrics } from './jobs-metrics.js';
import { openTransport } from './open-transport.js';

/** The longest pause between two rounds. */
const ROUND_INTERVAL_MS = 1_000;
/** How often to check that every recurring job has a next run. */
const RECURRING_CHECK_MS = 60_000;

@Injectable()
export class JobRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private readonly concurrency: number;
  private readonly here: JobTransport;
  private opening: Promise<JobTransport | undefined> = Promise.resolve(undefined);
  private carrier: JobTransport | undefined;
  private rounds: Promise<void> = Promise.resolve();
  private stopped = false;
  private nextRecurringCheck = 0;

  constructor(
    private readonly config: Config,
    @Inject(PREPARED_DATABASE) private readonly prepared: PreparedDatabase,
    private readonly runs: JobRunsRepository,
    private readonly jobs: Jobs,
    private readonly handlers: JobHandlers,
    private readonly runner: JobRunner,
    private readonly database: ScopedDatabase,
    private readonly notifier: JobNotifier,
    private readonly metrics: JobsMetrics,
  ) {
    // The other half of the pool is for requests.
    this.concurrency = Math.min(
      config.jobConcurrency,
      Math.max(1, Math.floor((config.poolSize + config.poolOverflow) / 2)),
    );
    this.here = new ProcessTransport(
      (id) => this.runner.run(id),
      this.concurrency,
      () => this.notifier.notify(),
    );
  }

  onApplicationBootstrap(): void {
    if (this.concurrency === 0) return;
    this.opening = openTransport(this.config, this.prepared, {
      run: (id) => this.runner.run(id),
      concurrency: this.concurrency,
    });
    void this.opening.then((carrier) => (this.carrier = carrier));
    this.rounds = this.relay();
  }

  /** Waits for at most half of the shutdown time. The other half is for the requests in flight. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.notifier.notify();
    const ended = Promise.allSettled([
      this.opening.then((carrier) => carrier?.close()),
      this.runner.stop(),
      this.rounds,
    ]);
    await Promise.race([
      ended,
      new Promise((resolve) => setTimeout(resolve, this.config.shutdownTimeout * 500).unref()),
    ]);
  }

  /**
   * The transport in use; null when this process runs no jobs. `process` also while the configured
   * one cannot be reached.
   */
  get transport(): JobTransport['kind'] | null {
    return this.concurrency === 0 ? null : this.current.kind;
  }

  private get current(): JobTransport {
    return this.carrier?.ready ? this.carrier : this.here;
  }

  private async relay(): Promise<void> {
    while (!this.stopped) {
      const more = await this.round().catch((error: unknown) =>
        this.logger.debug({ msg: 'jobs could not be handed on', err: error }),
      );
      if (!more) await this.notifier.wait(ROUND_INTERVAL_MS);
    }
  }

  /** @returns true when more jobs may be due */
  private async round(): Promise<boolean> {
    await this.checkRecurring();
    const transport = this.current;
    const limit = transport.capacity;
    if (limit === 0) return false;
    const due = await this.asSystem('hand on due jobs', () => this.runs.takeDue(limit));
    due.filter(isLost).forEach((job) => this.logLost(job));
    await this.handOn(
      transport,
      due.filter((job) => !isLost(job)),
    );
    return due.length === limit;
  }

  private async handOn(transport: JobTransport, jobs: DueJob[]): Promise<void> {
    if (jobs.length === 0) return;
    try {
      await transport.publish(jobs);
    } catch (error) {
      await this.asSystem('take back jobs that nobody took', () =>
        this.runs.giveBack(jobs.map(({ id }) => id)),
      );
      throw error;
    }
  }

  /**
   * Enqueues recurring jobs that have no next run: the first run of all, and the one after a dead
   * letter. Each other run enqueues its successor.
   */
  private async checkRecurring(): Promise<void> {
    // A monotonic clock: the wall clock may be set back.
    if (performance.now() < this.nextRecurringCheck) return;
    this.nextRecurringCheck = performance.now() + RECURRING_CHECK_MS;
    for (const handler of this.handlers.recurring)
      await this.asSystem('enqueue recurring jobs', () => this.jobs.enqueueNext(handler));
  }

  private logLost({ id, name, attempts }: DueJob): void {
    this.metrics.count(name, 'lost');
    this.logger.error({
      msg: 'a job has failed for good: its workers stopped',
      jobId: id,
      job: name,
      attempt: attempts,
    });
  }

  private asSystem<T>(reason: string, work: () => Promise<T>): Promise<T> {
    return this.database.runAsSystem(reason, work);
  }
}

const isLost = ({ status }: DueJob): boolean => status === 'failed';
