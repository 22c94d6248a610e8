// Reads calls and results of tools that applications write in a form of their own, by the names that
// most of them use.
import { isObject, textIn, valueIn } from './fields.js';
import type { Part, RawObject } from './part.js';

const CALL_TYPES = new Set(['tool_call', 'tool-call', 'tool_use', 'function_call']);
const RESULT_TYPES = new Set([
  ...['tool_result', 'tool-result', 'tool_call_output', 'function_call_output'],
  'function_call_result',
]);
/** `id` comes last: in some dialects it names the item, and another field the call. */
const CALL_ID_FIELDS = ['call_id', 'callId', 'tool_call_id', 'toolCallId', 'id'];
const RESULT_ID_FIELDS = ['tool_use_id', 'toolUseId', 'tool_call_id', 'toolCallId', 'call_id'];

/** Returns null for a part of another type. A call without a name is none that can be sent. */
export function readToolPart(
  raw: RawObject,
  readNested: (content: unknown) => Part[],
): Part[] | null {
  const { type } = raw;
  if (typeof type !== 'string') return null;
  const fields = isObject(raw['function']) ? { ...raw, ...raw['function'] } : raw;
  const name = textIn(fields, 'name', 'toolName', 'tool_name');
  if (CALL_TYPES.has(type) && name !== null)
    return [
      {
        kind: 'tool-call',
        callId: textIn(raw, ...CALL_ID_FIELDS),
        name,
        input: valueIn(fields, 'input', 'arguments', 'args') ?? {},
        dialect: null,
        original: raw,
      },
    ];
  if (!RESULT_TYPES.has(type)) return null;
  return [
    {
      kind: 'tool-result',
      callId: textIn(raw, ...RESULT_ID_FIELDS, 'callId', 'id'),
      name,
      output: readNested(valueIn(raw, 'content', 'output', 'result', 'text')),
      isError: raw['is_error'] === true || raw['isError'] === true,
      dialect: null,
      original: raw,
    },
  ];
}
