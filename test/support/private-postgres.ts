// A PostgreSQL of the test's own, to be restarted, crashed, filled and given settings: the one at TEST_DATABASE_URL belongs to everybody.
import { randomBytes } from 'node:crypto';
import {
  appendFile,
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  locateBinaries,
  type Binaries,
} from '../../src/platform/database/setup/embedded/binaries.js';
import { serverUser } from '../../src/platform/database/setup/embedded/os-user.js';
import {
  initialize,
  type ServerProcess,
  startServer,
} from '../../src/platform/database/setup/embedded/server-process.js';
import { withClient } from './database.js';
import { freePort, isAlive } from './processes.js';
import { eventually } from './wait.js';

const OWNER = 'private_owner';

/** `fast` breaks connections off in order, `immediate` as a crash would, and is followed by recovery; `kill` is SIGKILL. */
export type Shutdown = 'fast' | 'immediate' | 'kill';

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const;

export interface PrivateSettings {
  /** Lines of postgresql.conf, such as `ssl = on`; asked for after `prepare`. */
  settings?: string[] | (() => string[]);
  /** Puts more files beside the cluster, before it starts; called with its directory. */
  prepare?: (directory: string) => Promise<void>;
}

/** The binaries are those of the embedded server, so that it needs nothing installed. */
export class PrivatePostgres {
  private server: ServerProcess | undefined;

  private constructor(
    readonly directory: string,
    readonly port: number,
    readonly password: string,
    private readonly binaries: Binaries,
  ) {}

  static async start({ settings = [], prepare }: PrivateSettings = {}): Promise<PrivatePostgres> {
    const user = serverUser();
    const directory = await mkdtemp(join(tmpdir(), 'threadkeep-private-'));
    await chmod(directory, 0o711);
    const postgres = new PrivatePostgres(
      directory,
      await freePort(),
      randomBytes(12).toString('hex'),
      await locateBinaries(user),
    );
    await mkdir(postgres.cluster, { mode: 0o700 });
    if (user) await chown(postgres.cluster, user.uid, user.gid);
    await prepare?.(directory);
    await initialize(
      postgres.binaries,
      postgres.cluster,
      { name: OWNER, password: postgres.password },
      user,
    );
    await appendFile(
      join(postgres.cluster, 'postgresql.conf'),
      `\n${(typeof settings === 'function' ? settings() : settings).join('\n')}\n`,
    );
    await postgres.run();
    return postgres;
  }

  /** PGDATA. */
  get cluster(): string {
    return join(this.directory, 'data');
  }

  /** The superuser's connection to `database`. */
  url(database = 'postgres'): string {
    return `postgres://${OWNER}:${this.password}@127.0.0.1:${this.port}/${database}`;
  }

  async createDatabase(name: string): Promise<string> {
    await withClient(this.url(), (client) => client.query(`create database ${name}`));
    return this.url(name);
  }

  /** From now on over TCP, and with nothing in the clear. */
  async allowOnlyEncrypted(): Promise<void> {
    await writeFile(join(this.cluster, 'pg_hba.conf'), 'hostssl all all all scram-sha-256\n');
    await withClient(this.url(), (client) => client.query('select pg_reload_conf()'));
  }

  /** Resolves when it answers, recovery included, to the time at which it did. */
  async run(): Promise<number> {
    this.server = await startServer(this.binaries, this.cluster, this.port, serverUser());
    const answers = () =>
      withClient(this.url(), (client) => client.query('select')).then(
        () => true,
        () => false,
      );
    await eventually(answers, 60_000).catch(() => {
      throw new Error(`the private PostgreSQL did not start: ${this.server!.output()}`);
    });
    return Date.now();
  }

  /** As one that has been replaced by another, and now follows it: it answers, and takes no writes. */
  async becomeStandby(): Promise<void> {
    await this.shutDown('fast');
    await writeFile(join(this.cluster, 'standby.signal'), '');
    await this.run();
  }

  async shutDown(how: Shutdown): Promise<void> {
    const pid = await this.pid();
    if (pid) {
      process.kill(pid, SIGNALS[how]);
      await eventually(() => Promise.resolve(!isAlive(pid)), 60_000);
    }
    // The shell around it waits for us.
    await this.server?.stop();
    this.server = undefined;
  }

  async restart(how: Shutdown): Promise<void> {
    await this.shutDown(how);
    await this.run();
  }

  async stop(): Promise<void> {
    await this.shutDown('immediate');
    await rm(this.directory, { recursive: true, force: true });
  }

  private async pid(): Promise<number | null> {
    if (!this.server) return null;
    const pid = Number(
      (await readFile(join(this.cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0],
    );
    return pid && isAlive(pid) ? pid : null;
  }
}
