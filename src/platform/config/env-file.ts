// Reads settings from a file `.env` in the working directory, beneath those of the environment.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** The file is there and cannot be read. */
export class EnvFileError extends Error {
  override readonly name = 'EnvFileError';
}

/**
 * The environment, with what `.env` sets besides. The environment wins, also with a blank variable,
 * which unsets that of the file.
 * @throws EnvFileError when the file cannot be read; a missing file is no error
 */
export const environmentWithFile = (
  env: NodeJS.ProcessEnv = process.env,
  directory = process.cwd(),
): NodeJS.ProcessEnv => ({ ...parseEnv(readOptionalFile(join(directory, '.env'))), ...env });

function readOptionalFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return '';
    throw new EnvFileError(
      `${path} cannot be read (${code}). Give this user the right to read it, or move it away.`,
      { cause },
    );
  }
}
