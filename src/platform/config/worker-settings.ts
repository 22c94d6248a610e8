// Settings of the threads for long computations.
import type { z } from 'zod';
import { count, seconds } from './setting-kinds.js';

export const workerSettings = {
  WORKER_THREADS: count(2, 64),
  WORKER_TIMEOUT: seconds(10),
};

export interface WorkerSettings {
  /** Threads start when they are needed, and end when they are idle. */
  readonly threads: number;
  /** Seconds that one task may run. A task may wait as long for a thread. */
  readonly timeout: number;
}

type WorkerEnvironment = {
  [Name in keyof typeof workerSettings]: z.infer<(typeof workerSettings)[Name]>;
};

export const workerSettingsOf = (env: WorkerEnvironment): WorkerSettings =>
  Object.freeze({ threads: env.WORKER_THREADS, timeout: env.WORKER_TIMEOUT });
