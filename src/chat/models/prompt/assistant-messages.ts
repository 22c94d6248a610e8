// Takes a UIMessage of an assistant apart: what it said, and what tools answered, step by step.
import type {
  LanguageModelV3Message,
  LanguageModelV3ToolCallPart,
  LanguageModelV3ToolResultOutput,
  LanguageModelV3ToolResultPart,
} from '@ai-sdk/provider';
import type { RawObject } from '../../../conversations/parts/index.js';
import { isPlainObject } from '../../../platform/input/index.js';
import { filePart, optionsIn, partsIn, textIn } from './ui-fields.js';

type AssistantPart = Extract<LanguageModelV3Message, { role: 'assistant' }>['content'][number];

const TOOL_TYPE = 'tool-';
const DENIED = 'Execution denied.';

export function assistantMessages(message: RawObject): LanguageModelV3Message[] {
  const messages: LanguageModelV3Message[] = [];
  let step: RawObject[] = [];
  for (const part of [...partsIn(message), { type: 'step-start' }]) {
    if (part['type'] !== 'step-start') {
      step.push(part);
      continue;
    }
    for (const written of stepMessages(step)) messages.push(written);
    step = [];
  }
  return messages;
}

/** The results of a step follow what the assistant said in it. */
function stepMessages(step: readonly RawObject[]): LanguageModelV3Message[] {
  const content = step.flatMap(assistantPart);
  const results = step.flatMap((part) => (isServers(part) ? [] : toolResult(part)));
  return [
    ...(content.length === 0 ? [] : [{ role: 'assistant' as const, content }]),
    ...(results.length === 0 ? [] : [{ role: 'tool' as const, content: results }]),
  ];
}

function assistantPart(part: RawObject): AssistantPart[] {
  const { type } = part;
  if (type === 'text' || type === 'reasoning')
    return [{ type, text: textIn(part, 'text'), ...optionsIn(part) }];
  if (type === 'file') return filePart(part);
  const call = toolCall(part);
  return isServers(part) ? [...call, ...toolResult(part)] : call;
}

/** The provider itself has run the tool. */
const isServers = (part: RawObject): boolean => part['providerExecuted'] === true;

function toolNameOf(part: RawObject): string | null {
  const type = textIn(part, 'type');
  if (type === 'dynamic-tool') return textIn(part, 'toolName');
  return type.startsWith(TOOL_TYPE) ? type.slice(TOOL_TYPE.length) : null;
}

/** A call whose arguments still came in when it was stored is none. */
function toolCall(part: RawObject): LanguageModelV3ToolCallPart[] {
  const toolName = toolNameOf(part);
  if (toolName === null || part['state'] === 'input-streaming') return [];
  const { input } = part;
  return [
    {
      type: 'tool-call',
      toolCallId: textIn(part, 'toolCallId'),
      toolName,
      // Providers refuse any other value; the result tells what was wrong with it.
      input: isPlainObject(input) ? input : {},
      ...(isServers(part) ? { providerExecuted: true } : {}),
      ...optionsIn(part, 'callProviderMetadata'),
    },
  ];
}

function toolResult(part: RawObject): LanguageModelV3ToolResultPart[] {
  const toolName = toolNameOf(part);
  const output = toolName === null ? null : outputOf(part);
  if (toolName === null || output === null) return [];
  return [{ type: 'tool-result', toolCallId: textIn(part, 'toolCallId'), toolName, output }];
}

function outputOf(part: RawObject): LanguageModelV3ToolResultOutput | null {
  const { output, approval } = part;
  switch (part['state']) {
    case 'output-available':
      return typeof output === 'string'
        ? { type: 'text', value: output }
        : { type: 'json', value: (output ?? null) as never };
    case 'output-error':
      return { type: 'error-text', value: textIn(part, 'errorText') || 'error' };
    case 'output-denied': {
      const reason = isPlainObject(approval) ? textIn(approval, 'reason') : '';
      return { type: 'execution-denied', reason: reason || DENIED };
    }
    default:
      return null;
  }
}
