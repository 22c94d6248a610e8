// What commands write to, and how they read their arguments.
import { parseArgs, type ParseArgsConfig } from 'node:util';

export interface Terminal {
  /** Writes a line of the result to standard output. */
  out: (line: string) => void;
  /** Writes a line about the work to standard error. */
  error: (line: string) => void;
}

/** The arguments are wrong. The message says which, and how the command is used. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** As `parseArgs`. @throws UsageError with the usage */
export function parsedArgs<T extends ParseArgsConfig>(
  config: T,
  usage: string,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`);
  }
}
