// Chooses the embedded server's data directory: in the working directory, unless the server's user
// cannot enter it.
import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSetupError } from '../setup-error.js';
import type { OsUser } from './os-user.js';

/** For root: holds what the server's user could not reach in the checkout. */
export const SHARED_DIRECTORY = '/var/lib/threadkeep';

/** True when `user` may enter every folder on the way to `path`. */
export async function isReachable(path: string, user: OsUser | null): Promise<boolean> {
  if (!user) return true;
  const parent = dirname(path);
  const { mode, uid, gid } = await stat(path);
  const bits = uid === user.uid ? mode >> 6 : gid === user.gid ? mode >> 3 : mode;
  if ((bits & 0o1) === 0) return false;
  return parent === path ? true : isReachable(parent, user);
}

/**
 * Gives `DATA_DIR`, or `.threadkeep` in the working directory by default. When PostgreSQL's user
 * cannot enter the latter (a checkout under /root), gives a folder in `shared`.
 * @throws DatabaseSetupError when the server's user cannot enter `DATA_DIR`
 */
export async function chooseDataDirectory(
  dataDir: string | undefined,
  user: OsUser | null,
  cwd = process.cwd(),
  shared = SHARED_DIRECTORY,
): Promise<string> {
  if (dataDir) {
    const directory = resolve(cwd, dataDir);
    await mkdir(directory, { recursive: true });
    if (await isReachable(directory, user)) return directory;
    throw new DatabaseSetupError(
      `DATA_DIR ${directory} cannot be reached by the user PostgreSQL runs as. Choose another directory, or start Threadkeep as a user other than root.`,
    );
  }
  const local = join(cwd, '.threadkeep');
  const directory = (await isReachable(cwd, user))
    ? local
    : join(shared, createHash('sha256').update(cwd).digest('hex').slice(0, 12));
  await mkdir(directory, { recursive: true });
  return directory;
}
