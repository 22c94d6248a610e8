// Describes an error for a job's row: enough to find the cause, without secrets and without data of
// rows.
import { AppError } from '../errors/index.js';
import { describeError, redact } from '../telemetry/logger.js';

const MAX_LENGTH = 500;

/** For an error of the database, gives its code and constraint: its text may quote values. */
export function reasonOf(error: unknown): string {
  if (error instanceof AppError) return bounded(`${error.code}: ${error.message}`);
  const { type, message, code, constraint } = describeError(error) as Record<
    string,
    string | undefined
  >;
  return bounded([type, message ?? code, constraint].filter(Boolean).join(': '));
}

/**
 * Counts code points, as the table does. Removes NUL and lone surrogates, which PostgreSQL refuses.
 */
function bounded(text: string): string {
  const whole = [...redact(text)].filter(
    (character) => character !== '\0' && !/^[\ud800-\udfff]$/.test(character),
  );
  return whole.length > MAX_LENGTH ? `${whole.slice(0, MAX_LENGTH - 1).join('')}…` : whole.join('');
}
