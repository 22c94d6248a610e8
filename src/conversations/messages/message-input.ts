// Reads the messages of a request.
import { emptyAsNull, isPlainObject, validateBody } from '../../platform/input/index.js';
import { AppendMessagesDto, NewMessageDto } from '../dto/new-message.dto.js';
import type { MessageContent } from './message-content.js';
import type { MessageRole } from './message.entity.js';

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
 * Reads one message, or `{messages, expectedSeq?}`.
 * @throws AppError `request.invalid_body` with a pointer for each wrong field, at most 20
 */
export function parseAppend(body: unknown): AppendInput {
  if (!isPlainObject(body) || !('messages' in body)) {
    const message = toNewMessage(validateBody(NewMessageDto, body));
    return { messages: [message], expectedSeq: null, isBatch: false };
  }
  const { messages, expectedSeq = null } = validateBody(AppendMessagesDto, body);
  return { messages: messages.map(toNewMessage), expectedSeq, isBatch: true };
}

export const toNewMessage = ({ role, content, metadata }: NewMessageDto): NewMessage => ({
  role,
  content,
  metadata: emptyAsNull(metadata),
});
