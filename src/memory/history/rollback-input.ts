// Reads the body of a rollback.
import type { Type } from '@nestjs/common';
import { readReference } from '../../conversations/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import { isPlainObject, validateBody, words } from '../../platform/input/index.js';
import { type AsOf, readAsOf } from '../as-of.js';
import {
  RollbackConversationDto,
  RollbackMemoryDto,
  type RollbackTo,
  RollbackToDto,
} from '../dto/history.dto.js';

interface Rollback<T> {
  to: T;
  reason: string | null;
}

/** @throws AppError `request.invalid_body`, also unless exactly one target is given */
export function parseRollback(body: unknown): Rollback<RollbackTo> {
  const read = readOneOf({ asOf: RollbackToDto, conversationId: RollbackConversationDto }, body);
  const to =
    'asOf' in read
      ? { asOf: readAsOf(read.asOf)! }
      : { conversation: readReference(read.conversationId) };
  return { to, reason: read.reason ?? null };
}

/** @throws AppError as `parseRollback` does */
export function parseMemoryRollback(body: unknown): Rollback<{ version: number } | { asOf: AsOf }> {
  const read = readOneOf({ version: RollbackMemoryDto, asOf: RollbackToDto }, body);
  const to = 'asOf' in read ? { asOf: readAsOf(read.asOf)! } : { version: read.version };
  return { to, reason: read.reason ?? null };
}

/** Reads a body by the DTO of the one target that it has. */
function readOneOf<K extends Record<string, Type<object>>>(
  kinds: K,
  body: unknown,
): InstanceType<K[keyof K]> {
  const targets = Object.keys(kinds);
  const given = targets.filter((target) => isPlainObject(body) && body[target] !== undefined);
  if (isPlainObject(body) && given.length !== 1)
    throw RequestErrors.invalidBody({
      errors: [{ pointer: '', message: words.exactlyOneOf(targets) }],
    });
  return validateBody(kinds[given[0] ?? targets[0]!]!, body) as InstanceType<K[keyof K]>;
}
