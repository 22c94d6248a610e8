// Reads the messages of a request. The check is hand-written because an append has up to 1,000
// messages and is the most frequent write.
import type { FieldError } from '../../platform/errors/index.js';
import { RequestErrors } from '../../platform/errors/index.js';
import {
  emptyAsNull,
  isBoundedObject,
  isPlainObject,
  JSON_OBJECT_MAX_BYTES,
  pointerToken,
} from '../../platform/input/index.js';
import { MESSAGE_ROLES, type MessageRole } from './message.entity.js';

/**
 * Part of a message. Only `type` is checked (and `text` of a text part); all other fields are
 * stored as they are.
 */
export interface ContentPart {
  type: string;
  [field: string]: unknown;
}

export type MessageContent = string | ContentPart[];

export interface NewMessage {
  role: MessageRole;
  content: MessageContent;
  metadata: Record<string, unknown> | null;
}

export interface AppendInput {
  messages: NewMessage[];
  expectedSeq: number | null;
  /** True for `{messages: [...]}`, false when the body is one message. */
  isBatch: boolean;
}

export const MESSAGE_LIMITS = {
  perCall: 1_000,
  parts: 1_000,
  contentBytes: 4_194_304,
  typeLength: 100,
} as const;

const roles: ReadonlySet<unknown> = new Set(MESSAGE_ROLES);
const messageFields: ReadonlySet<string> = new Set(['role', 'content', 'metadata']);
const batchFields: ReadonlySet<string> = new Set(['messages', 'expectedSeq']);

/**
 * Reads one message, or `{messages, expectedSeq?}`.
 * @throws AppError `request.invalid_body` with a pointer for each wrong field, at most 20
 */
export function parseAppend(body: unknown): AppendInput {
  if (!isPlainObject(body)) throw refuse([{ pointer: '', message: 'must be a JSON object' }]);
  const isBatch = 'messages' in body;
  const errors: FieldError[] = [];
  const expectedSeq = isBatch ? parseExpectedSeq(body, errors) : null;
  const given: unknown = isBatch ? body['messages'] : [body];
  if (!Array.isArray(given) || given.length === 0 || given.length > MESSAGE_LIMITS.perCall) {
    throw refuse([
      {
        pointer: '/messages',
        message: `must be an array of 1 to ${MESSAGE_LIMITS.perCall} messages`,
      },
    ]);
  }
  const messages = given.map((message, i) =>
    parseMessage(message, isBatch ? `/messages/${i}` : '', errors),
  );
  if (errors.length > 0) throw refuse(errors);
  return { messages: messages as NewMessage[], expectedSeq, isBatch };
}

function parseExpectedSeq(body: Record<string, unknown>, errors: FieldError[]): number | null {
  findUnknown(body, batchFields, '', errors);
  const value = body['expectedSeq'];
  if (value === undefined || value === null) return null;
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 2_147_483_647)
    return value as number;
  errors.push({ pointer: '/expectedSeq', message: 'must be a whole number from 0 to 2147483647' });
  return null;
}

/**
 * Returns the message, or null after adding to `errors`.
 * @param fields names of the allowed fields, also those that the caller reads
 */
export function parseMessage(
  value: unknown,
  path: string,
  errors: FieldError[],
  fields: ReadonlySet<string> = messageFields,
): NewMessage | null {
  if (!isPlainObject(value)) return fail(errors, path, 'must be a JSON object');
  const before = errors.length;
  findUnknown(value, fields, path, errors);
  const { role, content, metadata } = value;
  if (!roles.has(role))
    errors.push({ pointer: `${path}/role`, message: `must be one of ${MESSAGE_ROLES.join(', ')}` });
  checkContent(content, `${path}/content`, errors);
  if (metadata !== undefined && metadata !== null && !isBoundedObject(metadata)) {
    errors.push({
      pointer: `${path}/metadata`,
      message: `must be a JSON object of at most ${JSON_OBJECT_MAX_BYTES} bytes`,
    });
  }
  if (errors.length > before) return null;
  return {
    role: role as MessageRole,
    content: content as MessageContent,
    metadata: emptyAsNull(metadata as Record<string, unknown> | null | undefined),
  };
}

/** Reports unknown fields until `errors` is full. */
function findUnknown(
  value: Record<string, unknown>,
  fields: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
): void {
  for (const field in value) {
    if (errors.length >= MAX_FINDINGS) return;
    if (!fields.has(field))
      errors.push({ pointer: `${path}/${pointerToken(field)}`, message: 'is not a known field' });
  }
}

function checkContent(content: unknown, path: string, errors: FieldError[]): void {
  if (typeof content === 'string') {
    if (
      content.length > MESSAGE_LIMITS.contentBytes / 4 &&
      Buffer.byteLength(content) > MESSAGE_LIMITS.contentBytes
    )
      fail(errors, path, `must have at most ${MESSAGE_LIMITS.contentBytes} bytes`);
    return;
  }
  if (!Array.isArray(content) || content.length === 0 || content.length > MESSAGE_LIMITS.parts) {
    fail(errors, path, `must be a text or an array of 1 to ${MESSAGE_LIMITS.parts} parts`);
    return;
  }
  content.forEach((part: unknown, i) => checkPart(part, `${path}/${i}`, errors));
  if (Buffer.byteLength(JSON.stringify(content)) > MESSAGE_LIMITS.contentBytes)
    fail(errors, path, `must have at most ${MESSAGE_LIMITS.contentBytes} bytes as JSON`);
}

/** Compares in code points, as JSON Schema does: an emoji counts as one character. */
const isLongerThan = (text: string, max: number) =>
  text.length > max && (text.length > 2 * max || [...text].length > max);

function checkPart(part: unknown, path: string, errors: FieldError[]): void {
  const type = isPlainObject(part) ? part['type'] : undefined;
  if (typeof type !== 'string' || type === '' || isLongerThan(type, MESSAGE_LIMITS.typeLength)) {
    fail(errors, `${path}/type`, `must be a text of 1 to ${MESSAGE_LIMITS.typeLength} characters`);
  } else if (type === 'text' && typeof (part as ContentPart)['text'] !== 'string') {
    fail(errors, `${path}/text`, 'must be a text');
  }
}

function fail(errors: FieldError[], pointer: string, message: string): null {
  errors.push({ pointer, message });
  return null;
}

/** A batch of wrong messages would otherwise be answered with thousands of errors. */
const MAX_FINDINGS = 20;
export const refuse = (errors: FieldError[]) =>
  RequestErrors.invalidBody({ errors: errors.slice(0, MAX_FINDINGS) });
