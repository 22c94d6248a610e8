// Converts the messages of a ChatGPT conversation: those to a tool become calls, those of a tool
// their results.
import { convertContent } from './chatgpt-content.js';
import { createdAt, isObject, isText, type JsonObject, objectsOf, said } from './format.js';
import { type TreeMessage, walkBranches } from './tree.js';

interface Call {
  id: string;
  name: string;
}

/** @returns the messages in the same order */
export function chatGptMessages(messages: readonly TreeMessage[]): JsonObject[] {
  const { calls, answered } = callsIn(messages);
  return messages.map(({ message }, i) => {
    const { id, author, create_time: time } = message;
    const { role, name } = author as JsonObject;
    const call = calls[i];
    const content = convertContent(message['content']);
    return {
      role,
      content: call
        ? [callOf(call, message['content'], content)]
        : answered[i]
          ? [{ type: 'tool_result', tool_call_id: answered[i].id, name, content }]
          : content,
      ...createdAt(time),
      metadata: { messageId: id, ...evidenceOf(message) },
    };
  });
}

/** Finds the calls, and which of those before it on its branch each result answers. */
function callsIn(messages: readonly TreeMessage[]): {
  calls: (Call | null)[];
  answered: (Call | null)[];
} {
  const calls = messages.map(({ message }, i) => toCall(message, i));
  const answered = messages.map((): Call | null => null);
  const open = new Calls();
  walkBranches(
    messages,
    (i) => {
      const { role, name } = messages[i]!.message['author'] as JsonObject;
      if (role === 'tool') answered[i] = open.answeredBy(name);
      if (calls[i]) open.add(calls[i]);
    },
    (i) => {
      if (calls[i]) open.remove(calls[i]);
    },
  );
  return { calls, answered };
}

function toCall({ id, author, recipient }: JsonObject, index: number): Call | null {
  const { role } = author as JsonObject;
  if (role !== 'assistant' || !isText(recipient) || recipient === 'all') return null;
  return { id: isText(id) ? id : `call-${index + 1}`, name: recipient };
}

/** The calls of a branch by the name of the tool, and by its family: `web` of `web.run`. */
class Calls {
  private readonly byName = new Map<string, Call[]>();
  private readonly byFamily = new Map<string, Call[]>();

  add(call: Call): void {
    for (const calls of this.like(call)) calls.push(call);
  }

  /** Takes the last call away. */
  remove(call: Call): void {
    for (const calls of this.like(call)) calls.pop();
  }

  /** Returns the last call that a tool of this name has answered, or null. */
  answeredBy(name: unknown): Call | null {
    if (!isText(name)) return null;
    const { byName, byFamily } = this;
    return byName.get(name)?.at(-1) ?? byFamily.get(familyOf(name))?.at(-1) ?? null;
  }

  private like({ name }: Call): [Call[], Call[]] {
    return [listAt(this.byName, name), listAt(this.byFamily, familyOf(name))];
  }
}

function listAt(lists: Map<string, Call[]>, key: string): Call[] {
  const known = lists.get(key);
  if (known) return known;
  const list: Call[] = [];
  lists.set(key, list);
  return list;
}

const familyOf = (name: string): string => name.split('.', 1)[0]!;

function callOf({ id, name }: Call, source: unknown, content: string | JsonObject[]): JsonObject {
  const language = isObject(source) ? source['language'] : undefined;
  return {
    type: 'tool_call',
    id,
    name,
    input: inputOf(source, content),
    ...(isText(language) && language !== 'unknown' ? { language } : {}),
  };
}

/** Code is the text itself; other tools get JSON. */
function inputOf(source: unknown, content: string | JsonObject[]): unknown {
  const text = isObject(source) && isText(source['text']) ? source['text'] : content;
  if (typeof text !== 'string') return { content: text };
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : text;
  } catch {
    return text;
  }
}

/** What a message has besides its words: model, attachments, sources, and whether it was seen. */
function evidenceOf({ author, recipient, status, weight, metadata }: JsonObject): JsonObject {
  const beside = isObject(metadata) ? metadata : {};
  const finish = beside['finish_details'];
  const isWhole =
    isObject(finish) && (finish['type'] === 'stop' || finish['type'] === 'finished_successfully');
  return said({
    model: beside['model_slug'],
    name: isObject(author) ? author['name'] : null,
    recipient: recipient === 'all' ? null : recipient,
    status: status === 'finished_successfully' ? null : status,
    weight: weight === 1 ? null : weight,
    is_visually_hidden_from_conversation:
      beside['is_visually_hidden_from_conversation'] === true ? true : null,
    finish_details: isWhole ? null : finish,
    attachments: beside['attachments'],
    citations: objectsOf(beside['citations']).map(sourceOf),
    content_references: objectsOf(beside['content_references']).map(sourceOf),
    voice_mode_message: beside['voice_mode_message'] === true ? true : null,
  });
}

/** Keeps where words come from. The texts of the pages would exceed what metadata may have. */
const sourceOf = (reference: JsonObject): JsonObject => ({
  ...addressOf(reference),
  ...said({
    matched_text: reference['matched_text'],
    type: reference['type'],
    start_ix: reference['start_ix'] ?? reference['start_idx'],
    end_ix: reference['end_ix'] ?? reference['end_idx'],
    items: objectsOf(reference['items']).map(addressOf),
    ...(isObject(reference['metadata']) ? addressOf(reference['metadata']) : {}),
  }),
});

const addressOf = ({ title, url, id, name }: JsonObject): JsonObject =>
  said({ title, url, id, name });
