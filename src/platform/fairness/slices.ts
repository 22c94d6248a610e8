import { setImmediate as nextTurn } from 'node:timers/promises';

/** Long work yields to the event loop after this time. */
const SLICE_MS = 8;

let lastTurn: Promise<unknown> = Promise.resolve();

/**
 * Yields to the event loop. Of all work that waits here, one piece continues in each turn, so a
 * request waits for one slice at a time.
 */
export async function otherRequests(): Promise<void> {
  lastTurn = lastTurn.then(() => nextTurn());
  await lastTurn;
}

/**
 * Divides long work into slices: call `if (slices.isDue) await slices.next()` between short steps.
 */
export class Slices {
  private began = performance.now();

  get isDue(): boolean {
    return performance.now() - this.began >= SLICE_MS;
  }

  async next(): Promise<void> {
    await otherRequests();
    this.began = performance.now();
  }

  /** Runs the work, and yields when a slice is over. */
  async run<T>(work: Generator<void, T>): Promise<T> {
    for (;;) {
      const step = work.next();
      if (step.done) return step.value;
      if (this.isDue) await this.next();
    }
  }
}

/** Runs the same work without yielding. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
