// Reads messages of LangChain as they are serialised, and its standard content blocks.
import type { DialectReader, StoredMessage } from '../dialect.js';
import { inputObject } from '../as-text.js';
import { isObject, isText, objectIn, objectsIn, without } from '../fields.js';
import { from, type RawObject } from '../part.js';
import { readBlock } from './blocks.js';

const ROLES: Readonly<Record<string, StoredMessage['role']>> = {
  human: 'user',
  ai: 'assistant',
  system: 'system',
  developer: 'system',
  tool: 'tool',
  function: 'tool',
  chat: 'user',
  generic: 'user',
};

export const langChainReader: DialectReader = {
  dialect: 'langchain',

  readMessage: (raw) => readStored(raw) ?? readSerialised(raw) ?? readFlat(raw),

  isOwnMessage: ({ metadata }) =>
    Object.hasOwn(ROLES, String(metadata?.['type'])) && hasFieldsOfAll(metadata!),

  restoreMessage: ({ content, metadata }) => {
    const { type, ...beside } = metadata ?? {};
    if (!isText(type) || !Object.hasOwn(ROLES, type)) return null;
    if (type !== 'ai') return { type, data: { content, ...beside } };
    const parts = isText(content) ? [] : content;
    const calls = parts.flatMap((part) => callIn(part) ?? []);
    const said = parts.filter((part) => part['type'] !== 'tool_call');
    const own = isText(content) || calls.length === 0 || hasStandardContent(beside);
    return {
      type,
      data: { content: own ? content : contentOf(said), tool_calls: calls, ...beside },
    };
  },

  readPart: (raw, readNested) => {
    const part = readBlock(raw, readNested);
    return part && [from('langchain', raw, part)];
  },
};

/** Content beside calls that is only one text was most likely a text. */
function contentOf(said: RawObject[]): unknown {
  const [only] = said;
  if (only === undefined) return '';
  const isPlain = said.length === 1 && only['type'] === 'text' && Object.keys(only).length === 2;
  return isPlain ? only['text'] : said;
}

/** Messages of the first version of standard content have their calls in the content, too. */
const hasStandardContent = (data: RawObject): boolean =>
  objectIn(data, 'response_metadata')['output_version'] === 'v1';

/** Reads `{type, data}`, which JavaScript's and Python's histories store. */
function readStored(raw: RawObject): StoredMessage | null {
  const type = typeOf(raw['type']);
  const { data } = raw;
  return type !== null && isObject(data) && Object.keys(raw).length === 2
    ? toStored(type, data)
    : null;
}

const CLASS_NAME = /^(Human|AI|System|Tool|Function|Chat)Message(?:Chunk)?$/;

/** Chunks of a stream have the names of their classes. */
function typeOf(said: unknown): string | null {
  if (!isText(said)) return null;
  const [, name] = CLASS_NAME.exec(said) ?? [];
  const type = name?.toLowerCase() ?? said;
  return Object.hasOwn(ROLES, type) ? type : null;
}

/** Reads a message as `JSON.stringify` writes its object: the name of its class and its fields. */
function readSerialised(raw: RawObject): StoredMessage | null {
  const { lc, type, id, kwargs } = raw;
  const last: unknown = Array.isArray(id) ? id.at(-1) : undefined;
  if (lc !== 1 || type !== 'constructor' || !isText(last) || !CLASS_NAME.test(last)) return null;
  return isObject(kwargs) ? toStored(typeOf(last)!, kwargs) : null;
}

/** Fields that messages of all types have. */
const hasFieldsOfAll = (raw: RawObject): boolean =>
  'additional_kwargs' in raw || 'response_metadata' in raw;

/** Reads a message as LangGraph's server gives it: its type beside its fields. */
function readFlat(raw: RawObject): StoredMessage | null {
  const type = typeOf(raw['type']);
  const isTold = type === 'human' || type === 'ai' || hasFieldsOfAll(raw);
  return type !== null && isTold && !('role' in raw) && 'content' in raw
    ? toStored(type, raw)
    : null;
}

function toStored(type: string, data: RawObject): StoredMessage | null {
  const { content } = data;
  const calls = objectsIn(data['tool_calls']).map((call) => ({ ...call, type: 'tool_call' }));
  const role = roleOf(type, data);
  const metadata = { ...without(data, 'content', 'tool_calls'), ...besideCalls(data, calls), type };
  if (isText(content) && calls.length === 0) return { role, content, metadata };
  const parts = isText(content) ? textParts(content) : (content ?? []);
  if (!Array.isArray(parts)) return null;
  const items = (parts as unknown[]).map((part) =>
    isText(part) ? { type: 'text', text: part } : part,
  );
  return { role, content: [...items, ...newCalls(items, calls)] as RawObject[], metadata };
}

/** Bytes of calls that metadata can have a second time, in the form of the provider. */
const MAX_REPEATED_CHARACTERS = 16_384;

/** Leaves out a second form of calls that would not fit in the metadata. */
function besideCalls(data: RawObject, calls: RawObject[]): RawObject {
  const { additional_kwargs: beside } = data;
  if (calls.length === 0 || !isObject(beside) || !('tool_calls' in beside)) return {};
  return JSON.stringify(beside['tool_calls']).length <= MAX_REPEATED_CHARACTERS
    ? {}
    : { additional_kwargs: without(beside, 'tool_calls') };
}

/** Roles that a message with a role of any name may have. */
const CHAT_ROLES: Readonly<Record<string, StoredMessage['role']>> = {
  assistant: 'assistant',
  model: 'assistant',
  system: 'system',
};

const roleOf = (type: string, data: RawObject): StoredMessage['role'] => {
  const said = data['role'];
  const isChat = type === 'chat' || type === 'generic';
  return isChat && isText(said) ? (CHAT_ROLES[said] ?? 'user') : ROLES[type]!;
};

const textParts = (text: string): RawObject[] => (text === '' ? [] : [{ type: 'text', text }]);

/** Returns the calls that the content has not. */
function newCalls(parts: unknown[], calls: RawObject[]): RawObject[] {
  const known = new Set(parts.filter(isObject).map((part) => callIn(part)?.['id']));
  return calls.filter(({ id }) => id === undefined || id === null || !known.has(id));
}

/** Content may have the calls, too, in the form of the provider. */
function callIn(part: RawObject): RawObject | null {
  const { type, id, name, input, call_id: callId } = part;
  if (type === 'tool_call') return part;
  if (type === 'tool_use') return { name, args: inputObject(input), id, type: 'tool_call' };
  if (type !== 'function_call') return null;
  return { name, args: inputObject(part['arguments']), id: callId, type: 'tool_call' };
}
