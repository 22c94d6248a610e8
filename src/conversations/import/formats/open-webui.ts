// Reads a chat as Open WebUI exports it: a tree of messages in `chat.history`, or a list.
import {
  createdAt,
  isObject,
  isText,
  type JsonObject,
  keyOfText,
  objectsOf,
  said,
  type SourceItem,
  timeOf,
} from './format.js';
import { placedMessages, type SourceNode, treeOf } from './tree.js';

const hasMessages = ({ history, messages }: JsonObject): boolean =>
  (isObject(history) && isObject(history['messages'])) ||
  objectsOf(messages).some((message) => 'childrenIds' in message);

export const isOpenWebUi = (value: JsonObject): boolean =>
  hasMessages(isObject(value['chat']) ? value['chat'] : value);

export function fromOpenWebUi(value: JsonObject, text: string): SourceItem[] {
  const chat = isObject(value['chat']) ? value['chat'] : value;
  const title = [value['title'], chat['title']].find(isText) ?? null;
  const id = [value['id'], chat['id']].find(isText);
  const tree = treeOf(nodesOf(chat), headOf(chat));
  const updatedAt = timeOf(value['updated_at']);
  const { archived, pinned, folder_id: folderId, meta } = value;
  const tags = (isObject(meta) ? meta['tags'] : undefined) ?? chat['tags'];
  return [
    {
      kind: 'conversation',
      name: title ?? id ?? 'untitled',
      body: {
        importKey: `open-webui:${id ?? keyOfText(text)}`,
        title,
        ...createdAt(value['created_at'] ?? chat['timestamp']),
        ...(updatedAt === null ? {} : { updatedAt }),
        ...(archived === true ? { status: 'archived' } : {}),
        ...(Array.isArray(tags) ? { tags: tags.filter(isText) } : {}),
        metadata: {
          source: 'open-webui',
          ...said({
            otherBranches: tree.others > 0 ? tree.others : null,
            pinned: pinned === true ? true : null,
            folderId,
            models: chat['models'],
            params: chat['params'],
          }),
        },
        ...placedMessages(
          tree,
          tree.messages.map(({ message }) => toMessage(message)),
        ),
      },
      warnings: tree.warnings,
    },
  ];
}

const headOf = ({ history }: JsonObject): unknown =>
  isObject(history) ? history['currentId'] : null;

function nodesOf({ history, messages }: JsonObject): SourceNode[] {
  const tree = isObject(history) && isObject(history['messages']) ? history['messages'] : {};
  const list = objectsOf(Object.values(tree));
  return (list.length > 0 ? list : objectsOf(messages)).map((message, i) => ({
    id: isText(message['id']) ? message['id'] : `${i}`,
    parent: message['parentId'],
    time: timeOf(message['timestamp']),
    message,
  }));
}

function toMessage(message: JsonObject): JsonObject {
  const { id, role, content, timestamp, model, error } = message;
  const reason = isObject(error) ? error['content'] : null;
  return {
    role,
    content: content === '' && isText(reason) ? reason : (content ?? ''),
    ...createdAt(timestamp),
    metadata: said({
      messageId: id,
      model,
      files: message['files'],
      sources: objectsOf(message['sources'] ?? message['citations']).map(withoutTexts),
      error,
      feedback: message['annotation'],
    }),
  };
}

/** The texts of sources would exceed what metadata may have. */
const withoutTexts = ({ source, metadata }: JsonObject): JsonObject => said({ source, metadata });
