// What readiness says of the jobs: late ones, or a queue that cannot be reached, are no reason to send requests elsewhere.
import { Injectable } from '@nestjs/common';
import { JobRelay } from './job-relay.js';
import type { JobTransport } from './job-transport.js';
import { JobsMetrics } from './jobs-metrics.js';

/** Seconds after which a due job is late. */
export const LATE = 300;

export interface JobsState {
  /** Seconds since the first unfinished job was due; null when it cannot be told. */
  oldestSeconds: number | null;
  /** How jobs get to a worker; null where this process runs none. */
  transport: JobTransport['kind'] | null;
  /** What is wrong, when something is. */
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
  if (oldestSeconds !== null && oldestSeconds > LATE) return { effect: 'jobs are late' };
  if (transport === 'process') return { effect: 'each process runs the jobs it finds' };
  return {};
}
