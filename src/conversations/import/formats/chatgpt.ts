// Reads a conversation of a ChatGPT export: a tree of messages. `current_node` ends the branch that
// was displayed last.
import { chatGptMessages } from './chatgpt-messages.js';
import { isEmptyContent } from './chatgpt-content.js';
import {
  createdAt,
  FormatError,
  isObject,
  isText,
  type JsonObject,
  keyOfText,
  memoryOf,
  said,
  type SourceItem,
  type SourceEntry,
  timeOf,
} from './format.js';
import { placedMessages, type SourceNode, treeOf } from './tree.js';

export const isChatGpt = (value: JsonObject): boolean => isObject(value['mapping']);

/**
 * Imports all branches, and shows the one that was displayed last. `otherBranches` counts the messages of
 * the others.
 * What ChatGPT remembered of the user is offered as memories.
 */
export function fromChatGpt(conversation: JsonObject, text: string): SourceItem[] {
  const { title, mapping, current_node: head } = conversation;
  const given = Object.entries(mapping as JsonObject).flatMap(([id, node]) =>
    isObject(node) ? [toNode(id, node)] : [],
  );
  const nodes = given.map((node) => (isNobodys(node) ? { ...node, message: null } : node));
  const tree = treeOf(nodes, head);
  const { messages, others, warnings } = tree;
  const nobodys = given.filter(isNobodys).map(({ message }) => nobodysWarning(message!));
  if (messages.length === 0 && nobodys.length > 0) throw new FormatError(nobodys[0]);
  const id = [conversation['conversation_id'], conversation['id']].find(isText);
  const updatedAt = timeOf(conversation['update_time']);
  return [
    {
      kind: 'conversation',
      name: [title, id].find(isText) ?? 'untitled',
      body: {
        importKey: `chatgpt:${id ?? keyOfText(text)}`,
        title,
        ...createdAt(conversation['create_time']),
        ...(updatedAt === null ? {} : { updatedAt }),
        ...(conversation['is_archived'] === true ? { status: 'archived' } : {}),
        metadata: { source: 'chatgpt', otherBranches: others, ...fieldsOf(conversation) },
        ...placedMessages(tree, chatGptMessages(messages)),
      },
      warnings: [...nobodys.map((warning) => `${warning}, and is left out`), ...warnings],
    },
    ...memoriesIn(messages.map(({ message }) => message)),
  ];
}

const fieldsOf = (conversation: JsonObject): JsonObject =>
  said({
    gizmoId: conversation['gizmo_id'],
    projectId: conversation['conversation_template_id'],
    defaultModel: conversation['default_model_slug'],
    voice: conversation['voice'],
    isStarred: conversation['is_starred'] === true ? true : null,
    pluginIds: conversation['plugin_ids'],
  });

/** A conversation starts with a node without a message, and often has an empty system message. */
function toNode(id: string, { parent, message }: JsonObject): SourceNode {
  const isMessage =
    isObject(message) && !(roleOf(message) === 'system' && isEmptyContent(message['content']));
  const time = isMessage ? timeOf(message['create_time']) : null;
  return { id, parent, time, message: isMessage ? message : null };
}

const roleOf = ({ author }: JsonObject): unknown => (isObject(author) ? author['role'] : undefined);

const isNobodys = ({ message }: SourceNode): boolean =>
  message !== null && !isText(roleOf(message));

const nobodysWarning = ({ id }: JsonObject): string =>
  `message ${isText(id) ? id : ''} does not say whose it is`;

/** A line is `1. [2024-05-01]. User is allergic to peanuts.` */
const MEMORY_LINE = /^\d+\.\s*(?:\[(\d{4}-\d\d-\d\d)\]\.?\s*)?(\S.*)$/;

/** Branches may have the same ones. */
function memoriesIn(messages: JsonObject[]): SourceEntry[] {
  const memories = messages.flatMap(memoriesOf);
  return [...new Map(memories.map((memory) => [memory.body.metadata.importKey, memory])).values()];
}

function memoriesOf({ content }: JsonObject): SourceEntry[] {
  const text = isObject(content) ? content['model_set_context'] : undefined;
  if (!isText(text)) return [];
  return text.split('\n').flatMap((line) => {
    const [, validFrom, fact] = MEMORY_LINE.exec(line.trim()) ?? [];
    return fact ? [memoryOf('chatgpt-memory', fact, { validFrom, isOffered: true })] : [];
  });
}
