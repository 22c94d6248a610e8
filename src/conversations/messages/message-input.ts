// Reads the messages of a request.
import { emptyAsNull, isPlainObject, validateBody } from '../../platform/input/index.js';
import { AppendMessagesDto, FormatDto, NewMessageDto } from '../dto/new-message.dto.js';
import { toOwnForm } from './any-message.js';
import type { MessageContent } from './message-content.js';
import type { MessageRole } from './message.entity.js';
import { refuseFaults, unstorableFaults } from './storable-messages.js';

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

/**
 * Reads one message, or `{messages, expectedSeq?}`, in our form or in that of any dialect.
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
  const { messages, expectedSeq = null } = validateBody(AppendMessagesDto, {
    ...rest,
    messages: own,
  });
  refuseFaults(unstorableFaults(messages, given as unknown[], '/messages'));
  return { messages: messages.map(toNewMessage), expectedSeq, isBatch: true };
}

/** @param given the message as it was sent */
function singleMessage(body: unknown, given: unknown): AppendInput {
  const message = validateBody(NewMessageDto, body);
  refuseFaults(unstorableFaults([message], [given], null));
  return { messages: [toNewMessage(message)], expectedSeq: null, isBatch: false };
}

export const toNewMessage = ({ role, content, metadata }: NewMessageDto): NewMessage => ({
  role,
  content,
  metadata: emptyAsNull(metadata),
});
