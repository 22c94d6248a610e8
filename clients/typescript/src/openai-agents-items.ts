// Items of the Agents SDK of OpenAI, made of those of its API.

type Raw = Record<string, unknown>;

/**
 * Gives items in the names of the SDK. Those that it has written come as they are; those that another
 * client has written come in the names of the API.
 * @param items in the order of the conversation
 */
export function toSdkItems(items: readonly object[]): object[] {
  const names = new Map<unknown, unknown>();
  return (items as readonly Raw[]).map((item) => {
    if (item['type'] === 'function_call') names.set(item['call_id'], item['name']);
    return toSdkItem(item, names);
  });
}

function toSdkItem(item: Raw, names: ReadonlyMap<unknown, unknown>): Raw {
  if ('callId' in item || 'providerData' in item) return item;
  const { type } = item;
  if (type === 'function_call_output') {
    const { id, call_id: callId, status, name, output, caller, ...beside } = item;
    return {
      ...{ ...named(id), type: 'function_call_result', callId, status: status ?? 'completed' },
      ...{ name: name ?? names.get(callId) ?? 'tool', output: outputOf(output) },
      ...calledBy(caller),
      ...provided(beside, 'type'),
    };
  }
  const change = CHANGES[type as string];
  if (change) return change(item);
  if ('role' in item) return toSdkMessage(item);
  return OWN_TYPES.has(type) ? item : { type: 'unknown', ...named(item['id']), providerData: item };
}

/** Items that the SDK has in the same names as the API. */
const OWN_TYPES = new Set<unknown>([
  ...['message', 'compaction', 'unknown'],
  ...['function_call_result', 'computer_call_result', 'hosted_tool_call'],
]);

const CHANGES: Readonly<Record<string, (item: Raw) => Raw>> = {
  function_call: ({ id, call_id: callId, name, namespace, arguments: input, ...item }) => ({
    ...{ ...named(id), type: 'function_call', callId, name, arguments: input },
    ...(typeof namespace === 'string' && { namespace }),
    ...{ status: statusOf(item), ...calledBy(item['caller']) },
    ...provided(item, 'type', 'status', 'caller'),
  }),
  reasoning: toSdkReasoning,
  computer_call: ({ id, call_id: callId, action, actions, ...item }) => {
    const first = action ?? (Array.isArray(actions) ? (actions as unknown[])[0] : undefined);
    return {
      ...{ ...named(id), type: 'computer_call', callId, status: statusOf(item), action: first },
      ...(Array.isArray(actions) && { actions: actions as unknown[] }),
      ...provided(item, 'type', 'status'),
    };
  },
  computer_call_output: (item) => {
    const { id, call_id: callId, output, ...beside } = item;
    const data = isRecord(output) ? output['image_url'] : undefined;
    if (typeof data !== 'string') return { type: 'unknown', ...named(id), providerData: item };
    return {
      ...{ ...named(id), type: 'computer_call_result', callId },
      ...{ output: { type: 'computer_screenshot', data }, ...provided(beside, 'type') },
    };
  },
  shell_call: (item) => withCallId(item, { action: camelCased(item['action']) }),
  shell_call_output: (item) => {
    const { max_output_length: length, ...rest } = item;
    return withCallId(rest, {
      output: recordsIn(item['output']).map((chunk) => ({
        ...{ stdout: '', stderr: '', ...chunk },
        outcome: camelCased(chunk['outcome']),
      })),
      ...(typeof length === 'number' && { maxOutputLength: length }),
    });
  },
  apply_patch_call: (item) => withCallId(item, { operation: camelCased(item['operation']) }),
  apply_patch_call_output: (item) => withCallId(item, { output: item['output'] }),
  program: ({ code, fingerprint, ...item }) => withCallId(item, { code, fingerprint }),
  program_output: ({ result, ...item }) => withCallId(item, { output: result }),
  tool_search_call: ({ call_id: callId, ...item }) => ({
    ...item,
    ...(callId !== undefined && { callId }),
  }),
  tool_search_output: ({ call_id: callId, ...item }) => ({
    ...{ ...item, ...(callId !== undefined && { callId }) },
    tools: recordsIn(item['tools']).map(toSdkTool),
  }),
  ...Object.fromEntries(
    [
      ...['web_search_call', 'file_search_call', 'code_interpreter_call', 'image_generation_call'],
      ...['mcp_call', 'mcp_list_tools', 'mcp_approval_request', 'mcp_approval_response'],
    ].map((type) => [type, toHostedCall]),
  ),
};

