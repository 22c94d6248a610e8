// Reads the body of an import: one conversation with its messages and their times.
import { type FieldError, MAX_FAULTS } from '../../platform/errors/index.js';
import {
  compareTimes,
  isPlainObject,
  storableFaults,
  toMilliseconds,
  validateBody,
} from '../../platform/input/index.js';
import { ConversationErrors } from '../conversations.errors.js';
import type { ConversationStatus } from '../conversation.entity.js';
import { ImportConversationDto, type ImportMessageDto } from '../dto/import.dto.js';
import { refuseTwice } from '../messages/marked/keys-given-twice.js';
import { toOwnForm } from '../messages/any-message.js';
import { type NewMessage, toNewMessage } from '../messages/message-input.js';
import { refuseFaults, unstorableFaults } from '../messages/storable-messages.js';
import { parseTime } from './time.js';

export interface ImportedMessage extends NewMessage {
  /** `seq` of the message that it follows, 0 for none. Null means the message before. */
  parentSeq: number | null;
}

export interface ImportInput {
  importKey: string;
  title: string | null;
  tags: string[];
  metadata: Record<string, unknown>;
  /** Each with its time. */
  messages: ImportedMessage[];
  createdAt: string;
  updatedAt: string;
  status: ConversationStatus;
  /** The `seq` of the first message. */
  firstSeq: number;
  /** The `seq` of the message that is shown last, 0 for none. Null when the request names none. */
  headSeq: number | null;
  /** The `seq` of the last message that the user has seen; null when none. */
  readUpTo: number | null;
  /** Whether to bring back what was deleted here. */
  again: boolean;
}

/**
 * @param now time of the database's clock, used where the body gives no time
 * @throws AppError `request.invalid_body` with a pointer for each wrong field, at most 20;
 *   `conversation.unknown_message` for a parent or head that is none; `message.key_taken` for keys that
 *   come twice
 */
export function parseImport(body: unknown, now: Date): ImportInput {
  const read = validateBody(ImportConversationDto, inOwnForm(body));
  const { messages, ...fields } = read;
  refuseFaults([
    ...storableFaults(fields, ''),
    ...unstorableFaults(messages, (body as ImportConversationDto).messages, '/messages'),
    ...messages.flatMap(({ feedback }, i) =>
      storableFaults(feedback?.comment, `/messages/${i}/feedback/comment`),
    ),
  ]);
  const firstSeq = read.firstSeq ?? 1;
  const headSeq = read.headSeq ?? null;
  refusePlaces(messages, firstSeq, headSeq);
  refuseTwice(messages, '/messages');
  const createdAt = parseTime(read.createdAt);
  const imported = importedMessages(messages, firstSeq, createdAt ?? now.toISOString());
  return {
    importKey: read.importKey,
    title: read.title ?? null,
    tags: read.tags ?? [],
    metadata: read.metadata ?? {},
    messages: imported,
    ...lifetime(createdAt, parseTime(read.updatedAt), imported, now.toISOString()),
    status: read.status ?? 'active',
    firstSeq,
    headSeq,
    readUpTo: read.readUpTo ?? null,
    again: read.again ?? false,
  };
}

function inOwnForm(body: unknown): unknown {
  if (!isPlainObject(body) || !Array.isArray(body['messages'])) return body;
  const given = answersAsSent(body['messages'] as unknown[], body['firstSeq']);
  const own = toOwnForm(given.map(ofDialect), null, '/messages');
  const messages = own.map((message, i) =>
    isPlainObject(message) && hasOwnFields(given[i])
      ? { ...message, ...besideDialect(given[i]) }
      : message,
  );
  return { ...body, messages };
}

/** Fields that only this API has: they stand beside a message of any dialect. */
const OWN_FIELDS: readonly string[] = ['parentSeq', 'feedback'];

const fieldsOf = (message: unknown, isWanted: (name: string) => boolean): object =>
  Object.fromEntries(Object.entries(message as object).filter(([name]) => isWanted(name)));

const hasOwnFields = (message: unknown): boolean =>
  isPlainObject(message) && OWN_FIELDS.some((name) => Object.hasOwn(message, name));

const ofDialect = (message: unknown): unknown =>
  hasOwnFields(message) ? fieldsOf(message, (name) => !OWN_FIELDS.includes(name)) : message;

