// Takes due jobs: after each commit that enqueued one, when another process says so, and once a
// second. It runs them in this process, or hands them to all processes by the queue on Redis.
import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Config } from '../config/config.js';
import { ScopedDatabase } from '../database/index.js';
import { redisBackend } from './bull-backends.js';
import { BullTransport, MAX_BATCH_JOBS } from './bull-transport.js';
import { JobNotifier } from './job-notifier.js';
import { JobHandlers } from './job-handlers.js';
import { JobRunner } from './job-runner.js';
import { JobRunsRepository, type TakenJob } from './job-runs.repository.js';
import { Jobs } from './jobs.js';
import { JobsMetrics } from './jobs-metrics.js';
import { OtherProcesses } from './other-processes.js';

/** The longest pause between two rounds. */
const ROUND_INTERVAL_MS = 1_000;
/** How often to check that every recurring job has a next run. */
const RECURRING_CHECK_MS = 60_000;

/**
 * How processes learn of each other's jobs. `process`: not at all. Each process then finds them
 * once a second.
 */
export type JobTransport = 'redis' | 'postgres' | 'process';

@Injectable()
export class JobRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private readonly concurrency: number;
  private running = 0;
  private queue: BullTransport | undefined;
  private rounds: Promise<void> = Promise.resolve();
  private stopped = false;
  private nextRecurringCheck = 0;

  constructor(
    private readonly config: Config,
    private readonly runs: JobRunsRepository,
    private readonly jobs: Jobs,
    private readonly handlers: JobHandlers,
    private readonly runner: JobRunner,
    private readonly database: ScopedDatabase,
    private readonly notifier: JobNotifier,
    private readonly others: OtherProcesses,
    private readonly metrics: JobsMetrics,
  ) {
    // The other half of the pool is for requests.
    this.concurrency = Math.min(
      config.jobConcurrency,
      Math.max(1, Math.floor((config.poolSize + config.poolOverflow) / 2)),
    );
  }

  /** Does not wait for Redis, but for BullMQ to be loaded. */
  async onApplicationBootstrap(): Promise<void> {
    if (this.concurrency > 0) this.queue = await this.openQueue();
    this.rounds = this.relay();
  }

  /** Waits for at most half of the shutdown time. The other half is for the requests in flight. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.notifier.notify();
    const ended = Promise.allSettled([
      this.queue?.close(),
      this.runner.stop(),
      // The last round may have claimed jobs, which are given back.
      this.rounds.then(() => this.runner.stop()),
    ]);
    await Promise.race([
      ended,
      new Promise((resolve) => setTimeout(resolve, this.config.shutdownTimeout * 500).unref()),
    ]);
  }

  /** The transport in use; null when this process runs no jobs. */
  get transport(): JobTransport | null {
    if (this.concurrency === 0) return null;
    if (this.config.redis) return this.queue?.ready ? 'redis' : 'process';
    return this.others.areHeard ? 'postgres' : 'process';
  }

  /** @returns undefined without Redis, and when the queue cannot be used, which it logs */
  private async openQueue(): Promise<BullTransport | undefined> {
    const { redis, transactionPooler } = this.config;
    try {
      const workers = {
        run: (id: string) => this.runner.run(id),
        concurrency: this.concurrency,
      };
      if (redis) return new BullTransport(await redisBackend(redis, workers));
      if (transactionPooler)
        this.logger.warn({
          msg: 'Jobs of other processes are found once a second, because a transaction pooler does not support LISTEN: set REDIS_URL to find them at once.',
        });
    } catch (error) {
      this.logger.warn({
        msg: 'The job queue on Redis cannot be used. Each process runs the jobs that it finds.',
        err: error,
      });
    }
    return undefined;
  }

  private async relay(): Promise<void> {
    while (!this.stopped) {
      const more = await this.round().catch((error: unknown) =>
        this.logger.debug({ msg: 'due jobs could not be taken', err: error }),
      );
      if (!more) await this.notifier.wait(ROUND_INTERVAL_MS);
    }
  }

  /** @returns true when more jobs may be due, and can be taken */
  private async round(): Promise<boolean> {
    const hasNew = this.notifier.takeNew();
    if (this.concurrency > 0) await this.checkRecurring();
    const queue = this.queue?.ready ? this.queue : undefined;
    const limit = queue ? MAX_BATCH_JOBS : this.concurrency - this.running;
    const taken = limit === 0 ? 0 : await this.take(limit, queue);
    const isFull = taken === limit;
    // This process cannot take all of them itself.
    if (hasNew && isFull && !queue) this.others.wake();
    return isFull && limit > 0;
  }

  /** @returns how many jobs were due, up to `limit` */
  private async take(limit: number, queue: BullTransport | undefined): Promise<number> {
    const names = queue ? null : this.handlers.names;
    const due = await this.asSystem('take due jobs', () => this.runs.takeDue(limit, names));
    for (const job of due) {
      if (job.status === 'failed') this.logLost(job);
      if (job.status === 'running') this.start(job);
    }
    if (queue)
      await this.handOn(
        queue,
        due.filter(({ status }) => status === 'queued'),
      );
    return due.length;
  }

  private start(job: TakenJob): void {
    this.running++;
    void this.runner.runClaimed(job).then(() => {
      this.running--;
      this.notifier.notify();
    });
  }

  private async handOn(queue: BullTransport, jobs: TakenJob[]): Promise<void> {
    if (jobs.length === 0) return;
    try {
      await queue.publish(jobs);
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
    await this.asSystem('enqueue recurring jobs', () => this.jobs.enqueueRecurring());
  }

  private logLost({ id, name, attempt }: TakenJob): void {
    this.metrics.count(name, 'lost');
    this.logger.error({
      msg: 'a job has failed for good: its workers stopped',
      jobId: id,
      job: name,
      attempt,
    });
  }

  private asSystem<T>(reason: string, work: () => Promise<T>): Promise<T> {
    return this.database.runAsSystem(reason, work);
  }
}
