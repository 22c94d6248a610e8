import { type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { listDescendants, groupRuns, isRunning, type RunningProcess } from './descendants.js';

const GRACE_PERIOD_MS = 1_000;
const POLL_INTERVAL_MS = 25;

/**
 * A detached child and the processes it started: those in its process group and, on Linux, those
 * that left the group.
 */
export class ProcessGroup {
  constructor(private readonly child: ChildProcess) {}

  /** Sends SIGTERM, then SIGKILL. It takes two seconds at most. */
  async end(): Promise<void> {
    const { pid } = this.child;
    if (pid === undefined) return;
    const descendants = listDescendants(pid);
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      this.send(pid, descendants, signal);
      if (await this.isGone(pid, descendants)) return;
    }
  }

  private send(pid: number, descendants: RunningProcess[], signal: NodeJS.Signals): void {
    attempt(-pid, signal);
    for (const descendant of descendants.filter(isRunning)) attempt(descendant.pid, signal);
  }

  private async isGone(pid: number, descendants: RunningProcess[]): Promise<boolean> {
    for (
      const until = performance.now() + GRACE_PERIOD_MS;
      performance.now() < until;
      await sleep(POLL_INTERVAL_MS)
    ) {
      if (!this.isRunning(pid) && !descendants.some(isRunning)) return true;
    }
    return false;
  }

  private isRunning(pid: number): boolean {
    if (!attempt(-pid, 0)) return false;
    const { exitCode, signalCode } = this.child;
    return (exitCode === null && signalCode === null) || groupRuns(pid);
  }
}

/** Sends a signal. Returns false when no such process exists. */
function attempt(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
