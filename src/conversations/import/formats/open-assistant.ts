// Reads OpenAssistant: trees of messages, or their messages one by one.
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

const ASSISTANT_ROLES: Readonly<Record<string, string>> = {
  prompter: 'user',
  assistant: 'assistant',
};

const isOasstMessage = (value: unknown): boolean =>
  isObject(value) &&
  isText(value['message_id']) &&
  Object.hasOwn(ASSISTANT_ROLES, String(value['role']));

/** A tree with its first message in `prompt`, or a message of a tree. */
export const isOpenAssistant = (value: JsonObject): boolean =>
  isOasstMessage(value) || (isText(value['message_tree_id']) && isOasstMessage(value['prompt']));

/** Messages of one tree stand together in a file: they are read together. */
export const openAssistantTree = (value: JsonObject): string | null =>
  isOasstMessage(value) && isText(value['message_tree_id']) ? value['message_tree_id'] : null;

/** Shows the answers that were ranked best. @param list messages, or one tree */
export function fromOpenAssistant(list: readonly JsonObject[]): SourceItem[] {
  const nodes = nodesOf(list.map((value) => (isObject(value['prompt']) ? value['prompt'] : value)));
  const tree = treeOf(nodes, bestLeaf(nodes));
  const { messages, others, warnings } = tree;
  const name = [list[0]!['message_tree_id'], nodes[0]!.id].find(isText)!;
  return [
    {
      kind: 'conversation',
      name,
      body: {
        importKey: `oasst:${name}`,
        metadata: {
          source: 'openassistant',
          ...said({
            lang: messages[0]?.message['lang'],
            otherBranches: others > 0 ? others : null,
          }),
        },
        ...placedMessages(
          tree,
          messages.map(({ message }) => toMessage(message)),
        ),
      },
      warnings,
    },
  ];
}

const toMessage = (message: JsonObject): JsonObject => ({
  role: ASSISTANT_ROLES[String(message['role'])] ?? 'user',
  content: message['text'],
  ...createdAt(message['created_date']),
  metadata: said({ messageId: message['message_id'], rank: message['rank'] }),
});

function nodesOf(messages: JsonObject[]): SourceNode[] {
  const nodes: SourceNode[] = [];
  const open = messages.map((message) => ({ message, parent: message['parent_id'] })).reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    const { message, parent } = next;
    const id = isText(message['message_id']) ? message['message_id'] : `${nodes.length}`;
    nodes.push({ id, parent, time: timeOf(message['created_date']), message });
    for (const reply of objectsOf(message['replies']).reverse())
      open.push({ message: reply, parent: id });
  }
  return nodes;
}

function bestLeaf(nodes: SourceNode[]): string | null {
  const best = new Map<unknown, SourceNode>();
  for (const node of nodes) {
    const rival = best.get(node.parent);
    if (!rival || rankOf(node) < rankOf(rival)) best.set(node.parent, node);
  }
  let [leaf] = nodes;
  for (const seen = new Set<string>(); leaf && !seen.has(leaf.id);) {
    seen.add(leaf.id);
    leaf = best.get(leaf.id) ?? leaf;
  }
  return leaf?.id ?? null;
}

const rankOf = ({ message }: SourceNode): number =>
  typeof message?.['rank'] === 'number' ? message['rank'] : Infinity;
