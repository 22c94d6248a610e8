// Refuses a request with the same key of a message twice.
import { type FieldError, MAX_FAULTS } from '../../../platform/errors/index.js';
import { MessageErrors } from '../../conversations.errors.js';

/**
 * @param path JSON Pointer of the list of messages
 * @throws AppError 409 with a pointer to each key that an earlier message has, at most 20
 */
export function refuseTwice(
  messages: readonly { key?: string | null }[],
  path: string | null,
): void {
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const [i, { key }] of messages.entries()) {
    if (key == null) continue;
    if (seen.has(key)) errors.push({ pointer: keyAt(path, i), message: 'is of a message before' });
    if (errors.length >= MAX_FAULTS) break;
    seen.add(key);
  }
  if (errors.length > 0) throw MessageErrors.keyTaken({ errors });
}

/** The JSON Pointer of the key of a message; the path is null when the body is one message. */
export const keyAt = (path: string | null, index: number): string =>
  path === null ? '/key' : `${path}/${index}/key`;
