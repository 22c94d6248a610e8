// Chats of the AI SDK, whose messages are kept as `UIMessage`s.
import type { Conversation } from './conversation.js';
import type { CallOptions } from './transport.js';
import type { Message, TurnRequest } from './types.js';

/** What is used of a `UIMessage`. */
export interface ChatMessage {
  id: string;
  role: string;
  parts: readonly unknown[];
}

/** Request of a turn, with messages of the AI SDK. */
export type ChatTurn = Omit<TurnRequest, 'messages' | 'format'> & {
  messages?: readonly ChatMessage[];
};

/** Loads a chat: `const messages: UIMessage[] = await loadChat(chat)`. A new one has no messages. */
export async function loadChat<M extends ChatMessage>(
  chat: Conversation,
  options: CallOptions = {},
): Promise<M[]> {
  try {
    return await chat.messagesAs<M>('ai-sdk', options).toArray();
  } catch (error) {
    if (chat.isMissing(error)) return [];
    throw error;
  }
}

/**
 * Makes the conversation show these messages, as `onFinish` of the AI SDK gives them. What is there
 * stays; the first message that is new or was changed begins a branch, and nothing is lost.
 * For chats whose model your application calls: turns of Threadkeep store their messages themselves.
 * @throws ThreadkeepError `conversation.head_moved` when somebody else has written meanwhile
 */
export async function saveChat(
  chat: Conversation,
  messages: readonly ChatMessage[],
  options: CallOptions = {},
): Promise<void> {
  const stored = await shownBy(chat, options);
  let known = 0;
  while (known < messages.length && isSame(stored[known], messages[known])) known++;
  const last = stored[known - 1];
  const added = messages.slice(known);
  if (added.length > 0) {
    const place = known < stored.length ? { parentId: last?.id ?? null } : {};
    const fields = { ...place, expectedHead: stored.at(-1)?.seq ?? 0 };
    await chat.appendAs('ai-sdk', added, fields, options);
  } else if (known < stored.length) await chat.moveHead(last?.id ?? null, options);
}

/** Begins a turn, and gives its stream as an answer to `useChat`. */
export const streamTurn = (
  chat: Conversation,
  turn: ChatTurn,
  options: CallOptions = {},
): Promise<Response> =>
  relayed(chat.openTurn({ ...turn, format: 'ai-sdk' }, { stream: 'ai-sdk' }, options));

/**
 * Gives the stream of the running turn from its start, as `resume` of `useChat` asks: 204 when none
 * runs. The page then reads its messages again, as a reply may have ended since it read them.
 */
export async function resumeTurn(chat: Conversation, options: CallOptions = {}): Promise<Response> {
  try {
    return await relayed(chat.openRunning({ stream: 'ai-sdk' }, options));
  } catch (error) {
    if (chat.isMissing(error)) return new Response(null, { status: 204 });
    throw error;
  }
}

const RELAYED_HEADERS = ['content-type', 'cache-control', 'x-vercel-ai-ui-message-stream'];

/** Without the headers that are for the client itself. */
async function relayed(answer: Promise<Response>): Promise<Response> {
  const { body, status, headers } = await answer;
  const kept = RELAYED_HEADERS.flatMap((name): [string, string][] => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return new Response(status === 204 ? null : body, {
    status: status === 204 ? 204 : 200,
    headers: kept,
  });
}

async function shownBy(chat: Conversation, options: CallOptions): Promise<Message[]> {
  try {
    return await chat.messages({ order: 'asc', limit: 100 }, options).toArray();
  } catch (error) {
    if (chat.isMissing(error)) return [];
    throw error;
  }
}

/** The id of a `UIMessage` is kept in the metadata, and its parts are the content. */
const isSame = (stored: Message | undefined, message: ChatMessage | undefined): boolean =>
  (stored?.metadata['id'] ?? stored?.id) === message?.id &&
  (stored?.metadata['id'] === undefined || ordered(stored.content) === ordered(message?.parts));

/** JSON with sorted names, so that equal values are equal texts. */
const ordered = (value: unknown): string =>
  JSON.stringify(value, (_, child: unknown) =>
    typeof child === 'object' && child !== null && !Array.isArray(child)
      ? Object.fromEntries(Object.entries(child).sort(([a], [b]) => (a < b ? -1 : 1)))
      : child,
  );
