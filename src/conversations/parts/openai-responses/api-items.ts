// Brings items of the Agents SDK to the names of OpenAI's API, with all that they hold.
import { isObject, isText, lookUp, objectIn, objectsIn, textIn, without } from '../fields.js';
import type { RawObject } from '../part.js';
import { flatFields, inSnakeCase, isApiPart, toApiOutput, toApiPart } from './api-parts.js';
import { HOSTED, hostedTypeOf, isUnknownItem } from './server-tools.js';

const SDK_FIELDS = ['callId', 'providerData', 'rawContent', 'encryptedContent'];
const SDK_TYPES: ReadonlySet<unknown> = new Set([
  ...['function_call_result', 'computer_call_result', HOSTED, 'unknown'],
]);

/**
 * @param item of the API or of the Agents SDK
 * @returns an item of the API as it is; null for one that the API has no form for
 */
export function toApiItem(item: RawObject): RawObject | null {
  if (isApiItem(item)) return item;
  const { type = 'message' } = item;
  const change = lookUp(CHANGES, type) ?? flatItem;
  return change(item);
}

function isApiItem(item: RawObject): boolean {
  if (SDK_TYPES.has(item['type']) || SDK_FIELDS.some((name) => name in item)) return false;
  if (item['type'] === 'reasoning') return 'summary' in item;
  // Lists in other items are no parts of a message.
  return !('role' in item) || objectsIn(item['content']).every(isApiPart);
}

function flatItem(item: RawObject): RawObject {
  const { caller, ...flat } = flatFields(item);
  return { ...flat, ...(isObject(caller) && { caller: inSnakeCase(caller) }) };
}

const CHANGES: Readonly<Record<string, (item: RawObject) => RawObject | null>> = {
  message: toMessage,
  reasoning: toReasoning,
  unknown: toUnknown,
  [HOSTED]: toHostedCall,

  function_call_result: (item) => {
    const output = toApiOutput(item['output']);
    const flat = without(flatItem(item), 'name', 'namespace');
    return output === null ? null : { ...flat, type: 'function_call_output', output };
  },
  computer_call_result: (item) => {
    const image = textIn(objectIn(item, 'output'), 'data');
    const output = { type: 'computer_screenshot', image_url: image };
    return image === null ? null : { ...flatItem(item), type: 'computer_call_output', output };
  },
  shell_call: (item) => ({ ...flatItem(item), action: inSnakeCase(objectIn(item, 'action')) }),
  shell_call_output: (item) => ({
    ...flatItem(item),
    output: objectsIn(item['output']).map((chunk) => ({
      ...chunk,
      outcome: inSnakeCase(objectIn(chunk, 'outcome')),
    })),
  }),
  apply_patch_call: (item) => ({
    ...flatItem(item),
    operation: inSnakeCase(objectIn(item, 'operation')),
  }),
  program_output: (item) => {
    const { output, ...flat } = flatItem(item);
    return { ...flat, ...(output !== undefined && { result: output }) };
  },
  tool_search_output: (item) => ({
    ...without(flatItem(item), 'tool_search_agent_name', 'tool_search_mcp_tool_names'),
    tools: objectsIn(item['tools']).map(toTool),
  }),
};

function toMessage(item: RawObject): RawObject | null {
  const { content, role } = item;
  const message = { type: 'message', ...flatItem(item) };
  if (isText(content)) return message;
  const parts = objectsIn(content).map((part) => toApiPart(part, role));
  return parts.every((part) => part !== null) ? { ...message, content: parts } : null;
}

/** The SDK has the summary in `content`, and what the model thought in `rawContent`. */
function toReasoning(item: RawObject): RawObject {
  const { raw_content: thoughts, ...flat } = flatItem(item);
  const { content, ...beside } = flat;
  const parts = objectsIn(content);
  if (parts.some(({ type }) => type === 'reasoning_text')) return { summary: [], ...flat };
  const provided = objectIn(item, 'providerData')['content'];
  const said = thoughts === undefined ? provided : objectsIn(thoughts).map(flatFields);
  return {
    summary: parts.map((part) => ({ ...flatFields(part), type: 'summary_text' })),
    ...beside,
    ...(said !== undefined && { content: said }),
  };
}

/** The SDK has an item that it does not know in `providerData`. */
function toUnknown(item: RawObject): RawObject | null {
  const { id, providerData } = item;
  if (!isUnknownItem(item) || !isObject(providerData) || !isText(providerData['type'])) return null;
  return { ...inSnakeCase(providerData), ...(id !== undefined && { id }) };
}

/** Where the API has the output of a hosted tool. Other tools have none. */
const OUTPUTS: Readonly<Record<string, string>> = {
  image_generation_call: 'result',
  mcp_call: 'output',
};
/** Items that have no status in the API. The SDK gives one to all. */
const WITHOUT_STATUS: ReadonlySet<unknown> = new Set([
  ...['mcp_list_tools', 'mcp_approval_request', 'mcp_approval_response'],
]);

function toHostedCall(item: RawObject): RawObject | null {
  const type = hostedTypeOf(item);
  if (type === null) return null;
  const {
    output,
    arguments: input,
    status,
    ...flat
  } = flatItem(without(item, 'name', 'providerData'));
  const provided = inSnakeCase(objectIn(item, 'providerData'));
  const isMcp = type.startsWith('mcp_');
  const outputName = lookUp(OUTPUTS, type);
  if ((isGiven(output) && !outputName) || (isGiven(input) && !isMcp)) return null;
  return {
    ...flat,
    ...(isGiven(input) && { arguments: input }),
    ...(isGiven(output) && { [outputName!]: output }),
    ...(isGiven(status) && !WITHOUT_STATUS.has(type) && { status }),
    ...provided,
    type,
  };
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/** A tool of a search is a definition, a reference, or a list of tools. */
function toTool(tool: RawObject): RawObject {
  if (tool['type'] === 'namespace') return { ...tool, tools: objectsIn(tool['tools']).map(toTool) };
  return tool['type'] === 'function' || tool['type'] === 'tool_reference'
    ? inSnakeCase(tool)
    : tool;
}
