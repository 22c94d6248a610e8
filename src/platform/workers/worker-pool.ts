import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Piscina } from 'piscina';
import { Config } from '../config/config.js';
import { RequestContexts } from '../context/index.js';
import { RequestErrors, ServerErrors } from '../errors/index.js';
import { FairSemaphore } from '../fairness/index.js';
import { startThreads } from './start-threads.js';
import type { WorkerTask } from './worker-task.js';

/** Tasks of one owner that may wait; further ones are refused. */
const MAX_WAITING_PER_OWNER = 8;
/** Megabytes of objects that one task may hold. */
const HEAP_LIMIT_MB = 512;
const RETRY_AFTER_SECONDS = 1;
const SEND_LESS = 'Send less text, or fewer items, in one request.';

/**
 * Runs pure computations in threads, so that requests do not wait for them. Each owner has a share
 * of the threads, and each task a deadline.
 */
@Injectable()
export class WorkerPool implements OnApplicationShutdown {
  private readonly places: FairSemaphore;
  private readonly timeoutMs: number;
  private readonly threads: number;
  private pool: Piscina | undefined;

  constructor(
    { workers }: Config,
    private readonly contexts: RequestContexts,
  ) {
    this.threads = workers.threads;
    this.timeoutMs = workers.timeout * 1_000;
    const perOwner = Math.max(1, Math.floor(workers.threads / 2));
    this.places = new FairSemaphore({
      total: workers.threads,
      perOwner,
      maxWaitingPerOwner: MAX_WAITING_PER_OWNER,
    });
  }

  /**
   * @param input is copied, as the result is; texts are cheap to copy, large object graphs are not
   * @throws AppError `request.too_costly` (422) for a task that takes too long or too much memory,
   * `request.too_much_at_once` (429) when too much of this owner waits, `server.busy` (503) when no
   * thread was free in time; and whatever the task throws
   */
  run<Input, Output>(task: WorkerTask<Input, Output>, input: Input): Promise<Output> {
    const waiting = AbortSignal.timeout(this.timeoutMs);
    return this.places
      .run(this.contexts.owner, () => this.compute(task, input), waiting)
      .catch((error: unknown) => {
        if (error !== waiting.reason) throw error;
        throw ServerErrors.busy({ retryAfter: RETRY_AFTER_SECONDS, cause: error });
      });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool?.destroy();
  }

  private async compute<Input, Output>(
    { url }: WorkerTask<Input, Output>,
    input: Input,
  ): Promise<Output> {
    const signal = AbortSignal.timeout(this.timeoutMs);
    try {
      this.pool ??= startThreads(this.threads, {
        resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
      });
      return (await this.pool.run(input, { filename: url, signal })) as Output;
    } catch (error) {
      if (signal.aborted || isOutOfMemory(error))
        throw RequestErrors.tooCostly({ detail: SEND_LESS, cause: error });
      throw error;
    }
  }
}

const isOutOfMemory = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
