// A PgBouncer in transaction mode in front of the test server, with two connections for everybody.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { serverUser } from '../../src/platform/database/setup/embedded/os-user.js';
import { withClient } from './database.js';
import { freePort } from './processes.js';
import { eventually } from './wait.js';

/** Connections to PostgreSQL for each user and database. */
export const SERVER_CONNECTIONS = 2;

const MISSING =
  'PgBouncer is not on the PATH. Install it (Debian: apt-get install pgbouncer, macOS: brew install pgbouncer) and run npm run test:faults again.';

/** Debian puts it where only root looks. */
const PATH = [process.env['PATH'] ?? '', '/usr/sbin', '/usr/local/sbin'].join(delimiter);

export interface Login {
  user: string;
  password: string;
}

export class PgBouncer {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly directory: string,
    private readonly port: number,
  ) {}

  /** @param admin may ask its console
   * @throws Error that says how to get it when it is not installed. */
  static async start(serverUrl: string, admin: Login, ...others: Login[]): Promise<PgBouncer> {
    const { error, stdout } = spawnSync('pgbouncer', ['--version'], {
      env: { PATH },
      encoding: 'utf8',
    });
    if (error) throw new Error(MISSING);
    const { hostname, port } = new URL(serverUrl);
    const bouncer = new PgBouncer(
      await mkdtemp(join(tmpdir(), 'threadkeep-pgbouncer-')),
      await freePort(),
    );
    await bouncer.write(
      'users.txt',
      [admin, ...others].map(({ user, password }) => `"${user}" "${password}"\n`).join(''),
    );
    await bouncer.write(
      'pgbouncer.ini',
      configuration({
        host: hostname,
        port,
        listen: bouncer.port,
        directory: bouncer.directory,
        user: admin.user,
        version: stdout,
      }),
    );
    await bouncer.own(bouncer.directory);
    await bouncer.run();
    return bouncer;
  }

  /** `url` by way of PgBouncer. */
  through(url: string, { user, password }: Login): string {
    return String(
      Object.assign(new URL(url), { host: `127.0.0.1:${this.port}`, username: user, password }),
    );
  }

  /** Asks its console. */
  async show(what: 'servers' | 'pools', login: Login): Promise<Record<string, unknown>[]> {
    const { rows } = await withClient(this.through('postgres://host/pgbouncer', login), (client) =>
      client.query<Record<string, unknown>>(`show ${what}`),
    );
    return rows;
  }

  /** Reads its configuration again, as an operator has it do: nobody is to notice. */
  async reload({ user, password }: Login): Promise<void> {
    await withClient(this.through('postgres://host/pgbouncer', { user, password }), (client) =>
      client.query('reload'),
    );
  }

  async restart(): Promise<void> {
    await this.end();
    await this.run();
  }

  async stop(): Promise<void> {
    await this.end();
    await rm(this.directory, { recursive: true, force: true });
  }

  private async run(): Promise<void> {
    const log = () => readFile(join(this.directory, 'log'), 'utf8').catch(() => '');
    const ups = async () => (await log()).split('process up').length;
    const before = await ups();
    const user = serverUser();
    const child = spawn('pgbouncer', [join(this.directory, 'pgbouncer.ini')], {
      ...(user ?? {}),
      cwd: this.directory,
      env: { PATH },
      stdio: 'ignore',
    });
    this.child = child;
    await eventually(async () => child.exitCode !== null || (await ups()) > before);
    if (child.exitCode !== null) throw new Error(`PgBouncer did not start: ${await log()}`);
  }

  private async end(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    // SIGTERM is its immediate shutdown; SIGINT would wait for its clients.
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  private async write(name: string, text: string): Promise<void> {
    const path = join(this.directory, name);
    await writeFile(path, text, { mode: 0o600 });
    await this.own(path);
  }

  /** It refuses to run as root. */
  private async own(path: string): Promise<void> {
    const user = serverUser();
    if (user) await chown(path, user.uid, user.gid);
  }
}

interface Settings {
  host: string;
  port: string;
  listen: number;
  directory: string;
  user: string;
  /** What it says of itself. */
  version: string;
}

/** Since 1.21 it can carry named statements: ours have to do without. */
const withoutNamedStatements = (version: string): string =>
  Number(/1\.(\d+)/.exec(version)?.[1]) >= 21 ? 'max_prepared_statements = 0' : '';

function configuration({ host, port, listen, directory, user, version }: Settings): string {
  return `[databases]
* = host=${host} port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listen}
unix_socket_dir =
auth_type = trust
auth_file = ${directory}/users.txt
admin_users = ${user}
logfile = ${directory}/log
pool_mode = transaction
default_pool_size = ${SERVER_CONNECTIONS}
${withoutNamedStatements(version)}
max_client_conn = 500
`;
}
