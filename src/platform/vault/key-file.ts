// The file of keys beside the embedded server's data. With both, all secrets can be read, so back
// them up to different places.
import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigError } from '../config/config.js';
import { parseVaultKeys, type VaultKey } from '../config/vault-keys.js';

/** Makes a key in its written form: `2026-11-25-3f9a0c:base64`. */
export function generateKey(now = new Date()): string {
  return `${now.toISOString().slice(0, 10)}-${randomBytes(3).toString('hex')}:${randomBytes(32).toString('base64')}`;
}

/** @returns null when there is no such file @throws ConfigError when the file cannot be used */
export async function readKeyFile(path: string): Promise<readonly VaultKey[] | null> {
  try {
    return parseVaultKeys(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new ConfigError(
      `The keys in ${path} are not usable: ${error instanceof RangeError ? error.message : String((error as NodeJS.ErrnoException).code)}`,
    );
  }
}

/** The file is complete on the disk before its key wraps anything. */
export async function createKeyFile(path: string): Promise<void> {
  const partial = `${path}.partial`;
  await synced(partial, 'w', (file) =>
    file.writeFile(
      `# The first wraps, all unwrap. Without this file, no secret can be read.\n${generateKey()}\n`,
    ),
  );
  await rename(partial, path);
  // Not every system can sync a directory.
  await synced(dirname(path), 'r', async () => undefined).catch(() => undefined);
}

async function synced(
  path: string,
  flags: 'r' | 'w',
  work: (file: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await work(file);
    await file.sync();
  } finally {
    await file.close();
  }
}
