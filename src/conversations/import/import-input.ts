// Reads the body of an import: one conversation with its messages and their times.
import { isPlainObject, storableFaults, validateBody } from '../../platform/input/index.js';
import type { ConversationStatus } from '../conversation.entity.js';
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
  status: ConversationStatus;
  /** The `seq` of the first message. */
  firstSeq: number;
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
    ...lifetime(createdAt, parseTime(read.updatedAt), times, now.toISOString()),
    status: read.status ?? 'active',
    firstSeq: read.firstSeq ?? 1,
  };
}

const inOwnForm = (body: unknown): unknown =>
  isPlainObject(body) && Array.isArray(body['messages'])
    ? { ...body, messages: toOwnForm(body['messages'].map(asSent), null, '/messages') }
    : body;

/** Takes what only answers of this API have from a message that is one. */
function asSent(message: unknown): unknown {
  if (!isPlainObject(message) || !('conversationId' in message && 'seq' in message)) return message;
  const { role, content, metadata, createdAt } = message;
  return { role, content, metadata, createdAt };
}

/** A message without `createdAt` gets the time of the message before it. */
function timesOf(messages: ImportMessageDto[], first: string): string[] {
  let time = first;
  return messages.map(({ createdAt }) => (time = parseTime(createdAt) ?? time));
}

/**
 * `updatedAt` is the given one or the time of the last message, and never before `createdAt`. All
 * texts have the same form, so they compare like times.
 */
function lifetime(
  given: string | null,
  updatedAt: string | null,
  times: string[],
  now: string,
): { createdAt: string; updatedAt: string } {
  const createdAt = given ?? times[0] ?? now;
  const last = updatedAt ?? times.at(-1) ?? createdAt;
  return { createdAt, updatedAt: last > createdAt ? last : createdAt };
}
