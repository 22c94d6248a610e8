// Reads items of OpenAI's Responses API, and of the Agents SDK, whose names are in camel case.
import { writeJson } from '../../../platform/input/exact-json.js';
import type { DialectReader, StoredMessage } from '../dialect.js';
import {
  isObject,
  isText,
  lookUp,
  objectIn,
  objectsIn,
  textIn,
  valueIn,
  without,
} from '../fields.js';
import { from, type Part, type RawObject, type ReadPart, textPart } from '../part.js';
import { readFile, readImage, readSound } from './media.js';
import { isServerCall, isUnknownItem, readServerTool } from './server-tools.js';

const ROLES: Readonly<Record<string, StoredMessage['role']>> = {
  user: 'user',
  assistant: 'assistant',
  system: 'system',
  developer: 'system',
};

/** Item types that hold calls of tools which the application runs, and of their results. */
const CALLS = new Set([
  ...['function_call', 'custom_tool_call', 'computer_call', 'local_shell_call', 'shell_call'],
  ...['apply_patch_call', 'tool_search_call'],
]);
const RESULTS = new Set([
  ...['function_call_output', 'custom_tool_call_output', 'computer_call_output'],
  ...['local_shell_call_output', 'shell_call_output', 'apply_patch_call_output'],
  ...['function_call_result', 'computer_call_result', 'tool_search_output'],
]);
/** Items that only steer the API. */
const OTHERS = new Set([
  ...['item_reference', 'compaction', 'context_compaction', 'compaction_trigger'],
  ...['mcp_list_tools', 'additional_tools'],
]);

export const openAiResponsesReader: DialectReader = {
  dialect: 'openai-responses',

  readMessage: (raw) => {
    const { type } = raw;
    if (type === undefined ? isTypelessMessage(raw) : type === 'message')
      return readMessageItem(raw);
    const role = roleOfItem(raw);
    return role && { role, content: [raw], metadata: null };
  },

  restoreMessage: ({ role, content, metadata }) => {
    const list = isText(content) ? [] : content;
    const roles = list.map(roleOfItem);
    // An item stands by itself, and nobody but the one who makes it has it.
    if (roles.some((one) => one !== null))
      return list.length === 1 && roles[0] === role ? list[0]! : null;
    return role === 'tool'
      ? null
      : { type: 'message', role, content, ...fieldsIn(metadata ?? {}, role) };
  },

  readPart: (raw, readNested) => {
    const parts = readPart(raw, readNested);
    return parts && parts.map((part) => from('openai-responses', raw, part));
  },
};

/** Fields of a message besides its type, role and content. */
const MESSAGE_FIELDS = new Set(['id', 'status', 'phase', 'providerData']);
const isMessageField = (name: string): boolean =>
  MESSAGE_FIELDS.has(name) || name === 'role' || name === 'content';

/** The Agents SDK may leave out the type of a message. Its fields or its parts tell it. */
function isTypelessMessage(raw: RawObject): boolean {
  const names = Object.keys(raw);
  if (!names.every(isMessageField)) return false;
  const { content } = raw;
  const isTold = names.some((name) => MESSAGE_FIELDS.has(name) && name !== 'id');
  const hasOwnParts =
    Array.isArray(content) &&
    content.length > 0 &&
    content.every((part) => isObject(part) && OWN_PART.test(String(part['type'])));
  return isTold || hasOwnParts;
}

const OWN_PART = /^(?:input|output)_/;

function readMessageItem(raw: RawObject): StoredMessage | null {
  const { role: said, content } = raw;
  const role = lookUp(ROLES, said);
  if (!role || (!isText(content) && !Array.isArray(content))) return null;
  const beside = without(raw, 'role', 'content', 'type');
  const metadata = { ...beside, ...(said === role ? {} : { role: said }) };
  return {
    role,
    content: content as StoredMessage['content'],
    metadata: Object.keys(metadata).length > 0 ? metadata : null,
  };
}

/** An application's own metadata has other fields, which the API refuses. */
function fieldsIn(metadata: RawObject, role: StoredMessage['role']): RawObject {
  const fields = Object.entries(metadata).filter(
    ([name, value]) =>
      MESSAGE_FIELDS.has(name) || (name === 'role' && lookUp(ROLES, value) === role),
  );
  return Object.fromEntries(fields);
}

/** Returns who makes an item, and null for a part of a message. */
function roleOfItem(raw: RawObject): StoredMessage['role'] | null {
  const { type } = raw;
  if (!isText(type)) return null;
  if (RESULTS.has(type)) return 'tool';
  const isAssistants = CALLS.has(type) || isServerCall(type) || isOther(raw, type);
  return isAssistants || (type === 'reasoning' && isReasoning(raw)) ? 'assistant' : null;
}

