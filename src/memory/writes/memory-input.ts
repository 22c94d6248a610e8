// Validates the memories of a request. Hand-compiled, because it runs for up to 1,000 memories in
// one call.
import { type FieldError, RequestErrors } from '../../platform/errors/index.js';
import {
  isBoundedObject,
  isPlainObject,
  isUuid,
  JSON_OBJECT_MAX_BYTES,
  parseTime,
  pointerToken,
} from '../../platform/input/index.js';
import { MEMORY_KINDS, type MemoryKind } from '../memory.entity.js';

export const MEMORY_LIMITS = {
  perCall: 1_000,
  contentBytes: 65_536,
  tags: 50,
  tagLength: 100,
  sources: 100,
  agentIdLength: 200,
  reasonLength: 500,
} as const;

/**
 * The fields that were sent, each valid by itself. Null clears a nullable field; for the others it
 * means not sent.
 */
export interface MemoryInput {
  content?: string;
  kind?: MemoryKind;
  tags?: string[];
  importance?: number;
  metadata?: Record<string, unknown>;
  agentId?: string | null;
  conversationId?: string | null;
  validFrom?: string | null;
  validTo?: string | null;
  expiresAt?: string | null;
  sourceMessageIds?: string[];
  reason?: string | null;
}

export interface NewMemoryInput extends MemoryInput {
  content: string;
}

/**
 * Tells whether a value is a text of 1 to `max` characters. Counts code points, as JSON Schema
 * does: an emoji is one.
 */
export const isText = (value: unknown, max: number): value is string =>
  typeof value === 'string' &&
  value.length > 0 &&
  value.length <= 2 * max &&
  [...value].length <= max;
const isTexts = (value: unknown, most: number, length: number): value is string[] =>
  Array.isArray(value) && value.length <= most && value.every((one) => isText(one, length));
const isContent = (value: unknown): boolean =>
  typeof value === 'string' &&
  value.trim() !== '' &&
  Buffer.byteLength(value) <= MEMORY_LIMITS.contentBytes;

interface FieldRule {
  test: (value: unknown) => boolean;
  message: string;
  nullable?: boolean;
  read?: (value: unknown) => unknown;
}

const time: FieldRule = {
  test: (value) => parseTime(value) !== null,
  message: 'must be an RFC 3339 time with a time zone',
  nullable: true,
  read: parseTime,
};

const RULES: Record<keyof MemoryInput, FieldRule> = {
  content: {
    test: isContent,
    message: `must be a text of at most ${MEMORY_LIMITS.contentBytes} bytes that is not blank`,
  },
  kind: {
    test: (value) => (MEMORY_KINDS as readonly unknown[]).includes(value),
    message: `must be one of ${MEMORY_KINDS.join(', ')}`,
  },
  tags: {
    test: (value) => isTexts(value, MEMORY_LIMITS.tags, MEMORY_LIMITS.tagLength),
    message: `must be at most ${MEMORY_LIMITS.tags} texts of 1 to ${MEMORY_LIMITS.tagLength} characters`,
    read: (value) => [...new Set(value as string[])],
  },
  importance: {
    test: (value) => typeof value === 'number' && value >= 0 && value <= 1,
    message: 'must be a number from 0 to 1',
  },
  metadata: {
    test: isBoundedObject,
    message: `must be a JSON object of at most ${JSON_OBJECT_MAX_BYTES} bytes`,
  },
  agentId: {
    test: (value) => isText(value, MEMORY_LIMITS.agentIdLength),
    message: `must be a text of 1 to ${MEMORY_LIMITS.agentIdLength} characters`,
    nullable: true,
  },
  conversationId: {
    test: (value) => typeof value === 'string' && isUuid(value),
    message: 'must be a UUID',
    nullable: true,
    read: (value) => (value as string).toLowerCase(),
  },
  validFrom: time,
  validTo: time,
  expiresAt: time,
  sourceMessageIds: {
    test: (value) =>
      Array.isArray(value) &&
      value.length <= MEMORY_LIMITS.sources &&
      value.every((one) => typeof one === 'string' && isUuid(one)),
    message: `must be at most ${MEMORY_LIMITS.sources} UUIDs`,
    read: (value) => [...new Set((value as string[]).map((id) => id.toLowerCase()))],
  },
  reason: {
    test: (value) => isText(value, MEMORY_LIMITS.reasonLength),
    message: `must be a text of 1 to ${MEMORY_LIMITS.reasonLength} characters`,
    nullable: true,
  },
};

/** How many field errors an answer lists. The check stops there. */
export const MAX_FIELD_ERRORS = 20;
export const invalidBody = (errors: FieldError[]) =>
  RequestErrors.invalidBody({ errors: errors.slice(0, MAX_FIELD_ERRORS) });

/**
 * Reads one memory, or `{memories: [...]}`.
 * @throws AppError `request.invalid_body` with a pointer for each invalid field, at most
 * `MAX_FIELD_ERRORS`
 */
export function parseMemories(body: unknown): { memories: NewMemoryInput[]; isBatch: boolean } {
  if (!isPlainObject(body)) throw invalidBody([{ pointer: '', message: 'must be a JSON object' }]);
  const isBatch = 'memories' in body;
  const errors: FieldError[] = [];
  if (isBatch)
    for (const field in body)
      if (field !== 'memories' && errors.length < MAX_FIELD_ERRORS)
        errors.push({ pointer: `/${pointerToken(field)}`, message: 'is not a known field' });
  const given: unknown = isBatch ? body['memories'] : [body];
  if (!Array.isArray(given) || given.length === 0 || given.length > MEMORY_LIMITS.perCall) {
    throw invalidBody([
      ...errors,
      {
        pointer: '/memories',
        message: `must be an array of 1 to ${MEMORY_LIMITS.perCall} memories`,
      },
    ]);
  }
  const memories = given.map((memory: unknown, i) =>
    readNew(memory, isBatch ? `/memories/${i}` : '', errors),
  );
  if (errors.length > 0) throw invalidBody(errors);
  return { memories, isBatch };
}

function readNew(value: unknown, path: string, errors: FieldError[]): NewMemoryInput {
  const sent = readFields(value, path, errors);
  if (isPlainObject(value) && (value['content'] === undefined || value['content'] === null))
    errors.push({ pointer: `${path}/content`, message: RULES.content.message });
  return sent as NewMemoryInput;
}

/**
 * Reads the fields to change.
 * @throws AppError `request.invalid_body`
 */
export function parseChanges(body: unknown): MemoryInput {
  const errors: FieldError[] = [];
  const sent = readFields(body === undefined ? {} : body, '', errors);
  if (errors.length > 0) throw invalidBody(errors);
  return sent;
}

function readFields(value: unknown, path: string, errors: FieldError[]): MemoryInput {
  if (!isPlainObject(value))
    return (errors.push({ pointer: path, message: 'must be a JSON object' }), {});
  const sent: Record<string, unknown> = {};
  for (const field in value) {
    if (errors.length >= MAX_FIELD_ERRORS) break;
    const given = value[field];
    const rule = Object.hasOwn(RULES, field) ? RULES[field as keyof MemoryInput] : undefined;
    const pointer = `${path}/${pointerToken(field)}`;
    if (!rule) errors.push({ pointer, message: 'is not a known field' });
    else if (given === null || given === undefined) {
      if (rule.nullable) sent[field] = null;
    } else if (!rule.test(given)) errors.push({ pointer, message: rule.message });
    else sent[field] = rule.read ? rule.read(given) : given;
  }
  return sent;
}
