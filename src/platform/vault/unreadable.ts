// What becomes of a value, or of a data key, that cannot be opened.
import { AppError } from '../errors/index.js';
import { VaultErrors } from './vault.errors.js';

export const isUnreadable = (error: unknown): boolean =>
  error instanceof AppError && error.code === VaultErrors.unreadable.code;

/** @returns null for a value, or a data key, that cannot be opened */
export function unlessUnreadable(error: unknown): null {
  if (isUnreadable(error)) return null;
  throw error;
}

/** @returns null for a value that cannot be opened */
export function orNull<T>(open: () => T): T | null {
  try {
    return open();
  } catch (error) {
    return unlessUnreadable(error);
  }
}
