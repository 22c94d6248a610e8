// Finds the files to import: one file, those of a ZIP, or those of a folder.
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type SourceFile, zipFiles } from './zip-file.js';

export type { SourceFile } from './zip-file.js';

/** Larger chunks than those of Node, which cost less for each byte. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Lists the files in the order of their names. A ZIP is told by its first bytes.
 * @throws the file system's error for a path that cannot be read
 * @throws FormatError for a ZIP that is damaged or over a limit
 */
export async function* sourceFiles(path: string): AsyncGenerator<SourceFile> {
  if (!(await stat(path)).isDirectory()) {
    if (await isZip(path)) yield* zipFiles(path);
    else yield { name: null, chunks: () => chunksOf(path) };
    return;
  }
  for (const file of await filesIn(path)) {
    if (await isZip(file)) yield* zipFiles(file);
    else yield { name: relative(path, file), chunks: () => chunksOf(file) };
  }
}

const chunksOf = (path: string): AsyncIterable<Buffer> =>
  createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>;

async function filesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => join(parentPath, name)).sort();
}

async function isZip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('latin1') === 'PK\u0003\u0004';
  } finally {
    await file.close();
  }
}
