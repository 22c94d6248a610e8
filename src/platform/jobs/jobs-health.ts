// The state of the jobs, for readiness. Late jobs, or a queue that cannot be reached, do not make
// the process unready.
import { Injectable } from '@nestjs/common';
import { JobRelay, type JobTransport } from './job-relay.js';
import { JobsMetrics } from './jobs-metrics.js';

/** A job that is due for longer is late. */
export const LATE_AFTER_SECONDS = 300;

export interface JobsState {
  /** Seconds since the first unfinished job was due; null when unknown. */
  oldestSeconds: number | null;
  /** The transport in use; null when this process runs no jobs. */
  transport: JobTransport | null;
  /** The problem, if there is one. */
  effect?: string;
}

@Injectable()
export class JobsHealth {
  constructor(
    private readonly relay: JobRelay,
    private readonly metrics: JobsMetrics,
  ) {}

  /** Answers within `timeout` milliseconds. */
  async state(timeout: number): Promise<JobsState> {
    const { transport } = this.relay;
    const unknown = new Promise<null>((resolve) => setTimeout(resolve, timeout, null).unref());
    const oldest = await Promise.race([this.metrics.oldestSeconds().catch(() => null), unknown]);
    const oldestSeconds = oldest === null ? null : Math.round(oldest);
    return { oldestSeconds, transport, ...effectOf(oldestSeconds, transport) };
  }
}

function effectOf(
  oldestSeconds: number | null,
  transport: JobsState['transport'],
): Pick<JobsState, 'effect'> {
  if (oldestSeconds !== null && oldestSeconds > LATE_AFTER_SECONDS)
    return { effect: 'jobs are late' };
  if (transport === 'process') return { effect: 'each process runs the jobs it finds' };
  return {};
}
