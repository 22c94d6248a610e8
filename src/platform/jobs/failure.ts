// What is kept of an error: enough to know why, and neither a secret nor a row.
import { AppError } from '../errors/index.js';
import { describeError, redact } from '../telemetry/logger.js';

const LONGEST = 500;

/** Of an error of the database, its code and the constraint: its text may quote values. */
export function reasonOf(error: unknown): string {
  if (error instanceof AppError) return bounded(`${error.code}: ${error.message}`);
  const { type, message, code, constraint } = describeError(error) as Record<
    string,
    string | undefined
  >;
  return bounded([type, message ?? code, constraint].filter(Boolean).join(': '));
}

/** By code points, as the table counts them. PostgreSQL takes neither NUL nor half a character. */
function bounded(text: string): string {
  const whole = [...redact(text)].filter(
    (character) => character !== '\0' && !/^[\ud800-\udfff]$/.test(character),
  );
  return whole.length > LONGEST ? `${whole.slice(0, LONGEST - 1).join('')}…` : whole.join('');
}
