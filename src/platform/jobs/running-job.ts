// A running job: its lease, its progress, and the fence that keeps a run from writing after it lost
// its lease.
import type { ScopedDatabase, TransactionOptions } from '../database/index.js';
import { JobInterruptedError, type JobRun } from './job-handler.js';
import {
  type ClaimedJob,
  type JobRunsRepository,
  LEASE_SECONDS,
  type Progress,
} from './job-runs.repository.js';

export class RunningJob implements JobRun {
  private readonly abort = new AbortController();
  private readonly renewing: NodeJS.Timeout;
  /** Key of the job that goes on after this run; undefined when none does. */
  nextKey: string | undefined;
  private progress: Progress = { done: 0, total: null };

  constructor(
    private readonly job: ClaimedJob,
    private readonly runs: JobRunsRepository,
    private readonly database: ScopedDatabase,
  ) {
    this.renewing = setInterval(() => void this.renew(), (LEASE_SECONDS / 3) * 1000).unref();
  }

  get id(): string {
    return this.job.id;
  }

  get attempt(): number {
    return this.job.attempt;
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  report(done: number, total: number | null = this.progress.total): void {
    this.progress = { ...this.progress, done, total };
  }

  keep(payload: object): void {
    this.progress = { ...this.progress, payload };
  }

  again(key: string): void {
    this.nextKey = key;
  }

  step<T>(work: () => Promise<T>, options?: TransactionOptions): Promise<T> {
    return this.fenced(work, () => this.runs.progress(this.job, this.progress), options);
  }

  /** The last transaction: `work`, the completion and `next` commit together. */
  complete(work: () => Promise<void>, next: () => Promise<unknown>): Promise<void> {
    return this.fenced(
      work,
      async () => (await this.runs.complete(this.job, this.progress)) && (await next(), true),
    );
  }

  /** Makes the run end at its next step. */
  interrupt(): void {
    this.abort.abort();
  }

  stop(): void {
    clearInterval(this.renewing);
  }

  /**
   * Touches the job's own row last, so that it is locked briefly, and the lease can be renewed
   * meanwhile.
   */
  private fenced<T>(
    work: () => Promise<T>,
    holds: () => Promise<boolean>,
    options?: TransactionOptions,
  ): Promise<T> {
    if (this.signal.aborted)
      return Promise.reject(
        new JobInterruptedError('the process stops, or another worker has the job'),
      );
    return this.database.transaction(async () => {
      const result = await work();
      if (!(await holds()))
        throw new JobInterruptedError('another worker has the job, or it was cancelled');
      return result;
    }, options);
  }

  private async renew(): Promise<void> {
    const renewal = this.database.runAsSystem('keep the lease of a running job', () =>
      this.runs.renew(this.job),
    );
    // When the database does not answer, the fence decides later.
    if (!(await renewal.catch(() => true))) this.interrupt();
  }
}
