// What a feature writes to have work done later: one class for each kind of job.

/** One run of a job, as its handler sees it. */
export interface JobRun {
  readonly id: string;
  /** From 1; it counts runs that ended with their process, too. */
  readonly attempt: number;
  /** Aborted when the process stops, or when the job was given to another worker because this one was not heard of. */
  readonly signal: AbortSignal;
  /** What the status shows from the next commit of the job on. */
  report(done: number, total?: number): void;
  /**
   * A transaction of a job that runs in steps. It commits only while this run holds the job.
   * @throws JobInterruptedError when it does not, or when the process stops: nothing of `work` has happened then
   */
  step<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * A kind of job. By default `run` is one transaction together with the job's completion, in the scope of the job's user: what it writes
 * happens exactly once, whatever dies. A call to the outside in it can happen more than once, and would hold the transaction open.
 */
export abstract class JobHandler<Payload extends object = object> {
  /** Such as `retention.purge`. Rows carry it: it must outlive a release. */
  abstract readonly name: string;
  /** Why the system does this. Without it, only jobs of a user run. */
  readonly system?: string;
  /** Seconds between the end of one run and the next, for work by the clock. It is the system's. */
  readonly every?: number;
  /** True for work too long for one transaction: `run` is outside of any then, and writes in `job.step()` only. */
  readonly inSteps: boolean = false;
  /** Runs before it is a dead letter. */
  readonly attempts: number = 8;
  /** Seconds before the second run; each further one waits twice as long, up to ten minutes. */
  readonly backoff: number = 2;

  abstract run(payload: Payload, job: JobRun): Promise<void>;
}

/** This run may not go on; the job itself is well, and another run will do it. */
export class JobInterruptedError extends Error {
  override readonly name = 'JobInterruptedError';
}

const BACKOFF_MAX = 600;

/** Seconds until the next run; half of it is chance, so that what failed together does not come back together. */
export function backoffOf(
  { backoff }: Pick<JobHandler, 'backoff'>,
  attempt: number,
  random = Math.random,
): number {
  const longest = Math.min(backoff * 2 ** (attempt - 1), BACKOFF_MAX);
  return longest * (0.5 + random() / 2);
}