const besideDialect = (message: unknown): object =>
  fieldsOf(message, (name) => OWN_FIELDS.includes(name));

/** A message without `createdAt` gets the time of the message before it. */
function importedMessages(
  messages: readonly ImportMessageDto[],
  firstSeq: number,
  first: string,
): ImportedMessage[] {
  let time = first;
  return messages.map((message, i) => {
    const read = toNewMessage(message);
    time = read.createdAt ?? time;
    const beside = { createdAt: time, parentSeq: parentOf(message, firstSeq + i) };
    return Object.assign(read, beside, feedbackOf(message, time));
  });
}

function feedbackOf({ feedback }: ImportMessageDto, time: string): Pick<NewMessage, 'feedback'> {
  if (!feedback) return {};
  const { rating, comment = null, at } = feedback;
  return { feedback: { rating, comment, at: parseTime(at) ?? time } };
}

/**
 * Takes what only answers of this API have from messages that are some. Their parents get the numbers
 * that they have in this list.
 */
function answersAsSent(messages: unknown[], firstSeq: unknown): unknown[] {
  const first = typeof firstSeq === 'number' ? firstSeq : 1;
  const places = new Map<unknown, number>();
  let last = 0;
  let offset: number | null = null;
  return messages.map((message, i) => {
    if (!isPlainObject(message) || !('conversationId' in message && 'seq' in message))
      return message;
    const { role, content, metadata, createdAt, key, status, feedback, parentSeq, seq } = message;
    const number = typeof seq === 'number' ? seq : 0;
    // Numbers of a page with the newest first say nothing here.
    const isLater = number > last;
    offset ??= first - number;
    const before =
      isLater && i > 0 && first > 1 ? placeBefore(parentSeq, first, offset) : undefined;
    const parent = parentSeq === null && isLater ? null : (places.get(parentSeq) ?? before);
    const follows = parent === undefined ? {} : { parentSeq: parent };
    places.set(seq, first + i);
    last = number;
    const beside = { ...(feedback === undefined ? {} : { feedback }), ...follows };
    return { role, content, metadata, createdAt, key, status, ...beside };
  });
}

/**
 * The number of a parent that was sent in an earlier request. The numbers of a log go on from request to
 * request.
 */
const placeBefore = (parentSeq: unknown, first: number, offset: number): number | undefined => {
  const place = typeof parentSeq === 'number' ? parentSeq + offset : 0;
  return place > 0 && place < first ? place : undefined;
};

/**
 * A parent must come before, so there are no cycles.
 * @throws AppError 422 with a pointer for each message that names another one, at most 20
 */
function refusePlaces(
  messages: readonly ImportMessageDto[],
  firstSeq: number,
  headSeq: number | null,
): void {
  const errors: FieldError[] = [];
  for (const [i, { parentSeq }] of messages.entries()) {
    if (errors.length >= MAX_FAULTS) break;
    if (parentSeq != null && parentSeq >= firstSeq + i)
      errors.push({
        pointer: `/messages/${i}/parentSeq`,
        message: 'is no message before this one',
      });
  }
  if (headSeq !== null && headSeq >= firstSeq + messages.length)
    errors.push({ pointer: '/headSeq', message: 'is no message of this conversation' });
  if (errors.length > 0)
    throw ConversationErrors.unknownMessage({ errors: errors.slice(0, MAX_FAULTS) });
}

function parentOf({ parentSeq }: ImportMessageDto, seq: number): number | null {
  if (parentSeq === undefined) return null;
  const parent = parentSeq ?? 0;
  return parent === seq - 1 ? null : parent;
}

/**
 * `updatedAt` is the given one or the time of the last message, and never before `createdAt`. Both
 * have milliseconds, as every time of a conversation.
 */
function lifetime(
  given: string | null,
  updatedAt: string | null,
  messages: NewMessage[],
  now: string,
): { createdAt: string; updatedAt: string } {
  const createdAt = toMilliseconds(given ?? messages[0]?.createdAt ?? now);
  const last = toMilliseconds(updatedAt ?? messages.at(-1)?.createdAt ?? createdAt);
  return { createdAt, updatedAt: compareTimes(last, createdAt) > 0 ? last : createdAt };
}
