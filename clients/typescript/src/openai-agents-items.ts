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
  const { type, id } = item;
  const named = id === undefined ? {} : { id };
  switch (type) {
    case 'function_call': {
      if ('callId' in item) return item;
      const { call_id: callId, name, arguments: input } = item;
      return { ...named, type, callId, name, arguments: input, status: statusOf(item) };
    }
    case 'function_call_output': {
      const { call_id: callId, output } = item;
      return {
        ...{ ...named, type: 'function_call_result', callId, status: statusOf(item) },
        ...{ name: names.get(callId) ?? 'tool', output: outputOf(output) },
      };
    }
    case 'reasoning': {
      const { summary, encrypted_content: encrypted } = item;
      if (!Array.isArray(summary)) return item;
      const content = (summary as Raw[]).map(({ text }) => ({ type: 'input_text', text }));
      return { ...named, type, content, providerData: { encrypted_content: encrypted } };
    }
  }
  return 'role' in item ? toSdkMessage(item) : item;
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

const statusOf = ({ status }: Raw): unknown => status ?? 'completed';
