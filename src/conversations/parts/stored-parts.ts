// Reads a stored message into parts. Some dialects have a part of a message beside its content.
import type { StoredMessage } from './dialect.js';
import { isObject, objectIn, objectsIn, textIn, valueIn } from './fields.js';
import {
  isToolCall,
  isToolResult,
  type Part,
  type RawObject,
  searchedWordsOf,
  type ToolCallPart,
  wordsOf,
} from './part.js';
import { readParts } from './readers.js';

/** Metadata fields that name the call which a message of role tool answers. */
const CALL_ID_FIELDS = ['tool_call_id', 'toolCallId', 'tool_use_id', 'toolUseId', 'call_id'];

export function partsOf({ role, content, metadata }: StoredMessage): Part[] {
  const fields = metadata ?? {};
  const parts = readParts(content);
  if (role === 'tool') return parts.some(isToolResult) ? parts : [messageAsResult(fields, parts)];
  return role === 'assistant'
    ? [...withServerResults(parts), ...callsBeside(fields, content)]
    : parts;
}

/** In a ModelMessage only the call tells that the provider ran the tool. */
function withServerResults(parts: Part[]): Part[] {
  const calls = parts.filter(({ kind }) => kind === 'server-tool-call') as ToolCallPart[];
  if (calls.length === 0) return parts;
  const ids = new Set(calls.map(({ callId }) => callId));
  return parts.map((part) =>
    isToolResult(part) && ids.has(part.callId) ? { ...part, kind: 'server-tool-result' } : part,
  );
}

/** LangChain's messages have calls twice: as it knows them, and as the provider gave them. */
function callsBeside(metadata: RawObject, content: StoredMessage['content']): Part[] {
  const calls = callsInMetadata(metadata);
  if (calls.length === 0 || typeof content === 'string') return calls;
  const known = new Set(
    readParts(content)
      .filter(isToolCall)
      .map(({ callId }) => callId),
  );
  return calls.filter(({ callId }) => callId === null || !known.has(callId));
}

/** A message of role tool is one result. Its metadata names the call. */
const messageAsResult = (metadata: RawObject, output: Part[]): Part => ({
  kind: 'tool-result',
  callId: textIn(metadata, ...CALL_ID_FIELDS, 'callId', 'id'),
  name: textIn(metadata, 'name', 'tool_name', 'toolName'),
  output,
  isError: metadata['is_error'] === true || metadata['status'] === 'error',
  dialect: null,
  original: null,
});

/** Reads calls in metadata, where applications keep those of OpenAI's and LangChain's messages. */
function callsInMetadata(metadata: RawObject): ToolCallPart[] {
  const calls =
    valueIn(metadata, 'tool_calls', 'toolCalls') ??
    valueIn(objectIn(metadata, 'additional_kwargs'), 'tool_calls');
  return objectsIn(calls).flatMap((call) => {
    const named = isObject(call['function']) ? { ...call, ...call['function'] } : call;
    const name = textIn(named, 'name', 'toolName', 'tool_name');
    if (name === null) return [];
    return {
      kind: 'tool-call' as const,
      callId: textIn(named, 'call_id', ...CALL_ID_FIELDS, 'id'),
      name,
      input: valueIn(named, 'input', 'arguments', 'args') ?? {},
      dialect: null,
      original: null,
    };
  });
}

/** Returns the words of content that a person searches for. Parts are lines. */
export const contentWords = (content: StoredMessage['content']): string =>
  typeof content === 'string' ? content : joinLines(readParts(content).map(searchedWordsOf));

/** Returns the words by which a message is counted, those of calls in its metadata included. */
export const messageWords = (message: StoredMessage): string =>
  typeof message.content === 'string' && !hasPartsBeside(message)
    ? message.content
    : joinLines(partsOf(message).map(wordsOf));

/** True when the metadata has calls that the content has not. */
export const hasPartsBeside = ({ role, content, metadata }: StoredMessage): boolean =>
  role === 'assistant' && metadata !== null && callsBeside(metadata, content).length > 0;

const joinLines = (lines: string[]): string => lines.filter((line) => line !== '').join('\n');
