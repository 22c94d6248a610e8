// Reads a conversation as LibreChat exports it: a list of messages, or their tree.
import {
  createdAt,
  isObject,
  isText,
  type JsonObject,
  objectsOf,
  said,
  type SourceItem,
  timeOf,
} from './format.js';
import { placedMessages, type SourceNode, treeOf } from './tree.js';

export const isLibreChat = (value: JsonObject): boolean =>
  isText(value['conversationId']) &&
  (Array.isArray(value['messagesTree']) ||
    objectsOf(value['messages']).some((message) => 'isCreatedByUser' in message));

export function fromLibreChat(conversation: JsonObject): SourceItem[] {
  const { conversationId, title, endpoint, options, messages, messagesTree } = conversation;
  const tree = treeOf(nodesOf(objectsOf(messagesTree ?? messages)), null);
  const model = isObject(options) ? options['model'] : undefined;
  return [
    {
      kind: 'conversation',
      name: isText(title) ? title : String(conversationId),
      body: {
        importKey: `librechat:${String(conversationId)}`,
        title: isText(title) ? title : null,
        metadata: {
          source: 'librechat',
          ...said({ endpoint, model, otherBranches: tree.others > 0 ? tree.others : null }),
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

/** A tree has the answers to a message in its `children`. */
function nodesOf(messages: JsonObject[]): SourceNode[] {
  const nodes: SourceNode[] = [];
  const open = [...messages].reverse();
  for (let message = open.pop(); message; message = open.pop()) {
    const { children, ...fields } = message;
    const { messageId, parentMessageId: parent, createdAt: created } = fields;
    const id = isText(messageId) ? messageId : `${nodes.length}`;
    nodes.push({ id, parent, time: timeOf(created), message: fields });
    for (const child of objectsOf(children).reverse())
      open.push('parentMessageId' in child ? child : { ...child, parentMessageId: id });
  }
  return nodes;
}

function toMessage(message: JsonObject): JsonObject {
  const { messageId, text, sender, isCreatedByUser, content, model, createdAt: created } = message;
  const parts = objectsOf(content).flatMap(partsOf);
  return {
    role: isCreatedByUser === true ? 'user' : 'assistant',
    content: parts.length > 0 ? parts : isText(text) ? text : '',
    ...createdAt(created),
    metadata: said({
      messageId,
      name: sender,
      model,
      files: message['files'],
      attachments: message['attachments'],
      feedback: message['feedback'],
      error: message['error'] === true ? true : null,
      unfinished: message['unfinished'] === true ? true : null,
    }),
  };
}

/** A tool call has its output, too. */
function partsOf(part: JsonObject): JsonObject[] {
  const { type, text, think, error, tool_call: call } = part;
  if (type === 'text')
    return [{ type, text: isObject(text) ? (text['value'] ?? '') : (text ?? '') }];
  if (type === 'think') return [{ type: 'reasoning', text: think }];
  if (type === 'error') return [{ type: 'text', text: isText(error) ? error : (text ?? '') }];
  if (type !== 'tool_call' || !isObject(call))
    return [isText(type) ? part : { type: 'unknown', value: part }];
  const { id, name, args, output } = call;
  return [
    { type: 'tool_call', id, name, input: args },
    ...(output === undefined || output === null
      ? []
      : [{ type: 'tool_result', tool_call_id: id, name, content: output }]),
  ];
}
