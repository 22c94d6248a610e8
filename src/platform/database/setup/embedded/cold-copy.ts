// Copies a data directory while no server runs on it. A manifest with checksums is written last, so
// that a copy which was interrupted is never taken for a complete one.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { z } from 'zod';
import { VERSION } from '../../../config/release.js';
import { DatabaseSetupError } from '../setup-error.js';
import { chooseDataDirectory } from './data-directory.js';
import { lockDataDirectory } from './directory-lock.js';
import { serverUser } from './os-user.js';
import { stopOrphan } from './server-process.js';
import { type CopiedFile, copyTree, syncDirectory, writeSynced } from './copy-tree.js';

const MANIFEST = 'backup.json';
/** What a copy that is not complete yet is called. */
const PARTIAL = 'restore.partial';

/** Belongs to a running process, or was never finished. */
const isPassing = (path: string): boolean =>
  /^(lock\.sock|[^/]+\.partial|postgres\/postmaster\.(pid|opts))$/.test(path);

const manifestSchema = z.object({
  threadkeep: z.string(),
  postgres: z.string(),
  createdAt: z.string(),
  files: z.array(z.object({ path: z.string(), bytes: z.number(), sha256: z.string() })),
});
type Manifest = z.infer<typeof manifestSchema>;

export interface ColdCopy {
  /** Where the copy is. */
  directory: string;
  /** The release that made the backup. */
  version: string;
  files: number;
  bytes: number;
}

/**
 * Copies the data directory with its secrets to a new folder.
 * @throws DataDirectoryInUseError while a server runs on it
 * @throws DatabaseSetupError when there is no data, or the target is there already
 */
export async function backupDataDirectory(
  dataDir: string | undefined,
  target: string,
): Promise<ColdCopy> {
  const source = await chooseDataDirectory(dataDir, serverUser());
  const directory = resolve(target);
  if (existsSync(directory))
    throw new DatabaseSetupError(`${directory} is there already. Name a new folder.`);
  if (`${directory}${sep}`.startsWith(`${source}${sep}`))
    throw new DatabaseSetupError(`${directory} is in the data directory. Name a folder elsewhere.`);
  if (!existsSync(dirname(directory)))
    throw new DatabaseSetupError(`There is no folder ${dirname(directory)}. Make it first.`);
  return locked(source, async () => {
    const postgres = await clusterVersion(source);
    await stopOrphan(join(source, 'postgres'));
    return finished(`${directory}.partial`, async (partial) => {
      const files = await copyTree(source, partial, isPassing);
      const createdAt = new Date().toISOString();
      const manifest: Manifest = { threadkeep: VERSION, postgres, createdAt, files };
      await writeSynced(join(partial, MANIFEST), `${JSON.stringify(manifest)}\n`);
      await syncDirectory(partial);
      await rename(partial, directory);
      await syncDirectory(dirname(directory));
      return copied(directory, manifest);
    });
  });
}

/**
 * Puts a backup into an empty data directory. Its secrets come last: without them no server starts
 * on the data.
 * @throws DataDirectoryInUseError while a server runs on it
 * @throws DatabaseSetupError when the directory is not empty, or the backup is not whole
 */
export async function restoreDataDirectory(
  backup: string,
  dataDir: string | undefined,
): Promise<ColdCopy> {
  const source = resolve(backup);
  const manifest = await readManifest(source);
  const directory = await chooseDataDirectory(dataDir, serverUser());
  return locked(directory, async () => {
    const present = (await readdir(directory)).filter((name) => !isPassing(name));
    if (present.length > 0)
      throw new DatabaseSetupError(
        `The data directory ${directory} is not empty: it has ${present.slice(0, 3).join(', ')}. Move that away, or set DATA_DIR to a new folder.`,
      );
    return finished(join(directory, PARTIAL), async (partial) => {
      const files = await copyTree(source, partial, (path) => path === MANIFEST);
      requireSame(source, manifest.files, files);
      const last = (name: string) => Number(name === 'secrets.json');
      for (const name of (await readdir(partial)).sort((a, b) => last(a) - last(b))) {
        await syncDirectory(directory);
        await rename(join(partial, name), join(directory, name));
      }
      await syncDirectory(directory);
      return copied(directory, manifest);
    });
  });
}

const copied = (directory: string, { threadkeep, files }: Manifest): ColdCopy => ({
  directory,
  version: threadkeep,
  files: files.length,
  bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
});

async function locked<T>(directory: string, work: () => Promise<T>): Promise<T> {
  const lock = await lockDataDirectory(directory);
  return work().finally(() => lock.release());
}

/** Works in a new folder, and removes what is left of it, also of an earlier attempt. */
async function finished<T>(partial: string, work: (partial: string) => Promise<T>): Promise<T> {
  await rm(partial, { recursive: true, force: true });
  // The modes below are those of the source: others must not read what is copied.
  await mkdir(partial, { mode: 0o700 });
  return work(partial).finally(() => rm(partial, { recursive: true, force: true }));
}

/** The major version of the cluster. @throws DatabaseSetupError when there is none */
async function clusterVersion(directory: string): Promise<string> {
  const complete = existsSync(join(directory, 'secrets.json'));
  const version = await readFile(join(directory, 'postgres', 'PG_VERSION'), 'utf8').catch(() => '');
  if (complete && version !== '') return version.trim();
  throw new DatabaseSetupError(
    `There is no data in ${directory}. Set DATA_DIR to the data directory, or run this where the server runs.`,
  );
}

async function readManifest(source: string): Promise<Manifest> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(join(source, MANIFEST), 'utf8')));
  } catch (cause) {
    throw new DatabaseSetupError(
      `${source} is no backup: it has no ${MANIFEST} that can be read. Name a folder that threadkeep backup wrote.`,
      { cause },
    );
  }
}

/** @throws DatabaseSetupError that names a file which is missing, additional or damaged */
function requireSame(source: string, wanted: CopiedFile[], found: CopiedFile[]): void {
  const sums = new Map(wanted.map(({ path, sha256 }) => [path, sha256]));
  const other = found.find(({ path, sha256 }) => sums.get(path) !== sha256);
  const paths = new Set(found.map(({ path }) => path));
  const bad = other?.path ?? wanted.find(({ path }) => !paths.has(path))?.path;
  if (bad === undefined) return;
  throw new DatabaseSetupError(
    `The backup ${source} is damaged: ${bad} is not what was copied. Nothing was restored. Use another backup.`,
  );
}
