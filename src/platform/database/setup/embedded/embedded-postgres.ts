// Runs a PostgreSQL from an npm package on a data directory. It stops with this process, and
// recovers after a crash.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { DatabaseSetupError } from '../setup-error.js';
import { type Binaries, locateBinaries } from './binaries.js';
import { lockDataDirectory, type DirectoryLock } from './directory-lock.js';
import { type OsUser, serverUser } from './os-user.js';
import {
  initialize,
  hasFailed,
  startServer,
  stopOrphan,
  type ServerProcess,
} from './server-process.js';
import { chooseDataDirectory, explainDirectory } from './data-directory.js';

const SUPERUSER = 'threadkeep_owner';
const LOGIN = 'threadkeep_login';
const DATABASE = 'threadkeep';

interface ServerSecrets {
  owner: string;
  login: string;
}

/** A running server. `adminUrl` is the owner of the schema; `url` is the login of requests. */
export class EmbeddedPostgres {
  private constructor(
    readonly directory: string,
    readonly adminUrl: string,
    readonly url: string,
    private readonly server: ServerProcess,
    private readonly lock: DirectoryLock,
  ) {}

  /**
   * Starts the server of a data directory, and initialises a new one.
   * @throws DatabaseSetupError when another Threadkeep uses the directory, or it cannot be used
   */
  static async start(dataDir?: string): Promise<EmbeddedPostgres> {
    const user = serverUser();
    const directory = await chooseDataDirectory(dataDir, user);
    const lock = await lockDataDirectory(directory);
    try {
      const binaries = await locateBinaries(user);
      const secrets = await prepareDirectory(directory, binaries, user);
      await stopOrphan(join(directory, 'postgres'));
      const port = await freePort();
      const server = await startServer(binaries, join(directory, 'postgres'), port, user);
      const adminUrl = url(SUPERUSER, secrets.owner, port);
      await createDatabase(url(SUPERUSER, secrets.owner, port, 'postgres'), server);
      return new EmbeddedPostgres(
        directory,
        adminUrl,
        url(LOGIN, secrets.login, port),
        server,
        lock,
      );
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.lock.release();
  }
}

const url = (user: string, password: string, port: number, database = DATABASE) =>
  `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;

/**
 * Writes the secrets first, then initialises the cluster under a temporary name: the rename makes
 * it complete in one step.
 */
async function prepareDirectory(
  directory: string,
  binaries: Binaries,
  user: OsUser | null,
): Promise<ServerSecrets> {
  const cluster = join(directory, 'postgres');
  const file = join(directory, 'secrets.json');
  const known = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw explainDirectory(error, directory);
    return null;
  });
  if (!known && existsSync(cluster)) {
    throw new DatabaseSetupError(
      `${file} is missing, without which the database beside it cannot be opened. Put it back, or choose another DATA_DIR.`,
    );
  }
  const secrets = known
    ? (JSON.parse(known) as ServerSecrets)
    : { owner: randomBytes(24).toString('hex'), login: randomBytes(24).toString('hex') };
  if (!known) await writeFile(file, JSON.stringify(secrets), { mode: 0o600 });
  if (existsSync(cluster)) return secrets;
  const partial = `${cluster}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  if (user) await chown(partial, user.uid, user.gid);
  await initialize(binaries, partial, { name: SUPERUSER, password: secrets.owner }, user);
  await rename(partial, cluster);
  return secrets;
}

async function createDatabase(adminUrl: string, server: ServerProcess): Promise<void> {
  const client = await connectWhenReady(adminUrl, server);
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [
      DATABASE,
    ]);
    if (!rowCount) await client.query(`create database ${DATABASE}`);
    // No other login may use the databases that a new server contains.
    await client.query('revoke connect, temporary on database postgres, template1 from public');
  } finally {
    await client.end();
  }
}

/** Waits up to two minutes, because crash recovery after a SIGKILL may take long. */
async function connectWhenReady(adminUrl: string, server: ServerProcess): Promise<pg.Client> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (hasFailed(server) || Date.now() > deadline) {
        throw new DatabaseSetupError(`The embedded PostgreSQL did not start. ${server.output()}`, {
          cause: error,
        });
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
