// Erases what one part of a message says.
import {
  isToolCall,
  isToolResult,
  type RawObject,
  type ToolCallPart,
  type ToolResultPart,
} from './part.js';
import { readParts } from './readers.js';

/**
 * Returns what takes the place of a part. Nothing of it stays but the ids and names of calls and
 * results: each call must keep its result, which may be in another message.
 * @param text what the part says from now on; null removes it
 */
export function redactedParts(part: RawObject, text: string | null): RawObject[] {
  const read = readParts([part]);
  const paired = read.flatMap((one): RawObject[] => {
    if (isToolCall(one)) return [emptyCall(one)];
    return isToolResult(one) ? [emptyResult(one, text ?? '')] : [];
  });
  if (paired.length > 0) return paired;
  if (text === null) return [];
  const isThought = read.length > 0 && read.every(({ kind }) => kind === 'reasoning');
  return [{ type: isThought ? 'reasoning' : 'text', text }];
}

const emptyCall = ({ callId, name }: ToolCallPart): RawObject => ({
  type: 'tool_call',
  ...(callId === null ? {} : { id: callId }),
  name,
  input: {},
});

const emptyResult = ({ callId, name, isError }: ToolResultPart, output: string): RawObject => ({
  type: 'tool_result',
  ...(callId === null ? {} : { tool_call_id: callId }),
  ...(name === null ? {} : { name }),
  output,
  ...(isError ? { is_error: true } : {}),
});
