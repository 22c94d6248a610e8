// Reads calls and results of tools of the AI SDK: a part of a UIMessage has both.
import { isObject, isText, objectIn, textIn, valueIn } from '../fields.js';
import type { Part, RawObject, ReadPart } from '../part.js';

export type ReadNested = (content: unknown) => Part[];

/** Reads a part of a ModelMessage, or of a message of assistant-ui, whose calls have their results. */
export function readCall(raw: RawObject, readNested: ReadNested): ReadPart[] | null {
  const name = textIn(raw, 'toolName');
  if (name === null) return null;
  const kind = raw['providerExecuted'] === true ? 'server-tool-call' : 'tool-call';
  const input = valueIn(raw, 'input', 'args') ?? {};
  const call: ReadPart = { kind, callId: textIn(raw, 'toolCallId'), name, input };
  if (!('result' in raw)) return [call];
  const given = valueIn(raw, 'output', 'experimental_content', 'result');
  const { output, isError } = readOutput(given, raw['isError'] === true, readNested);
  const resultKind = kind === 'tool-call' ? 'tool-result' : 'server-tool-result';
  return [call, { kind: resultKind, callId: call.callId, name, output, isError }];
}

/** Reads a part of a ModelMessage. */
export function readResult(raw: RawObject, readNested: ReadNested): ReadPart[] | null {
  const callId = textIn(raw, 'toolCallId');
  const given = valueIn(raw, 'output', 'experimental_content', 'result');
  if (callId === null || (given === undefined && !('result' in raw))) return null;
  const { output, isError } = readOutput(given, raw['isError'] === true, readNested);
  return [{ kind: 'tool-result', callId, name: textIn(raw, 'toolName'), output, isError }];
}

interface Answer {
  output: Part[];
  isError: boolean;
}

/** Output is in an envelope that tells its type; version 4 had the bare value. */
function readOutput(given: unknown, isError: boolean, readNested: ReadNested): Answer {
  const { type, value, reason } = isObject(given) ? given : {};
  switch (type) {
    case 'text':
    case 'json':
    case 'content':
      if (value === undefined) break;
      return { output: readNested(value), isError };
    case 'error-text':
    case 'error-json':
      return { output: readNested(value), isError: true };
    case 'execution-denied':
      return { output: readNested(isText(reason) ? reason : DENIED), isError: true };
  }
  return { output: readNested(given), isError };
}

const DENIED = 'Execution denied.';

/** Reads a part of a UIMessage: a call, and its result once there is one. */
export function readToolPart(
  raw: RawObject,
  named: string | null,
  readNested: ReadNested,
): ReadPart[] | null {
  const name = named ?? textIn(raw, 'toolName');
  if (name === null) return null;
  const callId = textIn(raw, 'toolCallId');
  const isServers = raw['providerExecuted'] === true;
  const call: ReadPart = {
    kind: isServers ? 'server-tool-call' : 'tool-call',
    callId,
    name,
    input: valueIn(raw, 'input', 'rawInput', 'args') ?? {},
  };
  const answer = readAnswer(raw, readNested);
  const kind = isServers ? 'server-tool-result' : 'tool-result';
  return answer ? [call, { kind, callId, name, ...answer }] : [call];
}

function readAnswer(raw: RawObject, readNested: ReadNested): Answer | null {
  switch (raw['state']) {
    case 'output-available':
      return { output: readNested(raw['output']), isError: false };
    case 'result':
      return { output: readNested(raw['result']), isError: raw['isError'] === true };
    case 'output-error':
      return { output: readNested(textIn(raw, 'errorText') ?? 'error'), isError: true };
    case 'output-denied': {
      const reason = textIn(objectIn(raw, 'approval'), 'reason');
      return { output: readNested(reason ?? DENIED), isError: true };
    }
    default:
      return null;
  }
}

/** Returns the fields of a part of a UIMessage of version 5 or later; null for another. */
export function uiToolPart(original: RawObject | null): RawObject | null {
  const type = original?.['type'];
  const isTool = isText(type) && (type === 'dynamic-tool' || type.startsWith('tool-'));
  return isTool && isText(original!['state']) && isText(original!['toolCallId']) ? original : null;
}
