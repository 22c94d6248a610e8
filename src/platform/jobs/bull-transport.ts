// BullMQ between the relay and the workers of all processes, on Redis or on PostgreSQL.
import { Logger } from '@nestjs/common';
import type { BulkJobOptions } from 'bullmq';
import type { JobTransport, Run, Ticket } from './job-transport.js';

export const QUEUE = 'threadkeep-jobs';

interface Closing {
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}

/** What a back-end brings along: a queue and a worker on it, and the end of their connections. */
export interface BullBackend {
  readonly kind: 'redis' | 'postgres';
  readonly queue: Closing & {
    addBulk(jobs: { name: string; data: { id: string }; opts: BulkJobOptions }[]): Promise<unknown>;
  };
  readonly worker: Closing & {
    pause(doNotWaitActive: boolean): Promise<void>;
    resume(): Promise<void>;
  };
  readonly isReady: () => boolean;
  readonly disconnect: () => Promise<void>;
}

/** Milliseconds. A worker that dies is noticed after a lock; what it held is brought to another one then. */
export const WORKER_OPTIONS = {
  lockDuration: 15_000,
  stalledInterval: 5_000,
  runRetryDelay: 1_000,
  drainDelay: 5,
};

/** Milliseconds in which nothing is fetched after an error. */
const REST = 1_000;
/** Milliseconds in which nothing more is handed to a queue that did not take what it was given. */
const AVOIDED = 5_000;

/** Jobs that are handed to it at a time. */
const BATCH = 200;
/** Milliseconds in which it must have taken what it is given. */
const PATIENCE = 5_000;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Takes nothing but an id from the queue: whose job it is, what it does and whether it is due are in its row. Whatever else lies there is thrown away. */
export const processorOf =
  (run: Run) =>
  ({ data }: { data: unknown }): Promise<void> => {
    const id = (data as { id?: unknown } | null | undefined)?.id;
    return typeof id === 'string' && UUID.test(id) ? run(id) : Promise.resolve();
  };

export class BullTransport implements JobTransport {
  readonly capacity = BATCH;
  private readonly logger = new Logger('Jobs');
  private resting: NodeJS.Timeout | undefined;
  private closing = false;
  private avoidedUntil = 0;

  constructor(private readonly backend: BullBackend) {
    // Without a listener an error would end the process.
    backend.queue.on('error', (error) => this.logger.debug({ msg: 'queue', err: error }));
    backend.worker.on('error', (error) => this.rest(error));
  }

  get kind() {
    return this.backend.kind;
  }

  get ready(): boolean {
    return !this.closing && performance.now() >= this.avoidedUntil && this.backend.isReady();
  }

  /** What still waits under its id and attempt is not added again. */
  async publish(tickets: Ticket[]): Promise<void> {
    const opts = { removeOnComplete: true, removeOnFail: true };
    const jobs = tickets.map(({ id, attempts }) => ({
      name: 'run',
      data: { id },
      opts: { ...opts, jobId: `${id}.${attempts}` },
    }));
    try {
      await within(PATIENCE, this.backend.queue.addBulk(jobs));
    } catch (error) {
      this.avoidedUntil = performance.now() + AVOIDED;
      throw error;
    }
  }

  /** Jobs that run are waited for. */
  async close(): Promise<void> {
    this.closing = true;
    clearTimeout(this.resting);
    const { worker, queue, disconnect } = this.backend;
    await Promise.allSettled([worker.close(), queue.close()]);
    await disconnect();
  }

  /** A worker that meets an error asks again at once: on PostgreSQL, a lost connection made a million tries in a minute. */
  private rest(error: Error): void {
    this.logger.debug({ msg: 'worker', err: error });
    if (this.closing || this.resting) return;
    void this.backend.worker.pause(true);
    this.resting = setTimeout(() => {
      this.resting = undefined;
      if (!this.closing) void this.backend.worker.resume();
    }, REST).unref();
  }
}

/** @throws Error when it takes longer. */
function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error('the queue does not answer')), milliseconds).unref(),
  );
  return Promise.race([work, late]);
}
