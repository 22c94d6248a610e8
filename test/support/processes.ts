// The built application as a process of its own, started, killed and looked at from outside.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT, plainEnvironment, systemEnvironment } from './npm.js';
import { eventually } from './wait.js';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** `node dist/src/main.js` with nothing in its environment but what is given, and without limits of rates, as suites send more than any honest client. */
export class Started {
  /** What it wrote to its standard output, and to its standard error. */
  output = '';
  errors = '';
  readonly exit: Promise<Exit>;

  private constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.exit = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  }

  static run(environment: Record<string, string>): Started {
    const env = {
      ...plainEnvironment(),
      PORT: '0',
      LOG_LEVEL: 'error',
      SHUTDOWN_DELAY: '0',
      RATE_LIMIT_PER_SECOND: '0',
      AUTH_FAILURES_PER_MINUTE: '0',
      EMBEDDER: 'none',
      ...environment,
    };
    return Started.spawned('main.js', [], PROJECT, env);
  }

  /** A built entry in a working directory, whose `.env` file it reads. */
  static runIn(
    directory: string,
    environment: Record<string, string>,
    [entry, ...args]: [entry: string, ...args: string[]] = ['main.js'],
  ): Started {
    return Started.spawned(entry, args, directory, { ...systemEnvironment(), ...environment });
  }

  /** Any program that starts a server, with exactly this environment. */
  static program(file: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Started {
    return new Started(spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  private static spawned(
    entry: string,
    args: string[],
    cwd: string,
    env: NodeJS.ProcessEnv,
  ): Started {
    const script = join(PROJECT, 'dist/src', entry);
    return Started.program(process.execPath, [script, ...args], cwd, env);
  }

  /** Its address, once it listens. @throws Error with what it said when it ends before. */
  async url(): Promise<string> {
    const address = () => /^Threadkeep is ready at (\S+)$/m.exec(this.output)?.[1];
    await eventually(() => Promise.resolve(address() !== undefined || this.ended), 60_000);
    const url = address();
    if (!url) throw new Error(`it ended before it was ready: ${this.output}${this.errors}`);
    return url;
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  kill(signal: NodeJS.Signals): Promise<Exit> {
    this.child.kill(signal);
    return this.exit;
  }
}

/** A data directory of the embedded server, and the processes on it. */
export class DataDirectory {
  private constructor(readonly path: string) {}

  /** One that PostgreSQL's user can enter, too. */
  static async create(): Promise<DataDirectory> {
    const path = await mkdtemp(join(tmpdir(), 'threadkeep-start-'));
    await chmod(path, 0o711);
    return new DataDirectory(path);
  }

  /** The process id that the server noted, or null when it stopped in order. */
  async postgres(): Promise<number | null> {
    const pid = Number(
      (await readFile(join(this.path, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')).split(
        '\n',
      )[0],
    );
    return pid || null;
  }

  /** Stops what is left on it, and removes it. */
  async remove(): Promise<void> {
    const pid = await this.postgres();
    if (pid && isAlive(pid)) {
      process.kill(pid, 'SIGQUIT');
      await eventually(() => Promise.resolve(!isAlive(pid)));
    }
    await rm(this.path, { recursive: true, force: true });
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A process that ended and was not waited for keeps its id.
  return status(pid)[0] !== 'Z';
}

/** State, parent, and more: what Linux tells of a process after its name. */
function status(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return ['Z'];
  }
}

/** The process that started `pid`. */
export const parentOf = (pid: number): number => Number(status(pid)[1]);

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