/** Tells whether an item only steers the API, or is one that the Agents SDK does not know. */
const isOther = (raw: RawObject, type: string): boolean =>
  OTHERS.has(type) || type.startsWith('mcp_approval_') || isUnknownItem(raw);

function readPart(raw: RawObject, readNested: (content: unknown) => Part[]): ReadPart[] | null {
  const { type } = raw;
  if (!isText(type)) return null;
  if (type === 'input_audio' || type === 'audio') return isSound(raw) ? readSound(raw) : null;
  const part =
    readContentPart(raw, type) ??
    (CALLS.has(type) ? readCall(raw, type) : null) ??
    (RESULTS.has(type) ? readResult(raw, type, readNested) : null) ??
    (isServerCall(type) ? readServerTool(raw, type, readNested) : null) ??
    (isOther(raw, type) ? { kind: 'other' as const, text: '' } : null);
  return part && [part];
}

function readContentPart(raw: RawObject, type: string): ReadPart | null {
  switch (type) {
    case 'input_text':
    case 'output_text':
    case 'summary_text':
    case 'reasoning_text':
      return isText(raw['text']) ? { kind: 'text', text: raw['text'] } : null;
    case 'text':
      return readAssistantsText(raw);
    case 'refusal':
      return isText(raw['refusal']) ? { kind: 'refusal', text: raw['refusal'] } : null;
    case 'input_image':
    case 'computer_screenshot':
    case 'image_file':
      return readImage(raw);
    case 'image':
      return 'image' in raw ? readImage(raw) : null;
    case 'input_file':
      return readFile(raw);
    case 'file':
      return 'file' in raw ? readFile(raw) : null;
    case 'reasoning':
      return isReasoning(raw) ? readReasoning(raw) : null;
    default:
      return null;
  }
}

/** LangChain has sounds of the same type, whose data stands beside it. */
const isSound = (raw: RawObject): boolean => raw['type'] === 'input_audio' || 'audio' in raw;

/** Texts of the Assistants API are objects with a value. */
function readAssistantsText(raw: RawObject): ReadPart | null {
  const value = isObject(raw['text']) ? raw['text']['value'] : undefined;
  return isText(value) ? { kind: 'text', text: value } : null;
}

const encryptedIn = (raw: RawObject): string | null =>
  textIn(raw, 'encrypted_content', 'encryptedContent') ??
  textIn(objectIn(raw, 'providerData'), 'encrypted_content');

const isReasoning = (raw: RawObject): boolean =>
  'summary' in raw ||
  Array.isArray(raw['content']) ||
  Array.isArray(raw['rawContent']) ||
  encryptedIn(raw) !== null;

/** The Agents SDK has the summary in `content`, and what a model thought in one of two other places. */
function readReasoning(raw: RawObject): ReadPart {
  const provided = objectIn(raw, 'providerData');
  const lists = [raw['summary'], raw['content'], raw['rawContent'], provided['content']];
  const texts = lists.flatMap(objectsIn).map((part) => textIn(part, 'text'));
  const encrypted = encryptedIn(raw);
  return {
    kind: 'reasoning',
    text: texts.filter((text) => text !== null).join('\n'),
    signedBy: encrypted === null ? null : 'openai-responses',
    signature: null,
    encrypted,
  };
}

/** Calls of built-in tools have no name; their type without `_call` is it. */
function readCall(raw: RawObject, type: string): ReadPart | null {
  const name =
    textIn(raw, 'name') ?? (type === 'function_call' ? null : type.replace(/_call$/, ''));
  if (name === null) return null;
  const { actions } = raw;
  return {
    kind: 'tool-call',
    callId: textIn(raw, 'call_id', 'callId', 'id'),
    name,
    input: Array.isArray(actions)
      ? { actions }
      : (valueIn(raw, 'arguments', 'input', 'action', 'operation') ?? {}),
  };
}

function readResult(
  raw: RawObject,
  type: string,
  readNested: (content: unknown) => Part[],
): ReadPart {
  return {
    kind: 'tool-result',
    callId: textIn(raw, 'call_id', 'callId', 'id'),
    name: textIn(raw, 'name'),
    output: readOutput(raw, type, readNested),
    isError: raw['status'] === 'failed',
  };
}

function readOutput(
  { output, tools }: RawObject,
  type: string,
  readNested: (content: unknown) => Part[],
): Part[] {
  if (type === 'shell_call_output' && Array.isArray(output))
    return readNested(output.map(shellText).join('\n'));
  const isFound = type === 'tool_search_output' && Array.isArray(tools) && tools.length > 0;
  return isFound ? [{ ...textPart(writeJson(tools)), value: tools }] : readNested(output);
}

const shellText = (chunk: unknown): string =>
  isObject(chunk)
    ? [textIn(chunk, 'stdout'), textIn(chunk, 'stderr')].filter((text) => text !== null).join('\n')
    : '';
