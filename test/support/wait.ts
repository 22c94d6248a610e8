// Waiting for what another process does: bounded, and never longer than it takes.
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Milliseconds that nothing takes unless it waits without a bound: longer than any timeout in the specs that use it.
 * It says nothing about speed, which `bench/` measures: a shared machine may be ten times slower than a quiet one.
 */
export const HANG_MS = 30_000;

/** @throws Error when `holds` is still false after `timeout` milliseconds. */
export async function eventually(holds: () => Promise<boolean>, timeout = 60_000): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await holds())) {
    if (Date.now() > deadline)
      throw new Error(`still not so after ${timeout} ms: ${holds.toString()}`);
    await sleep(20);
  }
}

/**
 * Waits until reads and writes are served again under load.
 * @param samples of requests: when each was sent, by `Date.now()`, and its status
 * @param since a request sent before may be answered by what was there before
 * @returns when the first was served; each request sent later has to be served, too
 */
export async function untilServed(
  samples: readonly { at: number; status: number }[],
  since: number,
): Promise<number> {
  const isServed = (after: number, wanted: number) =>
    samples.some(({ at, status }) => at > after && status === wanted);
  await eventually(async () => isServed(since, 200) || isServed(since, 201), HANG_MS);
  const served = Date.now();
  await eventually(async () => isServed(served, 200) && isServed(served, 201), HANG_MS);
  return served;
}
