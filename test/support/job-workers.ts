// Processes that run jobs, and that are killed and replaced without warning.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PROJECT, plainEnvironment } from './npm.js';

export class JobWorkers {
  private readonly children: (ChildProcess | undefined)[] = [];
  private readonly working = new Set<ChildProcess>();
  /** What they wrote to their standard error. */
  errors = '';
  killed = 0;
  /** Ends that nobody asked for. */
  crashed = 0;

  constructor(private readonly environment: Record<string, string>) {}

  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, slot) => this.run(slot)));
  }

  /** SIGKILL, and another one in its place. One that has not begun to work is spared: on a busy machine none ever would. */
  async replace(slot: number): Promise<void> {
    const child = this.children[slot]!;
    if (!this.working.delete(child)) return;
    this.killed++;
    child.kill('SIGKILL');
    await once(child, 'exit');
    void this.run(slot);
  }

  async stop(): Promise<void> {
    const ending = this.children.filter(
      (child) => child && child.exitCode === null && child.signalCode === null,
    ) as ChildProcess[];
    await Promise.all(ending.map((child) => (child.kill('SIGKILL'), once(child, 'exit'))));
  }

  /** Resolves when it runs jobs, or has ended before. */
  private async run(slot: number): Promise<void> {
    const env = { ...plainEnvironment(), LOG_LEVEL: 'error', ...this.environment };
    const child = fork(join(PROJECT, 'test/support/job-worker.mjs'), {
      env,
      cwd: PROJECT,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    });
    this.children[slot] = child;
    child.stderr!.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    child.once('exit', (_, signal) => (this.crashed += signal === 'SIGKILL' ? 0 : 1));
    await Promise.race([
      once(child, 'message').then(() => this.working.add(child)),
      once(child, 'exit'),
    ]);
  }
}
