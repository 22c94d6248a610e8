// Writes the first service key to a file, for deployments whose output many people read.
import { writeFile } from 'node:fs/promises';

const REASONS: Record<string, string> = {
  EEXIST: 'is there already: move it away, or set another',
  ENOENT: 'is in a folder that does not exist: make the folder, or set another path',
  EACCES: 'cannot be written: give the user who starts Threadkeep the right, or set another path',
};

/** The file exists already or cannot be written. */
export class ServiceKeyFileError extends Error {
  override readonly name = 'ServiceKeyFileError';
}

/**
 * Writes the key to a new file with mode 0600.
 * @throws ServiceKeyFileError when the file exists or cannot be written
 */
export async function keepServiceKey(file: string, secret: string): Promise<void> {
  try {
    await writeFile(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string };
    const why = REASONS[code ?? ''] ?? `cannot be written (${code ?? message})`;
    throw new ServiceKeyFileError(`SERVICE_KEY_FILE ${why}. No key was made.`, { cause });
  }
}
