// Carries job ids from the relay to the workers of all processes, by BullMQ on Redis. It may lose
// ids, repeat them, or deliver them late: the rows decide.
import { Logger } from '@nestjs/common';
import type { BulkJobOptions } from 'bullmq';
import type { TakenJob } from './job-runs.repository.js';

export const QUEUE = 'threadkeep-jobs';

/** Runs the job with this id. */
export type Run = (id: string) => Promise<void>;

interface Closing {
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}

/** A queue and a worker. */
export interface BullBackend {
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

/**
 * Times in milliseconds, but `drainDelay` in seconds. After `lockDuration`, the jobs of a dead
 * worker go to another one.
 */
export const WORKER_OPTIONS = {
  lockDuration: 15_000,
  stalledInterval: 5_000,
  runRetryDelay: 1_000,
  drainDelay: 5,
};

/** The worker pauses so long after an error. BullMQ would retry at once. */
const PAUSE_AFTER_ERROR_MS = 1_000;
/** After a failed publish, the transport is not ready for this time. */
const UNREADY_AFTER_FAILURE_MS = 5_000;

/** Ids that are published at a time. */
export const MAX_BATCH_JOBS = 200;
const PUBLISH_TIMEOUT_MS = 5_000;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Reads only an id from the queue, because the job's row has everything else. Ignores entries of
 * any other form.
 */
export const processorOf =
  (run: Run) =>
  ({ data }: { data: unknown }): Promise<void> => {
    const id = (data as { id?: unknown } | null | undefined)?.id;
    return typeof id === 'string' && UUID.test(id) ? run(id) : Promise.resolve();
  };

export class BullTransport {
  private readonly logger = new Logger('Jobs');
  private paused: NodeJS.Timeout | undefined;
  private closing = false;
  private unreadyUntil = 0;

  constructor(private readonly backend: BullBackend) {
    // Without a listener an error would end the process.
    backend.queue.on('error', (error) => this.logger.debug({ msg: 'queue', err: error }));
    backend.worker.on('error', (error) => this.pause(error));
  }

  /** False while Redis cannot be reached. */
  get ready(): boolean {
    return !this.closing && performance.now() >= this.unreadyUntil && this.backend.isReady();
  }

  /**
   * BullMQ does not add a job id that still waits, so publishing an attempt twice has no effect.
   * @throws Error when not all were taken; some may have been
   */
  async publish(due: Pick<TakenJob, 'id' | 'attempt'>[]): Promise<void> {
    const opts = { removeOnComplete: true, removeOnFail: true };
    const jobs = due.map(({ id, attempt }) => ({
      name: 'run',
      data: { id },
      opts: { ...opts, jobId: `${id}.${attempt}` },
    }));
    try {
      await within(PUBLISH_TIMEOUT_MS, this.backend.queue.addBulk(jobs));
    } catch (error) {
      this.unreadyUntil = performance.now() + UNREADY_AFTER_FAILURE_MS;
      throw error;
    }
  }

  /** Waits for the jobs that run. */
  async close(): Promise<void> {
    this.closing = true;
    clearTimeout(this.paused);
    const { worker, queue, disconnect } = this.backend;
    await Promise.allSettled([worker.close(), queue.close()]);
    await disconnect();
  }

  private pause(error: Error): void {
    this.logger.debug({ msg: 'worker', err: error });
    if (this.closing || this.paused) return;
    void this.backend.worker.pause(true);
    this.paused = setTimeout(() => {
      this.paused = undefined;
      if (!this.closing) void this.backend.worker.resume();
    }, PAUSE_AFTER_ERROR_MS).unref();
  }
}

/** @throws Error when `work` takes longer */
function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error('the queue does not answer')), milliseconds).unref(),
  );
  return Promise.race([work, late]);
}
