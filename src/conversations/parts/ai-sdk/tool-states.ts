// Writes calls and their results as parts of a UIMessage, whose state tells how far a call has come.
import { namedText } from '../accepting.js';
import { inputObject } from '../as-text.js';
import type { Omission } from '../dialect.js';
import { isObject, objectIn, valueIn } from '../fields.js';
import type { RawObject, ToolCallPart, ToolResultPart } from '../part.js';
import { legalToolName } from '../tool-names.js';
import { uiToolPart } from './tools.js';

/** Returns the part of a call without its result. */
export function callPart({ name, input, dialect, original }: ToolCallPart, id: string): RawObject {
  const own = dialect === 'ai-sdk' ? original : null;
  const isDynamic = own?.['type'] === 'dynamic-tool';
  const legal = legalToolName(name);
  return {
    ...(isDynamic ? { type: 'dynamic-tool', toolName: legal } : { type: `tool-${legal}` }),
    toolCallId: id,
    state: 'input-available',
    input: inputObject(input),
    ...(own ? metadataOf(own) : {}),
  };
}

/** Signatures of calls stand in their options. */
function metadataOf(own: RawObject): RawObject {
  const metadata = valueIn(own, 'callProviderMetadata', 'providerOptions');
  return isObject(metadata) ? { callProviderMetadata: metadata } : {};
}

/** Returns the fields by which a result changes the part of its call. */
export function answerOf(result: ToolResultPart, omitted: Omission[]): RawObject {
  if (!result.isError) return { state: 'output-available', output: outputOf(result, omitted) };
  const denied = deniedApproval(result);
  if (denied) return { state: 'output-denied', approval: denied };
  const text = textOf(result, omitted);
  return { state: 'output-error', errorText: text === '' ? 'error' : text };
}

/** A user who denied a call is told to the model in the words of the approval. */
function deniedApproval({ dialect, original }: ToolResultPart): RawObject | null {
  const own = dialect === 'ai-sdk' ? uiToolPart(original) : null;
  const approval = own?.['state'] === 'output-denied' ? objectIn(own, 'approval') : {};
  return typeof approval['id'] === 'string' && approval['approved'] === false ? approval : null;
}

/** A value stays a value when all of it is text for a model. */
function outputOf(result: ToolResultPart, omitted: Omission[]): unknown {
  const value = result.output.every(({ kind }) => kind === 'text') ? ownValue(result) : undefined;
  return value ?? textOf(result, omitted);
}

function ownValue({ dialect, original }: ToolResultPart): unknown {
  if (dialect !== 'ai-sdk' || original === null) return undefined;
  const own = uiToolPart(original);
  if (own) return own['output'];
  const invocation = objectIn(original, 'toolInvocation');
  const { type, value } = objectIn(original, 'output');
  return type === 'json' ? value : (invocation['result'] ?? original['result']);
}

function textOf({ output }: ToolResultPart, omitted: Omission[]): string {
  const texts = output.map((part) => {
    const text = namedText(part, omitted);
    if (text === null)
      omitted.push({ part, reason: part.kind === 'reasoning' ? 'unsigned' : 'not_accepted' });
    return text;
  });
  return texts.filter((text) => text !== null).join('\n');
}
