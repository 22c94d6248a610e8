// Copies a tree of folders and files to the disk, with modes and owners, and checks what it wrote.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, lchown, mkdir, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSetupError } from '../setup-error.js';

export interface CopiedFile {
  /** From the root of the tree, with `/`. */
  path: string;
  bytes: number;
  sha256: string;
}

/**
 * Copies into a folder that exists. Sockets and links are left out: PostgreSQL keeps none with data.
 * @param isLeftOut whether a path from the root is not copied
 * @throws DatabaseSetupError when a file on the disk is not what was read
 */
export async function copyTree(
  from: string,
  to: string,
  isLeftOut: (path: string) => boolean,
  prefix = '',
): Promise<CopiedFile[]> {
  const files: CopiedFile[] = [];
  for (const entry of await readdir(join(from, prefix), { withFileTypes: true })) {
    const path = `${prefix}${entry.name}`;
    const [source, target] = [join(from, path), join(to, path)];
    if (isLeftOut(path)) continue;
    if (entry.isDirectory()) {
      await mkdir(target, { mode: 0o700 });
      files.push(...(await copyTree(from, to, isLeftOut, `${path}/`)));
      await keepAccess(source, target);
      await syncDirectory(target);
    } else if (entry.isFile()) files.push({ path, ...(await copyChecked(source, target)) });
  }
  return files;
}

async function copyChecked(source: string, target: string): Promise<Omit<CopiedFile, 'path'>> {
  await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await keepAccess(source, target);
  const [read, written] = [await digest(source), await digest(target, true)];
  if (read.sha256 === written.sha256) return written;
  throw new DatabaseSetupError(`${target} is not what was read from ${source}. Check the disk.`);
}

/** Owners can be kept by root only, and only root runs PostgreSQL as another user. */
async function keepAccess(source: string, target: string): Promise<void> {
  const { mode, uid, gid } = await stat(source);
  await chmod(target, mode & 0o7777);
  if (process.getuid?.() === 0) await lchown(target, uid, gid);
}

async function digest(path: string, sync = false): Promise<Omit<CopiedFile, 'path'>> {
  const file = await open(path, 'r');
  try {
    if (sync) await file.sync();
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of file.createReadStream({ autoClose: false })) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

export async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Not every system can sync a directory. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => null);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}
