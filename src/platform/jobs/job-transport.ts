// What carries the ids of jobs to a worker. It may lose them, repeat them and be late: the rows make up for it.
import type { DueJob } from './job-runs.repository.js';

export type Ticket = Pick<DueJob, 'id' | 'attempts'>;

export interface JobTransport {
  readonly kind: 'redis' | 'postgres' | 'process';
  /** False while what is behind it cannot be reached. */
  readonly ready: boolean;
  /** How many it takes at a time. */
  readonly capacity: number;
  /** @throws Error when they were not taken; some may have been. */
  publish(tickets: Ticket[]): Promise<void>;
  /** No job is begun any more. */
  close(): Promise<void>;
}

export type Run = (id: string) => Promise<void>;

/** Without anything in between: jobs are begun here and now, no more than may run at a time. */
export class ProcessTransport implements JobTransport {
  readonly kind = 'process';
  readonly ready = true;
  private running = 0;

  constructor(
    private readonly run: Run,
    private readonly concurrency: number,
    /** Called when there is room for another one. */
    private readonly freed: () => void,
  ) {}

  get capacity(): number {
    return this.concurrency - this.running;
  }

  publish(tickets: Ticket[]): Promise<void> {
    this.running += tickets.length;
    for (const { id } of tickets) {
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
