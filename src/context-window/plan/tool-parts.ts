// Finds tool calls and results in a message, whichever of the usual shapes its parts have: OpenAI's, Anthropic's, or the AI SDK's.
import type { ContentPart, MessageContent, MessageRole } from '../../conversations/index.js';
import { isPlainObject } from '../../platform/input/json-value.js';

export interface ToolCall {
  id: string;
  name: string;
  /** An object, or the text of one, as it was stored. */
  input: unknown;
}

export interface ToolResult {
  /** Null when the message does not say which call it answers. */
  callId: string | null;
  output: unknown;
  isError: boolean;
}

export interface ReadContent {
  calls: ToolCall[];
  results: ToolResult[];
  /** What is neither: texts, images, files, reasoning. */
  parts: ContentPart[];
}

type Fields = Record<string, unknown>;

const CALL_TYPES = new Set(['tool_call', 'tool-call', 'tool_use', 'function_call']);
const RESULT_TYPES = new Set([
  'tool_result',
  'tool-result',
  'function_call_output',
  'tool_call_output',
]);
/** `id` last: in a function call of OpenAI's Responses it names the item, and `call_id` the call. */
const CALL_IDS = ['call_id', 'callId', 'tool_call_id', 'toolCallId', 'id'];
const RESULT_IDS = [
  'tool_use_id',
  'toolUseId',
  'tool_call_id',
  'toolCallId',
  'call_id',
  'callId',
  'id',
];
const INPUTS = ['input', 'arguments', 'args'];
const OUTPUTS = ['content', 'output', 'result', 'text'];

export function readContent(
  role: MessageRole,
  content: MessageContent,
  metadata: Fields | null,
): ReadContent {
  const parts = typeof content === 'string' ? textPart(content) : content;
  const calls = [
    ...parts.filter(({ type }) => CALL_TYPES.has(type)).flatMap(callOf),
    ...callsOfMetadata(role, metadata),
  ];
  const results = parts.filter(({ type }) => RESULT_TYPES.has(type)).map(resultOf);
  // A message of role tool is a result as a whole, named in its metadata, and says nothing besides.
  if (role === 'tool')
    return {
      calls: [],
      results: results.length > 0 ? results : [wholeResult(content, metadata)],
      parts: [],
    };
  return {
    calls,
    results,
    parts: parts.filter(({ type }) => !CALL_TYPES.has(type) && !RESULT_TYPES.has(type)),
  };
}

const textPart = (text: string): ContentPart[] => (text === '' ? [] : [{ type: 'text', text }]);

function callOf(part: Fields): ToolCall[] {
  const named = isPlainObject(part['function']) ? { ...part, ...part['function'] } : part;
  const id = firstText(named, CALL_IDS);
  const name = firstText(named, ['name', 'toolName', 'tool_name']);
  return id === null || name === null ? [] : [{ id, name, input: first(named, INPUTS) ?? {} }];
}

/** As OpenAI's chat format has them, beside the content. */
function callsOfMetadata(role: MessageRole, metadata: Fields | null): ToolCall[] {
  const calls =
    role === 'assistant' ? (metadata?.['tool_calls'] ?? metadata?.['toolCalls']) : undefined;
  return Array.isArray(calls) ? calls.filter(isPlainObject).flatMap(callOf) : [];
}

function resultOf(part: Fields): ToolResult {
  return {
    callId: firstText(part, RESULT_IDS),
    output: first(part, OUTPUTS) ?? '',
    isError: part['is_error'] === true || part['isError'] === true,
  };
}

const wholeResult = (content: MessageContent, metadata: Fields | null): ToolResult => ({
  callId: firstText(metadata ?? {}, RESULT_IDS),
  output: content,
  isError: metadata?.['is_error'] === true,
});

const first = (fields: Fields, names: string[]): unknown =>
  names.map((name) => fields[name]).find((value) => value !== undefined && value !== null);
const firstText = (fields: Fields, names: string[]): string | null =>
  (names.map((name) => fields[name]).find((value) => typeof value === 'string' && value !== '') as
    string | undefined) ?? null;
