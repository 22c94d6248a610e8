// A PostgreSQL of the test's own, to be stopped, killed and started again at the same address.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Binaries, locateBinaries } from '../../src/platform/database/embedded/binaries.js';
import { serverUser } from '../../src/platform/database/embedded/os-user.js';
import { initialize } from '../../src/platform/database/embedded/server-process.js';
import { withClient } from './database.js';
import { freePort } from './processes.js';
import { eventually } from './wait.js';

const OWNER = { name: 'owner', password: 'unspeakable' };

/** How a server is told to stop: `fast` ends its connections, `immediate` leaves the rest to recovery. */
const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;
export type StopMode = keyof typeof SIGNALS;

export class PostgresServer {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly directory: string,
    private readonly binaries: Binaries,
    readonly port: number,
  ) {}

  static async start(): Promise<PostgresServer> {
    const user = serverUser();
    const directory = await mkdtemp(join(tmpdir(), 'threadkeep-postgres-'));
    await chmod(directory, 0o711);
    const data = join(directory, 'data');
    await mkdir(data, { mode: 0o700 });
    if (user) await chown(data, user.uid, user.gid);
    const binaries = await locateBinaries(user);
    await initialize(binaries, data, OWNER, user);
    const server = new PostgresServer(directory, binaries, await freePort());
    await server.run();
    return server;
  }

  /** The owner's connection. */
  get url(): string {
    return `postgres://${OWNER.name}:${OWNER.password}@127.0.0.1:${this.port}/postgres`;
  }

  get password(): string {
    return OWNER.password;
  }

  /** Resolves when it accepts connections, to the time at which it did. */
  async run(): Promise<number> {
    const data = join(this.directory, 'data');
    const settings = ['listen_addresses=127.0.0.1', `port=${this.port}`, 'unix_socket_directories='].flatMap((setting) => ['-c', setting]);
    const child = spawn(this.binaries.postgres, ['-D', data, ...settings], { ...(serverUser() ?? {}), cwd: data, stdio: 'ignore' });
    this.child = child;
    await eventually(async () => child.exitCode !== null || withClient(this.url, (client) => client.query('select 1')).then(() => true, () => false));
    if (child.exitCode !== null) throw new Error(`PostgreSQL ended with ${child.exitCode}`);
    return Date.now();
  }

  /** As one that has been replaced by another, and now follows it: it answers, and takes no writes. */
  async becomeStandby(): Promise<void> {
    await this.stop('fast');
    await writeFile(join(this.directory, 'data', 'standby.signal'), '');
    await this.run();
  }

  async stop(mode: StopMode): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(SIGNALS[mode]);
    await once(child, 'exit');
  }

  async remove(): Promise<void> {
    await this.stop('immediate');
    await rm(this.directory, { recursive: true, force: true });
  }
}
