// Allows one process per data directory. The lock is a listening socket, which the kernel closes
// when the process dies.
import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirectoryInUseError } from '../setup-error.js';
import { explainDirectory } from './data-directory.js';

export interface DirectoryLock {
  release: () => Promise<void>;
}

/** Unix socket paths are short: 108 bytes on Linux, 104 on macOS. */
const MAX_SOCKET_PATH = 100;

function socketPath(directory: string): string {
  const path = join(directory, 'lock.sock');
  if (path.length <= MAX_SOCKET_PATH) return path;
  return join(
    tmpdir(),
    `threadkeep-${createHash('sha256').update(directory).digest('hex').slice(0, 24)}.sock`,
  );
}

/**
 * @throws DataDirectoryInUseError when another running process has the directory
 * @throws DatabaseSetupError when this user may not write to it
 */
export async function lockDataDirectory(directory: string): Promise<DirectoryLock> {
  const path = socketPath(directory);
  const server = await listenOrTakeOver(path, directory).catch((error: unknown) => {
    throw explainDirectory(error, directory);
  });
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

async function listenOrTakeOver(path: string, directory: string): Promise<Server> {
  const first = await listen(path);
  if (first) return first;
  if (await answers(path)) throw new DataDirectoryInUseError(directory);
  await unlink(path).catch(unlessForbidden);
  const second = await listen(path);
  if (!second) throw new DataDirectoryInUseError(directory);
  return second;
}

function unlessForbidden(error: NodeJS.ErrnoException): void {
  if (error.code === 'EACCES') throw error;
}

/** @returns the listening server, or null when the path is in use */
function listen(path: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    );
    server.listen(path, () => resolve(server));
  });
}

/** @throws Error when this user may not ask */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket.destroy() && true));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EACCES' ? reject(error) : resolve(false),
    );
  });
}
