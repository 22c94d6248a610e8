// Transports the ids of jobs to workers. It may lose them, repeat them, or deliver them late: the
// rows decide.
import type { DueJob } from './job-runs.repository.js';

export type JobRef = Pick<DueJob, 'id' | 'attempts'>;

export interface JobTransport {
  readonly kind: 'redis' | 'postgres' | 'process';
  /** False while its server cannot be reached. */
  readonly ready: boolean;
  /** Jobs that it takes at a time. */
  readonly capacity: number;
  /** @throws Error when not all were taken; some may have been */
  publish(jobs: JobRef[]): Promise<void>;
  /** Starts no more jobs. */
  close(): Promise<void>;
}

export type Run = (id: string) => Promise<void>;

/** Runs jobs in this process, without a queue. */
export class ProcessTransport implements JobTransport {
  readonly kind = 'process';
  readonly ready = true;
  private running = 0;

  constructor(
    private readonly run: Run,
    private readonly concurrency: number,
    /** Called when another job may start. */
    private readonly freed: () => void,
  ) {}

  get capacity(): number {
    return this.concurrency - this.running;
  }

  publish(jobs: JobRef[]): Promise<void> {
    this.running += jobs.length;
    for (const { id } of jobs) {
      void this.run(id).then(() => {
        this.running--;
        this.freed();
      });
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
