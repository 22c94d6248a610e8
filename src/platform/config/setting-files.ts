// Files whose paths are settings.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'the user who starts Threadkeep has no right to it',
};

/** @throws RangeError that says why the file cannot be read, and not its path */
export function readSettingFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new RangeError(`cannot be read: ${REASONS[code] ?? code}`, { cause });
  }
}

/** Reads the file at a path, or reports why it cannot be read. */
export function readFileOrReport(path: string, context: z.core.$RefinementCtx): string {
  try {
    return readSettingFile(path);
  } catch (error) {
    context.addIssue((error as RangeError).message);
    return z.NEVER;
  }
}
