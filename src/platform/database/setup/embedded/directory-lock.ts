// Allows one process per data directory. The lock is a listening socket, which the kernel closes
// when the process dies.
import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSetupError } from '../setup-error.js';

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

/** @throws DatabaseSetupError when another running process has the directory */
export async function lockDataDirectory(directory: string): Promise<DirectoryLock> {
  const path = socketPath(directory);
  const server = (await listen(path)) ?? (await takeOver(path, directory));
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

async function takeOver(path: string, directory: string): Promise<Server> {
  const inUse = () =>
    new DatabaseSetupError(
      `The data directory ${directory} is in use by another Threadkeep. Stop it, or choose another DATA_DIR.`,
    );
  if (await answers(path)) throw inUse();
  await unlink(path).catch(() => undefined);
  const server = await listen(path);
  if (!server) throw inUse();
  return server;
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

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket.destroy() && true));
    socket.once('error', () => resolve(false));
  });
}
