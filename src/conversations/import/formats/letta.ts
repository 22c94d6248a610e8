// Reads agents of Letta (.af): their blocks become memories, their messages a conversation.
import {
  createdAt,
  isText,
  type JsonObject,
  memoryOf,
  objectsOf,
  said,
  type SourceItem,
} from './format.js';

/** In version 1 the file is one agent. In version 2 it has several. */
export const isLetta = (value: JsonObject): boolean =>
  Array.isArray(value['core_memory']) ||
  objectsOf(value['agents']).some((agent) => 'block_ids' in agent || 'messages' in agent);

export function fromLetta(value: JsonObject): SourceItem[] {
  const agents = Array.isArray(value['core_memory']) ? [value] : objectsOf(value['agents']);
  const blocks = objectsOf(value['core_memory'] ?? value['blocks']);
  return agents.flatMap((agent) => [...blocksOf(agent, blocks), ...conversationOf(agent)]);
}

function blocksOf(agent: JsonObject, blocks: JsonObject[]): SourceItem[] {
  const { name, block_ids: ids } = agent;
  const own = Array.isArray(ids) ? blocks.filter(({ id }) => ids.includes(id)) : blocks;
  return own.flatMap(({ label, value, description }) =>
    isText(value)
      ? [
          memoryOf('letta', value, {
            id: isText(name) && isText(label) ? `${name}/${label}` : null,
            agentId: isText(name) ? name : null,
            tags: isText(label) ? [label] : [],
            metadata: said({ source: 'letta', label, description }),
          }),
        ]
      : [],
  );
}

const ROLES: Readonly<Record<string, string>> = {
  ...{ user: 'user', assistant: 'assistant', system: 'system', tool: 'tool' },
};

function conversationOf(agent: JsonObject): SourceItem[] {
  const { id, name, messages, created_at: created } = agent;
  const all = objectsOf(messages);
  const known = all.filter(({ role }) => Object.hasOwn(ROLES, String(role)));
  if (known.length === 0) return [];
  const key = [name, id].filter(isText).join('/');
  const lost = all.length - known.length;
  return [
    {
      kind: 'conversation',
      name: [name, id].find(isText) ?? 'untitled',
      body: {
        importKey: `letta:${key}`,
        title: isText(name) ? name : null,
        ...createdAt(created),
        metadata: { source: 'letta', ...said({ agentId: id }) },
        messages: known.map(toMessage),
      },
      warnings: lost > 0 ? [`${lost} messages of other roles are left out`] : [],
    },
  ];
}

/** Letta's messages are those of OpenAI's chat. */
function toMessage({ role, content, text, created_at: created, ...message }: JsonObject) {
  const { tool_calls: calls, tool_call_id: callId, name } = message;
  return {
    role,
    content: content ?? text ?? null,
    ...said({ tool_calls: calls, tool_call_id: callId, name }),
    ...createdAt(created),
  };
}
