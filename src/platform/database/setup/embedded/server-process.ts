// Runs initdb and postgres as child processes. A pipe that closes when this process dies stops the
// server.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSetupError } from '../setup-error.js';
import type { Binaries } from './binaries.js';
import type { OsUser } from './os-user.js';

export interface ServerProcess {
  child: ChildProcess;
  /** The last lines that the server wrote. */
  output: () => string;
  stop: () => Promise<void>;
}

/**
 * A shell that stops the server (fast shutdown) when its standard input closes, because node died
 * or closed it.
 */
const LIFELINE = '"$@" </dev/null & pg=$!; read _; kill -INT $pg 2>/dev/null; wait $pg';

const settings = (port: number): string[] =>
  [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'max_connections=100',
    'timezone=UTC',
    'log_timezone=UTC',
  ].flatMap((setting) => ['-c', setting]);

const identity = (user: OsUser | null) => (user ? { uid: user.uid, gid: user.gid } : {});

/** @throws DatabaseSetupError with the output of initdb */
export async function initialize(
  binaries: Binaries,
  directory: string,
  owner: { name: string; password: string },
  user: OsUser | null,
): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'threadkeep-'));
  const passwordFile = join(scratch, 'password');
  try {
    await writeFile(passwordFile, owner.password, { mode: 0o600 });
    if (user)
      await Promise.all([scratch, passwordFile].map((path) => chown(path, user.uid, user.gid)));
    const args = [
      '-D',
      directory,
      '-U',
      owner.name,
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--no-instructions',
    ];
    const child = spawn(binaries.initdb, args, {
      ...identity(user),
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = tail(child);
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new DatabaseSetupError(`initdb failed (${code}). ${output()}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export async function startServer(
  binaries: Binaries,
  directory: string,
  port: number,
  user: OsUser | null,
): Promise<ServerProcess> {
  const args = ['-c', LIFELINE, 'sh', binaries.postgres, '-D', directory, ...settings(port)];
  // Detached, so that Ctrl-C reaches only this process, and requests can finish before the database
  // stops.
  const child = spawn('/bin/sh', args, {
    ...identity(user),
    cwd: directory,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const output = tail(child);
  await once(child, 'spawn');
  const exited = once(child, 'exit');
  const stop = async () => {
    child.stdin?.end();
    await exited;
  };
  return { child, output, stop };
}

/** True when the server failed. The shell around it keeps running, so its exit does not tell. */
export const hasFailed = ({ child, output }: ServerProcess): boolean =>
  child.exitCode !== null ||
  /database system is shut down|FATAL:\s+(could not|lock file|data directory|database files)/.test(
    output(),
  );

/** Stops a server that outlived the process which started it, and its shell. */
export async function stopOrphan(directory: string): Promise<void> {
  const pid = Number(
    (await readFile(join(directory, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0],
  );
  if (!pid || !(await isServerOf(pid, directory))) return;
  process.kill(pid, 'SIGINT');
  for (let waited = 0; waited < 30_000; waited += 50) {
    if (!(await isServerOf(pid, directory))) return;
    await sleep(50);
  }
  throw new DatabaseSetupError(
    `An old PostgreSQL (process ${pid}) still runs on ${directory} and does not stop.`,
  );
}

/** Another program may have got the process id since. On Linux, the command line shows it. */
async function isServerOf(pid: number, directory: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.includes(directory);
}

function tail(child: ChildProcess): () => string {
  let text = '';
  const keep = (chunk: Buffer) => (text = (text + chunk.toString()).slice(-2000));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => text.trim();
}
