// The base class of job handlers. A feature extends it once for each kind of job, in a provider.
import type { TransactionOptions } from '../database/index.js';

/** One run of a job, as its handler sees it. */
export interface JobRun {
  readonly id: string;
  /** Counts from 1. Runs that ended because their process died count too. */
  readonly attempt: number;
  /** Aborts when the process stops, or when the lease ran out and another worker got the job. */
  readonly signal: AbortSignal;
  /** Sets the progress that the job shows from its next commit on. */
  report(done: number, total?: number): void;
  /**
   * Enqueues the same job anew with the completion of this run, so that other jobs have their turn in
   * between. Work that is not done then starts from what is in the database.
   * @param key as of an enqueued job
   */
  again(key: string): void;
  /** Sets the payload that the next attempt gets, from the next commit on. */
  keep(payload: object): void;
  /**
   * Runs one transaction of a checkpointed job. It commits only while this run holds the job.
   * @throws JobInterruptedError when another run holds the job, or the process stops; `work` is
   * rolled back then
   */
  step<T>(work: () => Promise<T>, options?: Pick<TransactionOptions, 'limits'>): Promise<T>;
}

/**
 * A kind of job. By default `run` and the job's completion are one transaction in the scope of the
 * job's user, so what it writes happens exactly once. Make no outside calls in it: they may happen
 * more than once, and hold the transaction open.
 */
export abstract class JobHandler<Payload extends object = object> {
  /** Such as `retention.purge`. Rows store it, so a later release must still know it. */
  abstract readonly name: string;
  /** Why the job runs as the system. Without it, only jobs of a user run. */
  readonly system?: string;
  /**
   * Makes the job recurring: seconds between the end of one run and the next. Recurring jobs run as
   * the system.
   */
  readonly every?: number;
  /**
   * True for work too long for one transaction. `run` is then outside any transaction, and writes
   * only in `job.step()`.
   */
  readonly checkpointed: boolean = false;
  /** Runs before the job becomes a dead letter. */
  readonly attempts: number = 8;
  /** Seconds before the second run. Each further run waits twice as long, up to ten minutes. */
  readonly backoff: number = 2;

  abstract run(payload: Payload, job: JobRun): Promise<void>;
}

/** This run must stop. The job has not failed: another run will do it. */
export class JobInterruptedError extends Error {
  override readonly name = 'JobInterruptedError';
}

const MAX_BACKOFF_SECONDS = 600;

/**
 * Half of the delay is random, so that jobs that failed together do not retry together.
 * @returns seconds until the next run
 */
export function nextBackoffSeconds(
  { backoff }: Pick<JobHandler, 'backoff'>,
  attempt: number,
  random = Math.random,
): number {
  const longest = Math.min(backoff * 2 ** (attempt - 1), MAX_BACKOFF_SECONDS);
  return longest * (0.5 + random() / 2);
}
