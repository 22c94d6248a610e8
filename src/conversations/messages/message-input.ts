// Reads the messages of a request.
import { emptyAsNull, isPlainObject, validateBody } from '../../platform/input/index.js';
import { AppendMessagesDto, FormatDto, NewMessageDto } from '../dto/new-message.dto.js';
import { parseTime } from '../import/time.js';
import { toOwnForm } from './any-message.js';
import type { MessageContent } from './message-content.js';
import type { Feedback, MessageRole, UnfinishedStatus } from './message.entity.js';
import { refuseFaults, unstorableFaults } from './storable-messages.js';

export interface NewMessage {
  role: MessageRole;
  content: MessageContent;
  metadata: Record<string, unknown> | null;
  /** The application's own name; missing for most. */
  key?: string;
  /** Missing for a complete message. */
  status?: UnfinishedStatus;
  /** Of a message in progress. */
  leaseSeconds?: number;
  /** RFC 3339 in UTC, as it is answered. Without it, the time of storing. */
  createdAt?: string | undefined;
  /** Only of an imported message. */
  feedback?: Feedback;
}

/** Where an append goes, and what must hold for it. */
export interface AppendPlace {
  /** `seq` of the last message of all branches. */
  expectedSeq: number | null;
  /** `seq` of the head. */
  expectedHead: number | null;
  /** Id of the message to follow; null for none. Undefined for the head. */
  parentId: string | null | undefined;
  /** Whether the head becomes the last of the new messages. */
  movesHead: boolean;
}

export interface AppendInput {
  messages: NewMessage[];
  place: AppendPlace;
  /** True for `{messages: [...]}`, false when the body is one message. */
  isBatch: boolean;
}

/** After the last message that the conversation shows, whichever that is. */
const AT_HEAD: AppendPlace = {
  expectedSeq: null,
  expectedHead: null,
  parentId: undefined,
  movesHead: true,
};

/**
 * Reads one message, or `{messages, expectedSeq?, parentId?, expectedHead?, moveHead?}`, in our form or in that of any dialect.
 * @throws AppError `request.invalid_body` with a pointer for each wrong field, at most 20
 */
export function parseAppend(body: unknown): AppendInput {
  if (!isPlainObject(body)) return singleMessage(body, body);
  const { format, ...rest } = body;
  const { format: dialect = null } = validateBody(FormatDto, { format });
  if (!('messages' in rest)) {
    const [message] = toOwnForm([rest], dialect, null);
    return singleMessage(message, rest);
  }
  const given = rest['messages'];
  const own = Array.isArray(given) ? toOwnForm(given, dialect, '/messages') : given;
  const { messages, expectedSeq, expectedHead, parentId, moveHead } = validateBody(
    AppendMessagesDto,
    { ...rest, messages: own },
  );
  const place = {
    expectedSeq: expectedSeq ?? null,
    expectedHead: expectedHead ?? null,
    parentId,
    movesHead: moveHead ?? true,
  };
  refuseFaults(unstorableFaults(messages, given as unknown[], '/messages'));
  return { messages: messages.map(toNewMessage), place, isBatch: true };
}

/** @param given the message as it was sent */
function singleMessage(body: unknown, given: unknown): AppendInput {
  const message = validateBody(NewMessageDto, body);
  refuseFaults(unstorableFaults([message], [given], null));
  return { messages: [toNewMessage(message)], place: AT_HEAD, isBatch: false };
}

export function toNewMessage(message: NewMessageDto): NewMessage {
  const { role, content, metadata, key, status, leaseSeconds, createdAt } = message;
  return {
    role,
    content,
    metadata: emptyAsNull(metadata),
    ...(key == null ? {} : { key }),
    ...(status == null || status === 'complete' ? {} : { status }),
    createdAt: parseTime(createdAt) ?? undefined,
    ...(leaseSeconds == null ? {} : { leaseSeconds }),
  };
}
