// Reads the body of an import: one conversation with its messages and their times.
import { isPlainObject, storableFaults, validateBody } from '../../platform/input/index.js';
import { ImportConversationDto, type ImportMessageDto } from '../dto/import.dto.js';
import { toOwnForm } from '../messages/any-message.js';
import { type NewMessage, toNewMessage } from '../messages/message-input.js';
import { refuseFaults, unstorableFaults } from '../messages/storable-messages.js';
import { parseTime } from './time.js';

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

/**
 * @param now time of the database's clock, used where the body gives no time
 * @throws AppError `request.invalid_body` with a pointer for each wrong field, at most 20
 */
export function parseImport(body: unknown, now: Date): ImportInput {
  const read = validateBody(ImportConversationDto, inOwnForm(body));
  const { messages, ...fields } = read;
  refuseFaults([
    ...storableFaults(fields, ''),
    ...unstorableFaults(messages, (body as ImportConversationDto).messages, '/messages'),
  ]);
  const createdAt = parseTime(read.createdAt);
  const times = timesOf(read.messages, createdAt ?? now.toISOString());
  return {
    importKey: read.importKey,
    title: read.title ?? null,
    tags: read.tags ?? [],
    metadata: read.metadata ?? {},
    messages: read.messages.map(toNewMessage),
    times,
    ...lifetime(createdAt, times, now.toISOString()),
  };
}

const inOwnForm = (body: unknown): unknown =>
  isPlainObject(body) && Array.isArray(body['messages'])
    ? { ...body, messages: toOwnForm(body['messages'], null, '/messages') }
    : body;

/** A message without `createdAt` gets the time of the message before it. */
function timesOf(messages: ImportMessageDto[], first: string): string[] {
  let time = first;
  return messages.map(({ createdAt }) => (time = parseTime(createdAt) ?? time));
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
