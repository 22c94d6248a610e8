// Waiting for what another process does: bounded, and never longer than it takes.
import { setTimeout as sleep } from 'node:timers/promises';

/** @throws Error when `holds` is still false after `timeout` milliseconds. */
export async function eventually(holds: () => Promise<boolean>, timeout = 20_000): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await holds())) {
    if (Date.now() > deadline)
      throw new Error(`still not so after ${timeout} ms: ${holds.toString()}`);
    await sleep(20);
  }
}
