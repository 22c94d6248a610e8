import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds that one piece of work keeps the event loop. */
const SLICE_MS = 8;

let lastTurn: Promise<unknown> = Promise.resolve();

/**
 * Resolves when other requests have had a turn. Of all the work that waits here, one piece goes on in each turn of the event loop:
 * so however much of it there is, a request waits for one slice at a time.
 */
export async function otherRequests(): Promise<void> {
  lastTurn = lastTurn.then(() => nextTurn());
  await lastTurn;
}

/** Divides long work into slices: `if (slices.isDue) await slices.next()` between its steps, which are to be short. */
export class Slices {
  private began = performance.now();

  get isDue(): boolean {
    return performance.now() - this.began >= SLICE_MS;
  }

  async next(): Promise<void> {
    await otherRequests();
    this.began = performance.now();
  }

  /** Takes each step of the work in its turn. */
  async run<T>(work: Generator<void, T>): Promise<T> {
    for (;;) {
      const step = work.next();
      if (step.done) return step.value;
      if (this.isDue) await this.next();
    }
  }
}

/** The same work at once. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
