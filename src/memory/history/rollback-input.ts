// Reads the body of a rollback.
import type { FieldError } from '../../platform/errors/index.js';
import { isPlainObject, isUuid, pointerToken } from '../../platform/input/index.js';
import type { RollbackTo } from '../dto/history.dto.js';
import { isText, MEMORY_LIMITS, invalidBody } from '../writes/memory-input.js';
import { AS_OF_MESSAGE, readAsOf } from '../as-of.js';

export interface RollbackRequest {
  to: RollbackTo | { version: number };
  reason: string | null;
}

type RollbackTarget = 'asOf' | 'conversationId' | 'version';

const readers: Record<RollbackTarget, (value: unknown) => RollbackRequest['to'] | string> = {
  asOf: (value) => {
    const asOf = readAsOf(value);
    return asOf ? { asOf } : AS_OF_MESSAGE;
  },
  conversationId: (value) =>
    typeof value === 'string' && isUuid(value)
      ? { conversationId: value.toLowerCase() }
      : 'must be a UUID',
  version: (value) =>
    Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 2_147_483_647
      ? { version: value as number }
      : 'must be a whole number from 1',
};

/** @throws AppError `request.invalid_body`, also unless exactly one of `targets` is given */
export function parseRollback(body: unknown, targets: readonly RollbackTarget[]): RollbackRequest {
  const errors: FieldError[] = [];
  if (!isPlainObject(body)) throw invalidBody([{ pointer: '', message: 'must be a JSON object' }]);
  for (const field in body)
    if (field !== 'reason' && !(targets as readonly string[]).includes(field))
      errors.push({ pointer: `/${pointerToken(field)}`, message: 'is not a known field' });
  const given = targets.filter((target) => body[target] !== undefined);
  if (given.length !== 1)
    errors.push({ pointer: '', message: `must have one of ${targets.join(', ')}` });
  const to = given.length === 1 ? readers[given[0]!](body[given[0]!]) : '';
  if (typeof to === 'string' && to !== '') errors.push({ pointer: `/${given[0]!}`, message: to });
  const reason = readReason(body['reason']);
  if (reason === undefined)
    errors.push({
      pointer: '/reason',
      message: `must be a text of 1 to ${MEMORY_LIMITS.reasonLength} characters`,
    });
  if (errors.length > 0) throw invalidBody(errors);
  return { to: to as RollbackRequest['to'], reason: reason! };
}

function readReason(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return null;
  return isText(value, MEMORY_LIMITS.reasonLength) ? value : undefined;
}