/** Items of tools that OpenAI runs have a form of their own, with the item of the API inside. */
function toHostedCall(item: Raw): Raw {
  const { caller, ...providerData } = item;
  const type = item['type'] as string;
  const outputName = HOSTED_OUTPUTS[type];
  const output = outputName === undefined ? undefined : item[outputName];
  if (outputName !== undefined && typeof output === 'string') delete providerData[outputName];
  // Only items of MCP have none in the API, or may have none.
  if (!type.startsWith('mcp_')) delete providerData['status'];
  return {
    ...{ type: 'hosted_tool_call', ...named(item['id']), name: type, status: statusOf(item) },
    ...(typeof output === 'string' && { output }),
    ...{ ...calledBy(caller), providerData },
  };
}

const HOSTED_OUTPUTS: Readonly<Record<string, string>> = {
  image_generation_call: 'result',
  mcp_call: 'output',
};

function toSdkReasoning(item: Raw): Raw {
  const { id, type, summary, ...beside } = item;
  if (!Array.isArray(summary)) return item;
  return {
    ...{ ...named(id), type },
    content: recordsIn(summary).map(({ text }) => ({ type: 'input_text', text })),
    ...provided(beside),
  };
}

/** The SDK has a list in each message of an assistant, and its own names in parts of a user. */
function toSdkMessage(item: Raw): Raw {
  const { role, content } = item;
  const isText = typeof content === 'string';
  if (role !== 'assistant')
    return {
      ...item,
      type: 'message',
      content: isText ? content : (content as Raw[]).map(toSdkPart),
    };
  const parts = isText ? [{ type: 'output_text', text: content }] : content;
  return { ...item, type: 'message', status: statusOf(item), content: parts };
}

function toSdkPart(part: Raw): Raw {
  switch (part['type']) {
    case 'input_image': {
      if ('image' in part) return part;
      const { image_url: url, file_id: fileId, detail, type } = part;
      return { type, image: url ?? { id: fileId }, ...(detail === undefined ? {} : { detail }) };
    }
    case 'input_file': {
      if ('file' in part) return part;
      const { file_data: data, file_url: url, file_id: fileId, filename, type } = part;
      const file = data ?? (url === undefined || url === null ? { id: fileId } : { url });
      return { type, file, ...(filename === undefined ? {} : { filename }) };
    }
    default:
      return part;
  }
}

function outputOf(output: unknown): unknown {
  if (typeof output === 'string') return { type: 'text', text: output };
  return Array.isArray(output) ? (output as Raw[]).map(toSdkPart) : output;
}

/** A tool that a search has found is a definition, a reference, or a list of tools. */
function toSdkTool(tool: Raw): Raw {
  if (tool['type'] === 'namespace')
    return { ...tool, tools: recordsIn(tool['tools']).map(toSdkTool) };
  const isKnown = tool['type'] === 'function' || tool['type'] === 'tool_reference';
  return isKnown ? (camelCased(tool) as Raw) : tool;
}

/** Gives an item with a call the names of the SDK. @param fields that the SDK has in other names */
function withCallId(item: Raw, fields: Raw): Raw {
  const { type, id, call_id: callId, status, caller, ...rest } = item;
  return {
    ...{ ...named(id), type, callId },
    ...(status !== undefined && { status }),
    ...{ ...calledBy(caller), ...fields },
    ...provided(rest, ...Object.keys(fields)),
  };
}

/** What the SDK has no field for stands in `providerData`. */
function provided(item: Raw, ...without: string[]): Raw {
  const rest = Object.entries(item).filter(([name]) => !without.includes(name));
  return rest.length === 0 ? {} : { providerData: Object.fromEntries(rest) };
}

const calledBy = (caller: unknown): Raw => (isRecord(caller) ? { caller: camelCased(caller) } : {});

/** Renames the fields of the object itself. What is inside may be data. */
const camelCased = (value: unknown): unknown =>
  isRecord(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, field]) => [
          name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
          field,
        ]),
      )
    : value;

const named = (id: unknown): Raw => (id === undefined ? {} : { id });
const statusOf = ({ status }: Raw): unknown => status ?? 'completed';
const isRecord = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const recordsIn = (value: unknown): Raw[] =>
  Array.isArray(value) ? (value as unknown[]).filter(isRecord) : [];
