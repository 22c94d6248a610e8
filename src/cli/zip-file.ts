// Reads the files of a ZIP one by one while it is unpacked. What is too large or packed too tightly
// to be an export is refused before a byte of it is unpacked.
import { once } from 'node:events';
import type { Entry, ZipFile } from 'yauzl';
import { FormatError } from '../conversations/import/formats/index.js';

export interface SourceFile {
  /** The path within the ZIP or folder; null for a file that was named. */
  name: string | null;
  chunks: () => AsyncIterable<Buffer>;
}

export const ZIP_LIMITS = {
  entries: 100_000,
  /** Unpacked, of all files together. */
  totalBytes: 64 * 1024 ** 3,
  /** Unpacked bytes for each packed one. Text is rarely packed tighter than 1 to 30. */
  ratio: 200,
} as const;

/** Small files may be packed tighter. */
const ALWAYS_ALLOWED_BYTES = 1024 * 1024;

/**
 * Lists the files of a ZIP by their names.
 * @param limits what is refused
 * @throws FormatError for a ZIP that is damaged, encrypted or over a limit
 */
export async function* zipFiles(
  path: string,
  limits: { entries: number; totalBytes: number; ratio: number } = ZIP_LIMITS,
): AsyncGenerator<SourceFile> {
  const zip = await openZip(path);
  try {
    const entries = await entriesOf(zip, limits);
    for (const entry of entries) yield { name: entry.fileName, chunks: () => unpack(zip, entry) };
  } finally {
    zip.close();
  }
}

async function openZip(path: string): Promise<ZipFile> {
  const { open } = await import('yauzl');
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: false }, (error, zip) =>
      error ? reject(damaged(error)) : resolve(zip),
    );
  });
}

const damaged = (error: Error): Error =>
  'syscall' in error ? error : new FormatError(`the ZIP is damaged: ${error.message}`);

async function entriesOf(
  zip: ZipFile,
  limits: { entries: number; totalBytes: number; ratio: number },
): Promise<Entry[]> {
  if (zip.entryCount > limits.entries)
    throw new FormatError(`the ZIP has more than ${limits.entries} files`);
  const entries: Entry[] = [];
  let packed = 0;
  let unpacked = 0;
  zip.on('entry', (entry: Entry) => {
    packed += entry.compressedSize;
    unpacked += entry.uncompressedSize;
    if (!entry.fileName.endsWith('/')) entries.push(entry);
    zip.readEntry();
  });
  zip.readEntry();
  await once(zip, 'end').catch((error: Error) => {
    throw damaged(error);
  });
  // Files that share their bytes make a small ZIP endless.
  if (packed > zip.fileSize) throw new FormatError('the ZIP is damaged: its files overlap');
  const largest = Math.max(packed * limits.ratio, ALWAYS_ALLOWED_BYTES);
  if (unpacked > Math.min(limits.totalBytes, largest))
    throw new FormatError(`the ZIP would be ${unpacked} bytes unpacked, which no export is`);
  return entries.sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
}

/** yauzl counts the bytes, and fails when they are not as many as the ZIP says. */
async function* unpack(zip: ZipFile, entry: Entry): AsyncGenerator<Buffer> {
  if (entry.isEncrypted())
    throw new FormatError(`${JSON.stringify(entry.fileName)} in the ZIP is encrypted`);
  try {
    const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened)));
    });
    yield* stream as AsyncIterable<Buffer>;
  } catch (error) {
    throw damaged(error as Error);
  }
}
