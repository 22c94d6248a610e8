// Reads sessions of Zep: their messages become a conversation, their facts memories.
import {
  createdAt,
  isObject,
  isText,
  type JsonObject,
  keyOfText,
  memoryOf,
  objectsOf,
  said,
  type SourceEntry,
  type SourceItem,
  timeOf,
} from './format.js';

const ROLES: Readonly<Record<string, string>> = {
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  ai: 'assistant',
  system: 'system',
  tool: 'tool',
  function: 'tool',
};

/** Messages with a `role_type`, or a session with messages or facts. */
export const isZep = (value: JsonObject): boolean =>
  objectsOf(value['messages']).some((message) => isText(message['role_type'])) ||
  (isText(value['session_id']) &&
    ['messages', 'facts', 'relevant_facts'].some((name) => Array.isArray(value[name])));

export function fromZep(value: JsonObject, text: string): SourceItem[] {
  const { session_id: id, user_id: userId, metadata, summary } = value;
  const messages = objectsOf(value['messages']);
  const name = isText(id) ? id : 'untitled';
  const updatedAt = timeOf(value['updated_at']);
  const conversation: SourceItem = {
    kind: 'conversation',
    name,
    body: {
      importKey: `zep:${isText(id) ? id : keyOfText(text)}`,
      ...createdAt(value['created_at']),
      ...(updatedAt === null ? {} : { updatedAt }),
      metadata: {
        ...(isObject(metadata) ? metadata : {}),
        ...said({
          source: 'zep',
          userId,
          summary: isObject(summary) ? summary['content'] : summary,
        }),
      },
      messages: messages.map(toMessage),
    },
    warnings: [],
  };
  return [...(messages.length > 0 ? [conversation] : []), ...factsIn(value)];
}

/** Earlier versions have the role in `role`, later ones in `role_type`, and a name in `role`. */
function toMessage(message: JsonObject): JsonObject {
  const { uuid, role, role_type: type, content, created_at: created, metadata } = message;
  const known = [type, role].find((one) => Object.hasOwn(ROLES, String(one)));
  const name = isText(message['name']) ? message['name'] : role;
  return {
    role: ROLES[String(known)] ?? 'user',
    content: content ?? '',
    ...createdAt(created),
    metadata: {
      ...(isObject(metadata) ? metadata : {}),
      ...said({ messageId: uuid, name: Object.hasOwn(ROLES, String(name)) ? null : name }),
    },
  };
}

/** Both lists may have the same fact. */
function factsIn({
  facts,
  relevant_facts: relevant,
  session_id: sessionId,
}: JsonObject): SourceEntry[] {
  const lists: unknown[] = [relevant, facts].flatMap((list) =>
    Array.isArray(list) ? (list as unknown[]) : [],
  );
  const memories = new Map<string, SourceEntry>();
  for (const one of lists) {
    const fact = isObject(one) ? one : { fact: one };
    const { uuid, fact: content, created_at: created, valid_at: from, invalid_at: to } = fact;
    if (!isText(content) || memories.has(content)) continue;
    const memory = memoryOf('zep', content, {
      id: uuid,
      validFrom: timeOf(from ?? created),
      validTo: timeOf(to ?? fact['expired_at']),
      metadata: said({ source: 'zep', sessionId, rating: fact['rating'] }),
    });
    memories.set(content, memory);
  }
  return [...memories.values()];
}
