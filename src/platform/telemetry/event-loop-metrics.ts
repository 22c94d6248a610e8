// Measures the delay of the event loop, which every request of this process waits for.
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';

/** Milliseconds between two samples. The histogram includes them in the delay. */
const RESOLUTION_MS = 10;
const QUANTILES = [0.5, 0.9, 0.99, 1];
const NANOSECONDS = 1e9;

@Injectable()
export class EventLoopMetrics implements OnApplicationShutdown {
  private readonly delays: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor(registry: Registry) {
    const { delays } = this;
    delays.enable();
    new Gauge({
      name: 'threadkeep_event_loop_delay_seconds',
      help: 'How late the event loop was since the last reading; quantile 1 is the longest delay.',
      labelNames: ['quantile'],
      registers: [registry],
      collect() {
        for (const quantile of QUANTILES) {
          const nanoseconds = delays.count === 0 ? 0 : delays.percentile(quantile * 100);
          const delay = nanoseconds / NANOSECONDS - RESOLUTION_MS / 1_000;
          this.set({ quantile: String(quantile) }, Math.max(0, delay));
        }
        delays.reset();
      },
    });
  }

  onApplicationShutdown(): void {
    this.delays.disable();
  }
}
