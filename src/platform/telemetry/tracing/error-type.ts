import { AppError, codeBehind, toAppError } from '../../errors/index.js';
import type { Span } from './span.js';

/**
 * The type of a failure for a span: the code of a problem, of PostgreSQL or of the system, and else
 * the class of the error. Never its message.
 */
export function errorTypeOf(error: unknown): string {
  if (error instanceof AppError) return error.code;
  return codeBehind(error) ?? (error instanceof Error ? error.name : 'unknown');
}

/** Notes an error on a span, which counts as failed unless the fault is the client's. */
export function noteError(span: Span, error: unknown): void {
  const type = errorTypeOf(error);
  if (toAppError(error).definition.status >= 500) span.fail(type);
  else span.set({ 'error.type': type });
}
