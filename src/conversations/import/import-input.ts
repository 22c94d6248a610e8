// Reads the body of an import: one conversation with its messages and their times.
import type { FieldError } from '../../platform/errors/index.js';
import { isPlainObject, validateBody } from '../../platform/input/index.js';
import { IMPORT_LIMITS, ImportFieldsDto } from '../dto/import.dto.js';
import { type NewMessage, parseMessage, refuse } from '../messages/message-input.js';
import { parseTime, TIME_RULE } from './time.js';

export interface ImportInput {
  importKey: string;
  title: string | null;
  tags: string[];
  metadata: Record<string, unknown>;
  messages: NewMessage[];
  /** One time for each message, RFC 3339 in UTC. */
  times: string[];
  createdAt: string;
  updatedAt: string;
}

const messageFields: ReadonlySet<string> = new Set(['role', 'content', 'metadata', 'createdAt']);

/**
 * @param now time of the database's clock, used where the body gives no time
 * @throws AppError `request.invalid_body` with a pointer for each wrong field, at most 20 of the
 *   messages
 */
export function parseImport(body: unknown, now: Date): ImportInput {
  if (!isPlainObject(body)) throw refuse([{ pointer: '', message: 'must be a JSON object' }]);
  const { messages: given, ...rest } = body;
  const fields = validateBody(ImportFieldsDto, rest);
  const errors: FieldError[] = [];
  const createdAt = readTime(fields.createdAt, '/createdAt', errors);
  if (!Array.isArray(given) || given.length > IMPORT_LIMITS.messages) {
    throw refuse([
      ...errors,
      {
        pointer: '/messages',
        message: `must be an array of at most ${IMPORT_LIMITS.messages} messages`,
      },
    ]);
  }
  const messages = given.map((message, i) =>
    parseMessage(message, `/messages/${i}`, errors, messageFields),
  );
  const times = readTimes(given, createdAt ?? now.toISOString(), errors);
  if (errors.length > 0) throw refuse(errors);
  return {
    importKey: fields.importKey,
    title: fields.title ?? null,
    tags: fields.tags ?? [],
    metadata: fields.metadata ?? {},
    messages: messages as NewMessage[],
    times,
    ...lifetime(createdAt, times, now.toISOString()),
  };
}

/** A message without `createdAt` gets the time of the message before it. */
function readTimes(messages: unknown[], first: string, errors: FieldError[]): string[] {
  let time = first;
  return messages.map((message, i) => {
    const own = isPlainObject(message)
      ? readTime(message['createdAt'], `/messages/${i}/createdAt`, errors)
      : null;
    return (time = own ?? time);
  });
}

function readTime(value: unknown, pointer: string, errors: FieldError[]): string | null {
  if (value === undefined || value === null) return null;
  const time = parseTime(value);
  if (time === null) errors.push({ pointer, message: TIME_RULE });
  return time;
}

/**
 * `updatedAt` is the time of the last message, and never before `createdAt`. All texts have the
 * same form, so they compare like times.
 */
function lifetime(
  given: string | null,
  times: string[],
  now: string,
): { createdAt: string; updatedAt: string } {
  const createdAt = given ?? times[0] ?? now;
  const last = times.at(-1) ?? createdAt;
  return { createdAt, updatedAt: last > createdAt ? last : createdAt };
}
