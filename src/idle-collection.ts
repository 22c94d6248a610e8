// Gives back the memory that a start has used. V8 would keep it until new objects need it.
import { Session } from 'node:inspector/promises';
import { performance } from 'node:perf_hooks';

/** Milliseconds between two looks at how busy the process is. */
const LOOK_EVERY_MS = 10_000;
/** Then nothing is collected: the heap of a process that has worked takes longer. */
const MAX_LOOKS = 12;
/** Share of that time in which the event loop of an idle process works at most. */
const IDLE_UTILIZATION = 0.05;

/** Collects garbage once, when the process is idle for a while soon after its start. */
export function collectWhenIdle(): void {
  let last = performance.eventLoopUtilization();
  let looks = 0;
  const timer = setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(last);
    last = performance.eventLoopUtilization();
    const isIdle = utilization <= IDLE_UTILIZATION;
    if (!isIdle && ++looks < MAX_LOOKS) return;
    clearInterval(timer);
    // Without an inspector, as with Node's permission model, the memory is kept.
    if (isIdle) collect().catch(() => undefined);
  }, LOOK_EVERY_MS).unref();
}

/**
 * Takes some 300 ms with the heap of a start. A collection by `gc()` would rarely make the space of
 * new objects smaller, which is 67 MB after a start.
 */
async function collect(): Promise<void> {
  const session = new Session();
  session.connect();
  try {
    await session.post('HeapProfiler.collectGarbage');
  } finally {
    session.disconnect();
  }
}
