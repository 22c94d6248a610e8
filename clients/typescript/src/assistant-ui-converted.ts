// Messages that the service converts to the AI SDK, and the stored messages that they come from.
import { textsOf, uiMessage } from './assistant-ui-messages.js';
import type { Message } from './types.js';

/** A `UIMessage`. */
export interface ConvertedMessage {
  id: string;
  role: Message['role'];
  parts: { type?: string }[];
  metadata?: Record<string, unknown>;
}

/** A message that is shown, and the stored messages that it comes from. */
export interface ShownMessage {
  message: ConvertedMessage;
  first: Message;
  last: Message;
}

/** Stored messages that the service writes as one. */
interface Group {
  /** The id that the message was written with; null where the service numbers it. */
  ownId: string | null;
  /** Null for a message that the service may write as several. */
  role: Message['role'] | null;
  first: Message;
  last: Message;
}

/**
 * Gives each converted message an id of a stored one, because the service numbers those that it
 * writes anew. What cannot be matched is shown by the texts of the stored messages.
 * @param stored a page of messages, oldest first
 * @param converted the same page as the service converts it
 */
export function shownMessages(
  stored: readonly Message[],
  converted: readonly ConvertedMessage[],
): ShownMessage[] {
  const groups = groupsOf(stored);
  const isMatched = groups.length === converted.length && groups.every(isWrittenAs(converted));
  if (!isMatched) return shownTexts(stored);
  return groups.map(({ ownId, first, last }, i) => {
    const message = { ...converted[i]!, id: ownId ?? first.id };
    return { message, first, last };
  });
}

const isWrittenAs =
  (converted: readonly ConvertedMessage[]) =>
  ({ ownId, role }: Group, i: number): boolean =>
    converted[i]?.role === role && (ownId === null || converted[i]?.id === ownId);

function groupsOf(stored: readonly Message[]): Group[] {
  const groups: Group[] = [];
  for (const message of stored) {
    const before = groups.at(-1);
    const ownId = uiMessage(message)?.id ?? null;
    const role = ownId === null ? speakerOf(message) : message.role;
    // What an assistant says and what its tools answer become one message.
    const isJoined = role === 'assistant' && before?.role === role && before.ownId === null;
    if (message.erased || (isJoined && ownId === null)) {
      if (before) before.last = message;
    } else groups.push({ ownId, role, first: message, last: message });
  }
  return groups;
}

/** Results of tools stand in the message of the assistant. */
function speakerOf({ role, content }: Message): Group['role'] {
  if (role === 'tool') return 'assistant';
  if (role !== 'user' || typeof content === 'string') return role;
  const results = content.filter(isResult).length;
  if (results === 0) return role;
  return results === content.length ? 'assistant' : null;
}

const isResult = (part: { type?: string }): boolean =>
  part.type === 'tool_result' || 'toolResult' in part || 'functionResponse' in part;

/** A message without a text is hidden: what follows it stands behind it all the same. */
function shownTexts(stored: readonly Message[]): ShownMessage[] {
  const shown: ShownMessage[] = [];
  for (const message of stored) {
    const found = message.erased ? null : (uiMessage(message) ?? textMessage(message));
    const before = shown.at(-1);
    if (found) shown.push({ message: found, first: message, last: message });
    else if (before) before.last = message;
  }
  return shown;
}

function textMessage(message: Message): ConvertedMessage | null {
  const texts = textsOf(message);
  const parts = texts.map((text) => ({ type: 'text', text }));
  return texts.length === 0 ? null : { id: message.id, role: message.role, parts };
}
