// Refuses what PostgreSQL cannot store. Parts are stored as JSON text, which holds everything.
import { type FieldError, RequestErrors, MAX_FAULTS } from '../../platform/errors/index.js';
import { isPlainObject, storableFaults } from '../../platform/input/index.js';
import type { NewMessageDto } from '../dto/new-message.dto.js';

/**
 * Finds NUL, lone surrogates and inexact numbers in texts and metadata.
 * @param given the messages as they were sent, perhaps in another form, to which the pointers lead
 * @param path JSON Pointer of the list; null for a message that is the whole body
 */
export function unstorableFaults(
  messages: readonly Pick<NewMessageDto, 'content' | 'metadata' | 'key'>[],
  given: readonly unknown[],
  path: string | null,
): FieldError[] {
  const faults: FieldError[] = [];
  for (const [i, { content, metadata, key }] of messages.entries()) {
    const pointer = path === null ? '' : `${path}/${i}`;
    if (typeof content === 'string') faults.push(...storableFaults(content, `${pointer}/content`));
    faults.push(...storableFaults(key, `${pointer}/key`));
    for (const fault of storableFaults(metadata, '/metadata'))
      faults.push({ ...fault, pointer: pointer + placeIn(given[i], fault.pointer) });
    if (faults.length >= MAX_FAULTS) break;
  }
  return faults.slice(0, MAX_FAULTS);
}

/** @throws AppError `request.invalid_body` when there are any faults */
export function refuseFaults(errors: FieldError[]): void {
  if (errors.length > 0) throw RequestErrors.invalidBody({ errors });
}

/** Fields of other dialects stand beside the content, and go to the metadata. */
const placeIn = (given: unknown, pointer: string): string =>
  leadsSomewhere(given, pointer) ? pointer : pointer.slice('/metadata'.length);

function leadsSomewhere(given: unknown, pointer: string): boolean {
  let value = given;
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!Array.isArray(value) && !isPlainObject(value)) return false;
    value = (value as Record<string, unknown>)[name];
  }
  return value !== undefined;
}
