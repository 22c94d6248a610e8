// Reads data sets of conversations: ShareGPT, OpenAssistant, and LMSYS with its arena.
import {
  createdAt,
  isObject,
  isText,
  type JsonObject,
  keyOfText,
  objectsOf,
  said,
  type SourceItem,
} from './format.js';
import { branchTo, othersWarning, type SourceNode } from './tree.js';

const turnsOf = (value: JsonObject): JsonObject[] =>
  objectsOf(value['conversations'] ?? value['items']);

export const isShareGpt = (value: JsonObject): boolean => {
  const [first] = turnsOf(value);
  return first !== undefined && 'from' in first && 'value' in first;
};

const SHARE_GPT_ROLES: Readonly<Record<string, string>> = {
  ...{ human: 'user', user: 'user', gpt: 'assistant', assistant: 'assistant', bing: 'assistant' },
  ...{ chatgpt: 'assistant', bard: 'assistant', model: 'assistant', system: 'system' },
  ...{ tool: 'tool', observation: 'tool', function_response: 'tool', function_call: 'assistant' },
};

export function fromShareGpt(value: JsonObject, text: string): SourceItem[] {
  const { id, system, tools } = value;
  const turns = turnsOf(value);
  const known = turns.filter(({ from }) => Object.hasOwn(SHARE_GPT_ROLES, String(from)));
  const lost = turns.length - known.length;
  const key = isText(id) ? id : keyOfText(text);
  const messages = known.map(({ from, value: content, weight }) => ({
    role: SHARE_GPT_ROLES[from as string],
    content: isText(content) ? content : '',
    metadata: said({ from: isText(SHARE_GPT_ROLES[from as string]) ? from : null, weight }),
  }));
  return [
    {
      kind: 'conversation',
      name: key,
      body: {
        importKey: `sharegpt:${key}`,
        metadata: { source: 'sharegpt', ...said({ tools }) },
        messages: [...(isText(system) ? [{ role: 'system', content: system }] : []), ...messages],
      },
      warnings: lost > 0 ? [`${lost} messages of unknown speakers are left out`] : [],
    },
  ];
}

/** The fields with a conversation: one, or the two of a battle. */
const LMSYS_FIELDS = ['conversation', 'conversation_a', 'conversation_b'] as const;

const hasRoles = (list: unknown): boolean => {
  const [first] = objectsOf(list);
  return first !== undefined && 'role' in first && 'content' in first;
};

export const isLmsys = (value: JsonObject): boolean =>
  LMSYS_FIELDS.some((name) => hasRoles(value[name]));

export function fromLmsys(value: JsonObject, text: string): SourceItem[] {
  const id = [value['conversation_id'], value['question_id'], value['id']].find(isText);
  return LMSYS_FIELDS.filter((name) => hasRoles(value[name])).map((name) => {
    const side = name.slice('conversation'.length);
    const key = `${id ?? keyOfText(text)}${side.replace('_', ':')}`;
    const { winner, language, redacted } = value;
    const model = value[`model${side}`];
    return {
      kind: 'conversation',
      name: key,
      body: {
        importKey: `lmsys:${key}`,
        ...createdAt(value['tstamp'] ?? value['timestamp']),
        metadata: { source: 'lmsys', ...said({ model, winner, language, redacted }) },
        messages: objectsOf(value[name]).map(({ role, content }) => ({ role, content })),
      },
      warnings: [],
    };
  });
}

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

/** Follows the answers that were ranked best. @param list messages, or one tree */
export function fromOpenAssistant(list: readonly JsonObject[]): SourceItem[] {
  const nodes = nodesOf(list.map((value) => (isObject(value['prompt']) ? value['prompt'] : value)));
  const { path, others } = branchTo(nodes, bestLeaf(nodes));
  const tree = [list[0]!['message_tree_id'], nodes[0]!.id].find(isText)!;
  return [
    {
      kind: 'conversation',
      name: tree,
      body: {
        importKey: `oasst:${tree}`,
        metadata: {
          source: 'openassistant',
          ...said({ lang: path[0]?.message?.['lang'], otherBranches: others > 0 ? others : null }),
        },
        messages: path.map(({ message }) => ({
          role: ASSISTANT_ROLES[String(message!['role'])] ?? 'user',
          content: message!['text'],
          ...createdAt(message!['created_date']),
          metadata: said({ messageId: message!['message_id'], rank: message!['rank'] }),
        })),
      },
      warnings: othersWarning(others),
    },
  ];
}

function nodesOf(messages: JsonObject[]): SourceNode[] {
  const nodes: SourceNode[] = [];
  const open = messages.map((message) => ({ message, parent: message['parent_id'] })).reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    const { message, parent } = next;
    const id = isText(message['message_id']) ? message['message_id'] : `${nodes.length}`;
    nodes.push({ id, parent, time: null, message });
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
