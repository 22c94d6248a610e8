// Reads a conversation of a ChatGPT export: a tree of messages. `current_node` ends the branch that
// was displayed last.
import { ExactNumber } from '../../../platform/input/exact-json.js';
import { convertContent, isEmptyContent } from './chatgpt-content.js';
import { followBranch, type Nodes } from './chatgpt-tree.js';
import {
  FormatError,
  isObject,
  isText,
  type JsonObject,
  type SourceConversation,
} from './format.js';
import { keyOfText } from './native.js';

export const isChatGpt = (value: JsonObject): boolean => isObject(value['mapping']);

/**
 * Imports the branch that was displayed last. `otherBranches` counts the messages of the others.
 */
export function fromChatGpt(conversation: JsonObject, text: string): SourceConversation {
  const nodes = new Map(
    Object.entries(conversation['mapping'] as JsonObject).filter(
      (entry): entry is [string, JsonObject] => isObject(entry[1]),
    ),
  );
  const branch = followBranch(nodes, conversation['current_node']);
  const all = branch.map(messageIn).filter((message) => message !== null);
  const messages = all.filter(hasRole);
  const nobodys = all
    .filter((message) => !hasRole(message))
    .map(({ id }) => `message ${String(id)} does not say whose it is`);
  if (messages.length === 0 && nobodys.length > 0) throw new FormatError(nobodys[0]);
  const id = [conversation['conversation_id'], conversation['id']].find(isText);
  const { title, create_time: createTime } = conversation;
  return {
    name: [title, id].find(isText) ?? 'untitled',
    body: {
      importKey: `chatgpt:${id ?? keyOfText(text)}`,
      title,
      ...createdAt(createTime),
      metadata: { source: 'chatgpt', otherBranches: countMessages(nodes) - all.length },
      messages: messages.map(toMessage),
    },
    warnings: nobodys.map((message) => `${message}, and is left out`),
  };
}

const countMessages = (nodes: Nodes): number =>
  [...nodes.values()].filter((node) => messageIn(node) !== null).length;

/**
 * Returns the message of a node, or null. A conversation starts with a node without one, and often
 * has an empty system message.
 */
function messageIn({ message }: JsonObject): JsonObject | null {
  if (!isObject(message)) return null;
  return roleOf(message) === 'system' && isEmptyContent(message['content']) ? null : message;
}

function toMessage(message: JsonObject) {
  const { id, author, content, metadata } = message;
  const model = isObject(metadata) ? metadata['model_slug'] : undefined;
  const name = isObject(author) ? author['name'] : undefined;
  return {
    role: roleOf(message),
    content: convertContent(content),
    ...createdAt(message['create_time']),
    metadata: {
      messageId: id,
      ...(isText(model) ? { model } : {}),
      ...(isText(name) ? { name } : {}),
    },
  };
}

const roleOf = ({ author }: JsonObject): unknown => (isObject(author) ? author['role'] : undefined);

const hasRole = (message: JsonObject): boolean => isText(roleOf(message));

/** Converts seconds since 1970, with a fraction. Many messages have no time. */
function createdAt(seconds: unknown): { createdAt?: string } {
  if (typeof seconds !== 'number' && !(seconds instanceof ExactNumber)) return {};
  const time = new Date(Math.round(Number(seconds) * 1000));
  if (Number.isNaN(time.getTime()))
    throw new FormatError(`${String(seconds)} is not a time in seconds since 1970`);
  return { createdAt: time.toISOString() };
}
