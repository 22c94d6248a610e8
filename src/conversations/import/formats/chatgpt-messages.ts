// Converts the messages of a ChatGPT conversation: those to a tool become calls, those of a tool
// their results.
import { convertContent } from './chatgpt-content.js';
import { createdAt, isObject, isText, type JsonObject, objectsOf, said } from './format.js';

interface Call {
  id: string;
  name: string;
}

/** @param messages of one branch, in order */
export function chatGptMessages(messages: readonly JsonObject[]): JsonObject[] {
  const calls = new Calls();
  return messages.map((message, i) => {
    const { id, author, create_time: time, recipient } = message;
    const { role, name } = author as JsonObject;
    const isCall = role === 'assistant' && isText(recipient) && recipient !== 'all';
    const call = isCall ? { id: isText(id) ? id : `call-${i + 1}`, name: recipient } : null;
    if (call) calls.add(call);
    const answered = role === 'tool' ? calls.answeredBy(name) : null;
    const content = convertContent(message['content']);
    return {
      role,
      content: call
        ? [callOf(call, message['content'], content)]
        : answered
          ? [{ type: 'tool_result', tool_call_id: answered.id, name, content }]
          : content,
      ...createdAt(time),
      metadata: { messageId: id, ...evidenceOf(message) },
    };
  });
}

/** The last calls by the name of the tool, and by its family: `web` of `web.run`. */
class Calls {
  private readonly byName = new Map<string, Call>();
  private readonly byFamily = new Map<string, Call>();

  add(call: Call): void {
    this.byName.set(call.name, call);
    this.byFamily.set(familyOf(call.name), call);
  }

  /** Returns the call that a tool of this name has answered, or null. */
  answeredBy(name: unknown): Call | null {
    if (!isText(name)) return null;
    return this.byName.get(name) ?? this.byFamily.get(familyOf(name)) ?? null;
  }
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
