// Finds tool calls and results in a message, in the shapes of OpenAI, Anthropic and the AI SDK.
import type { ContentPart, MessageContent, MessageRole } from '../../conversations/index.js';
import { isPlainObject } from '../../platform/input/json-value.js';

export interface ToolCall {
  id: string;
  name: string;
  /** An object, or its JSON text, as it was stored. */
  input: unknown;
}

export interface ToolResult {
  /** Null when the message does not name its call. */
  callId: string | null;
  output: unknown;
  isError: boolean;
}

export interface SplitContent {
  calls: ToolCall[];
  results: ToolResult[];
  /** All other parts: texts, images, files, reasoning. */
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
/**
 * `id` comes last: in function calls of OpenAI's Responses API it names the item, and `call_id` the
 * call.
 */
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

export function splitContent(
  role: MessageRole,
  content: MessageContent,
  metadata: Fields | null,
): SplitContent {
  const parts = typeof content === 'string' ? textPart(content) : content;
  const calls = [
    ...parts.filter(({ type }) => CALL_TYPES.has(type)).flatMap(readCall),
    ...readMetadataCalls(role, metadata),
  ];
  const results = parts.filter(({ type }) => RESULT_TYPES.has(type)).map(readResult);
  // A message of role tool is one result. Its metadata names the call.
  if (role === 'tool')
    return {
      calls: [],
      results: results.length > 0 ? results : [messageAsResult(content, metadata)],
      parts: [],
    };
  return {
    calls,
    results,
    parts: parts.filter(({ type }) => !CALL_TYPES.has(type) && !RESULT_TYPES.has(type)),
  };
}

const textPart = (text: string): ContentPart[] => (text === '' ? [] : [{ type: 'text', text }]);

function readCall(part: Fields): ToolCall[] {
  const named = isPlainObject(part['function']) ? { ...part, ...part['function'] } : part;
  const id = firstText(named, CALL_IDS);
  const name = firstText(named, ['name', 'toolName', 'tool_name']);
  return id === null || name === null ? [] : [{ id, name, input: first(named, INPUTS) ?? {} }];
}

/** Reads calls from metadata, where OpenAI's chat format has them. */
function readMetadataCalls(role: MessageRole, metadata: Fields | null): ToolCall[] {
  const calls =
    role === 'assistant' ? (metadata?.['tool_calls'] ?? metadata?.['toolCalls']) : undefined;
  return Array.isArray(calls) ? calls.filter(isPlainObject).flatMap(readCall) : [];
}

function readResult(part: Fields): ToolResult {
  return {
    callId: firstText(part, RESULT_IDS),
    output: first(part, OUTPUTS) ?? '',
    isError: part['is_error'] === true || part['isError'] === true,
  };
}

const messageAsResult = (content: MessageContent, metadata: Fields | null): ToolResult => ({
  callId: firstText(metadata ?? {}, RESULT_IDS),
  output: content,
  isError: metadata?.['is_error'] === true,
});

const first = (fields: Fields, names: string[]): unknown =>
  names.map((name) => fields[name]).find((value) => value !== undefined && value !== null);
const firstText = (fields: Fields, names: string[]): string | null =>
  (names.map((name) => fields[name]).find((value) => typeof value === 'string' && value !== '') as
    string | undefined) ?? null;
