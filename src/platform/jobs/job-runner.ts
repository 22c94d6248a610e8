// Runs one job in its scope, and records the outcome. A job is claimed first, so starting it twice
// is safe.
import { Injectable, Logger } from '@nestjs/common';
import { RequestContexts } from '../context/index.js';
import { ScopedDatabase } from '../database/index.js';
import { errorTypeOf } from '../telemetry/tracing/error-type.js';
import type { Span } from '../telemetry/tracing/span.js';
import { Tracing } from '../telemetry/tracing/tracing.js';
import { reasonOf } from './failure.js';
import { nextBackoffSeconds, type JobHandler, JobInterruptedError } from './job-handler.js';
import { JobHandlers } from './job-handlers.js';
import { type ClaimedJob, JobRunsRepository } from './job-runs.repository.js';
import { Jobs } from './jobs.js';
import { JobsMetrics } from './jobs-metrics.js';
import { RunningJob } from './running-job.js';

@Injectable()
export class JobRunner {
  private readonly logger = new Logger('Jobs');
  private readonly running = new Map<RunningJob, Promise<void>>();
  private stopping = false;

  constructor(
    private readonly runs: JobRunsRepository,
    private readonly jobs: Jobs,
    private readonly handlers: JobHandlers,
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly metrics: JobsMetrics,
    private readonly tracing: Tracing,
  ) {}

  /**
   * Claims the job with this id and runs it. Resolves when it has ended, or could not be claimed.
   * Never rejects.
   */
  run(id: string): Promise<void> {
    if (this.stopping) return Promise.resolve();
    const { names } = this.handlers;
    return this.settled(id, async () => {
      const job = await this.asSystem('claim a job', () => this.runs.claim(id, names));
      if (job) await this.track(job);
    });
  }

  /** Runs a job that was claimed for this process, or gives it back at once. Never rejects. */
  runClaimed(job: ClaimedJob): Promise<void> {
    return this.settled(job.id, () => this.track(job));
  }

  /**
   * Starts no more jobs. Resolves when the running ones have ended; a checkpointed one ends at its
   * next step.
   */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const run of this.running.keys()) run.interrupt();
    await Promise.allSettled(this.running.values());
  }

  private async settled(id: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // The database did not answer. The lease runs out, and the relay finds the job.
      this.logger.warn({ msg: 'a job could not be settled', jobId: id, err: error });
    }
  }

  private async track(job: ClaimedJob): Promise<void> {
    const run = new RunningJob(job, this.runs, this.database);
    if (this.stopping) run.interrupt();
    const ended = this.attempt(job, run);
    this.running.set(run, ended);
    try {
      await ended;
    } finally {
      run.stop();
      this.running.delete(run);
    }
  }

  /** Traces the run as a trace of its own: what enqueued the job may be long over. */
  private async attempt(job: ClaimedJob, run: RunningJob): Promise<void> {
    const span = this.tracing.tracer?.root(`job ${job.name}`, 'internal', {
      'threadkeep.job.name': job.name,
      'threadkeep.job.id': job.id,
      'threadkeep.job.attempt': job.attempt,
    });
    if (!span) return this.attemptOnce(job, run);
    const traced = this.contexts.runInBackground(span, () => this.attemptOnce(job, run, span));
    await traced.finally(() => span.end());
  }

  private async attemptOnce(job: ClaimedJob, run: RunningJob, span?: Span): Promise<void> {
    const handler = this.handlers.get(job.name);
    try {
      await this.inScope(job, handler, () => this.perform(job, handler, run));
      this.metrics.count(job.name, 'completed');
    } catch (error) {
      if (!(error instanceof JobInterruptedError)) span?.fail(errorTypeOf(error));
      await this.asSystem('settle a job that has not completed', () =>
        this.settle(job, handler, error),
      );
    }
  }

  private async perform(
    { payload, userId }: ClaimedJob,
    handler: JobHandler,
    run: RunningJob,
  ): Promise<void> {
    if (handler.checkpointed) await handler.run(payload, run);
    const rest = handler.checkpointed ? () => Promise.resolve() : () => handler.run(payload, run);
    await run.complete(rest, async () => {
      if (handler.every !== undefined && userId === null) await this.jobs.enqueueNext(handler);
      if (run.nextKey !== undefined)
        await this.jobs.enqueue(handler.name, {}, { key: run.nextKey, delaySeconds: 1 });
    });
  }

  private inScope<T>(
    { userId }: ClaimedJob,
    { name, system }: JobHandler,
    work: () => Promise<T>,
  ): Promise<T> {
    if (userId !== null) return this.contexts.runAsUser(userId, work);
    if (system === undefined) throw new Error(`${name} gives no reason to run as the system`);
    return this.asSystem(system, work);
  }

  private async settle(job: ClaimedJob, handler: JobHandler, error: unknown): Promise<void> {
    if (error instanceof JobInterruptedError) return this.runs.release(job);
    const status = await this.runs.fail(
      job,
      reasonOf(error),
      nextBackoffSeconds(handler, job.attempt),
    );
    // Null: the job was cancelled, another worker has it, or it was completed by a commit whose
    // answer was lost.
    if (status === null) return;
    this.metrics.count(job.name, status === 'failed' ? 'failed' : 'retried');
    const details = { jobId: job.id, job: job.name, attempt: job.attempt, err: error };
    if (status === 'failed') this.logger.error({ msg: 'a job has failed for good', ...details });
    else this.logger.warn({ msg: 'a job has failed and will be tried again', ...details });
  }

  private asSystem<T>(reason: string, work: () => Promise<T>): Promise<T> {
    return this.database.runAsSystem(reason, work);
  }
}
