// Chooses the embedded server's data directory: in the working directory, unless the server's user
// cannot enter it.
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSetupError } from '../setup-error.js';
import { type OsUser, serverUser } from './os-user.js';

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
 * @throws DatabaseSetupError when the server's user cannot enter `DATA_DIR`, or it cannot be made
 */
export async function chooseDataDirectory(
  dataDir: string | undefined,
  user: OsUser | null,
  cwd = process.cwd(),
  shared = SHARED_DIRECTORY,
): Promise<string> {
  const directory = await locateDataDirectory(dataDir, user, cwd, shared);
  await make(directory);
  if (!dataDir || (await isReachable(directory, user))) return directory;
  throw new DatabaseSetupError(
    `DATA_DIR ${directory} cannot be reached by the user PostgreSQL runs as. Choose another directory, or start Threadkeep as a user other than root.`,
  );
}

/** As `chooseDataDirectory`, but makes and checks nothing. */
export async function locateDataDirectory(
  dataDir: string | undefined,
  user = serverUser(),
  cwd = process.cwd(),
  shared = SHARED_DIRECTORY,
): Promise<string> {
  if (dataDir) return resolve(cwd, dataDir);
  if (await isReachable(cwd, user)) return join(cwd, '.threadkeep');
  return join(shared, createHash('sha256').update(cwd).digest('hex').slice(0, 12));
}

const make = (directory: string): Promise<void> =>
  makeFolders(directory).catch((error: unknown) => {
    throw explainDirectory(error, directory);
  });

/** As Node's `recursive`, which never ends below a folder that takes none (ENOENT in `/proc`). */
async function makeFolders(directory: string): Promise<void> {
  const parent = dirname(directory);
  if (!existsSync(parent)) await makeFolders(parent);
  await mkdir(directory).catch((error: unknown) => {
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) throw error;
  });
}

const REASONS: Record<string, string> = {
  EEXIST: 'is a file. Name a folder.',
  ENOTDIR: 'is below a file. Name a folder.',
  ENOSPC: 'cannot be written: the disk is full. Free some space.',
};
const FORBIDDEN = ['EACCES', 'EPERM', 'EROFS', 'ENOENT'];

/** Explains errors that an operator can fix. @returns any other error unchanged */
export function explainDirectory(cause: unknown, directory: string): unknown {
  const { code = '' } = cause as NodeJS.ErrnoException;
  const reason = FORBIDDEN.includes(code)
    ? `cannot be used (${code}): give the user who starts Threadkeep the right to write there, or set DATA_DIR to another folder.`
    : REASONS[code];
  if (reason === undefined) return cause;
  return new DatabaseSetupError(`The data directory ${directory} ${reason}`, { cause });
}
