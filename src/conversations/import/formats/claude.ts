// Reads the export of Claude.ai: conversations with `chat_messages`, and what Claude remembers.
import {
  createdAt,
  isObject,
  isText,
  type JsonObject,
  keyOfText,
  memoryOf,
  objectsOf,
  said,
  type SourceItem,
  timeOf,
} from './format.js';
import { listOf, placedMessages, type SourceNode, type SourceTree, treeOf } from './tree.js';

export const isClaude = (value: JsonObject): boolean => Array.isArray(value['chat_messages']);
export const isClaudeMemory = (value: JsonObject): boolean => 'conversations_memory' in value;

export function fromClaude(conversation: JsonObject, text: string): SourceItem[] {
  const { uuid, name, created_at: created, updated_at: updated } = conversation;
  const tree = treeIn(conversation);
  const { others, warnings } = tree;
  const updatedAt = timeOf(updated);
  const lost = objectsOf(conversation['chat_messages']).filter(isNobodys).length;
  return [
    {
      kind: 'conversation',
      name: [name, uuid].find(isText) ?? 'untitled',
      body: {
        importKey: `claude:${isText(uuid) ? uuid : keyOfText(text)}`,
        title: isText(name) ? name : null,
        ...createdAt(created),
        ...(updatedAt === null ? {} : { updatedAt }),
        metadata: { source: 'claude', ...fieldsOf(conversation, others) },
        ...placedMessages(
          tree,
          tree.messages.map(({ message }) => toMessage(message)),
        ),
      },
      warnings: [
        ...(lost > 0 ? [`${lost} messages of nobody known are left out`] : []),
        ...warnings,
      ],
    },
  ];
}

/** What Claude remembers of the user, and of projects, is offered as memories. */
export function fromClaudeMemory(value: JsonObject): SourceItem[] {
  const { conversations_memory: about, project_memories: projects } = value;
  const texts = [about, ...(isObject(projects) ? Object.values(projects) : [])].filter(isText);
  return texts.map((text) => memoryOf('claude-memory', text, { kind: 'summary', isOffered: true }));
}

const fieldsOf = (conversation: JsonObject, others: number): JsonObject =>
  said({
    otherBranches: others > 0 ? others : null,
    summary: conversation['summary'],
    model: conversation['model'],
    project: conversation['project_uuid'],
    isStarred: conversation['is_starred'] === true ? true : null,
  });

/** Older exports have no parents: their messages are a list. */
function treeIn(conversation: JsonObject): SourceTree {
  const list = objectsOf(conversation['chat_messages']);
  return list.some((message) => isText(message['parent_message_uuid']))
    ? treeOf(list.map(toNode), conversation['current_leaf_message_uuid'])
    : listOf(list.filter((message) => !isNobodys(message)));
}

function toNode(message: JsonObject, index: number): SourceNode {
  const { uuid, parent_message_uuid: parent, created_at: created } = message;
  const known = isNobodys(message) ? null : message;
  return { id: isText(uuid) ? uuid : `${index}`, parent, time: timeOf(created), message: known };
}

const isNobodys = ({ sender }: JsonObject): boolean => !Object.hasOwn(ROLES, String(sender));

const ROLES: Readonly<Record<string, string>> = { human: 'user', assistant: 'assistant' };

function toMessage(message: JsonObject): JsonObject {
  const { uuid, sender, text, created_at: created, files } = message;
  const blocks = withIds(objectsOf(message['content']), String(uuid));
  const documents = objectsOf(message['attachments']).flatMap(documentOf);
  const parts = [...documents, ...blocks];
  return {
    role: ROLES[sender as string],
    content: parts.length > 0 ? parts : isText(text) ? text : '',
    ...createdAt(created),
    metadata: said({
      messageId: uuid,
      files: objectsOf(files),
      attachments: objectsOf(message['attachments']).map(withoutContent),
    }),
  };
}

const withoutContent = (attachment: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(attachment).filter(([name]) => name !== 'extracted_content'));

/** Turns an attached file into a document with the text that was extracted from it. */
function documentOf({ file_name: title, extracted_content: data }: JsonObject): JsonObject[] {
  if (!isText(data)) return [];
  const source = { type: 'text', media_type: 'text/plain', data };
  return [{ type: 'document', ...(isText(title) ? { title } : {}), source }];
}

/** Some exports tell neither the id of a call nor of which call a result is. */
function withIds(blocks: JsonObject[], messageId: string): JsonObject[] {
  const open = new Map<unknown, unknown>();
  return blocks.map((block, i) => {
    const { type, name } = block;
    const kept = said(block);
    const ownId = `${messageId}-${i + 1}`;
    if (type === 'tool_use') {
      const id = kept['id'] ?? ownId;
      open.set(name, id);
      return { input: {}, ...kept, id };
    }
    if (type === 'tool_result')
      return { content: [], ...kept, tool_use_id: kept['tool_use_id'] ?? open.get(name) ?? ownId };
    return isText(type) ? kept : { ...kept, type: 'unknown' };
  });
}
