// The forms of OpenAI: Chat Completions, items of the Responses API, and items of the Agents SDK.
import type { Entry, Feature, Said } from './talk.js';
import {
  all,
  call,
  type Form,
  isData,
  media,
  objects,
  partsOf,
  type Raw,
  reasoning,
  refusal,
  result,
  roleOf,
  text,
} from './form.js';

const CHAT: Feature[] = [
  ...(['system', 'image url', 'image data', 'file data'] as const),
  ...(['call', 'call id', 'refusal'] as const),
];
const RESPONSES: Feature[] = [...CHAT, 'file url', 'reasoning openai'];

export const chatCompletions: Form = {
  name: 'openai',
  // Compatible servers give reasoning, and OpenAI takes none.
  writes: new Set<Feature>([...CHAT, 'reasoning unsigned']),
  reads: new Set(CHAT),

  write: (said) => {
    if (roleOf(said) === 'tool')
      return all(said, 'result').map(({ id, text: content }) => ({
        ...{ role: 'tool', tool_call_id: id, content },
      }));
    const texts = all(said, 'text').map((one) => one.text);
    if (roleOf(said) !== 'assistant') {
      const parts = said.flatMap(chatPart);
      return [{ role: roleOf(said), content: parts.length === 1 ? texts[0] : parts }];
    }
    const [thought] = all(said, 'reasoning');
    const [refused] = all(said, 'refusal');
    const calls = all(said, 'call').map(({ id, name, input }) => ({
      ...{ id, type: 'function' },
      function: { name, arguments: JSON.stringify(input) },
    }));
    return [
      {
        role: 'assistant',
        content: texts.length > 0 ? texts.join('\n') : null,
        ...(thought && { reasoning_content: thought.text }),
        ...(refused && { refusal: refused.text }),
        ...(calls.length > 0 && { tool_calls: calls }),
      },
    ];
  },

  read: ({ messages }) => messages.flatMap(chatEntries),

  own: [
    { role: 'user', content: 'Hi', name: 'ada' },
    {
      role: 'assistant',
      content: 'A map.',
      annotations: [{ type: 'url_citation', url_citation: { url: 'https://a.example' } }],
      audio: { id: 'audio_1', transcript: 'A map.', data: 'UklGRg==' },
    },
    {
      role: 'developer',
      content: [
        { type: 'text', text: 'Be kind.' },
        { type: 'text', text: 'Be short.' },
      ],
    },
  ],
};

function chatPart(entry: Entry): Raw[] {
  if (entry.kind === 'text') return [{ type: 'text', text: entry.text }];
  if (entry.kind === 'image') return [{ type: 'image_url', image_url: { url: entry.url } }];
  if (entry.kind !== 'file') return [];
  return [{ type: 'file', file: { file_data: entry.url, filename: 'report.pdf' } }];
}

function chatEntries(message: Raw): Entry[] {
  const role = message['role'] as 'system' | 'user' | 'assistant' | 'tool';
  if (role === 'tool') return [result(message['tool_call_id'], message['content'], false)];
  const said = partsOf(message['content']).map((part) => {
    if (part['type'] === 'image_url') return media('image', (part['image_url'] as Raw)['url']);
    if (part['type'] === 'file') return media('file', (part['file'] as Raw)['file_data']);
    return part['type'] === 'refusal' ? refusal(part['refusal']) : text(role, part['text']);
  });
  const refused = typeof message['refusal'] === 'string' ? [refusal(message['refusal'])] : [];
  const calls = objects(message['tool_calls']).map((made) => {
    const { name, arguments: input } = made['function'] as Raw;
    return call(made['id'], name, input);
  });
  return [...said, ...refused, ...calls];
}

export const responses: Form = {
  name: 'openai-responses',
  writes: new Set(RESPONSES),
  reads: new Set(RESPONSES),

  write: (said) => itemsOf(said, responsesItem),
  read: ({ messages }) => messages.flatMap(itemEntries),

  own: [
    {
      type: 'message',
      role: 'assistant',
      status: 'incomplete',
      id: 'msg_68def',
      phase: 'commentary',
      content: [
        {
          ...{ type: 'output_text', text: 'A map.', logprobs: [] },
          annotations: [{ type: 'url_citation', url: 'https://a.example', title: 'A' }],
        },
      ],
    },
    {
      ...{ type: 'web_search_call', id: 'ws_1', status: 'completed' },
      action: { type: 'search', query: 'halls', sources: null },
    },
    { type: 'custom_tool_call', call_id: 'c2', name: 'shell', input: 'ls', id: 'ctc_1' },
    { type: 'custom_tool_call_output', call_id: 'c2', output: 'a', id: 'ctco_1' },
    { type: 'compaction', encrypted_content: 'abc', id: 'cmp_1' },
  ],
};

/** Messages hold what stands together; calls, results and reasoning are items of their own. */
function itemsOf(said: Said, itemOf: (entry: Entry) => Raw): Raw[] {
  const items: Raw[] = [];
  for (const entry of said) {
    const item = itemOf(entry);
    const last = items.at(-1);
    if (item['type'] === 'message' && last?.['type'] === 'message')
      objects(last['content']).push(...objects(item['content']));
    else items.push(item);
  }
  return items;
}

function responsesItem(entry: Entry): Raw {
  const message = (part: Raw): Raw => ({ type: 'message', role: entry.role, content: [part] });
  switch (entry.kind) {
    case 'text':
      return message({ type: textType(entry.role), text: entry.text });
    case 'refusal':
      return message({ type: 'refusal', refusal: entry.text });
    case 'image':
      return message({ type: 'input_image', image_url: entry.url, detail: 'auto' });
    case 'file':
      return message({
        type: 'input_file',
        ...(isData(entry.url)
          ? { file_data: entry.url, filename: 'report.pdf' }
          : { file_url: entry.url }),
      });
    case 'reasoning':
      return {
        ...{ type: 'reasoning', id: `rs_${entry.text.length}`, encrypted_content: entry.proof },
        summary: [{ type: 'summary_text', text: entry.text }],
      };
    case 'call':
      return {
        ...{ type: 'function_call', call_id: entry.id, name: entry.name },
        arguments: JSON.stringify(entry.input),
      };
    case 'result':
      return { type: 'function_call_output', call_id: entry.id, output: entry.text };
  }
}

const textType = (role: Entry['role']): string =>
  role === 'assistant' ? 'output_text' : 'input_text';

function itemEntries(item: Raw): Entry[] {
  switch (item['type']) {
    case 'function_call':
      return [call(item['call_id'], item['name'], item['arguments'])];
    case 'function_call_output':
      return [result(item['call_id'], item['output'], false)];
    case 'reasoning': {
      const words = objects(item['summary']).map((part) => part['text']);
      return [reasoning(words.join('\n'), 'openai', item['encrypted_content'])];
    }
  }
  const role = item['role'] as 'system' | 'user' | 'assistant';
  return partsOf(item['content'], textType(role)).map((part) => {
    if (part['type'] === 'input_image') return media('image', part['image_url']);
    if (part['type'] === 'input_file') return media('file', part['file_url'] ?? part['file_data']);
    if (part['type'] === 'refusal') return refusal(part['refusal']);
    // Each part says whose it is.
    return part['type'] === textType(role) ? text(role, part['text']) : text('system', part);
  });
}

/** Items as `@openai/agents` has them. */
export const agentsSdk: Form = {
  name: 'openai-agents',
  writes: new Set(RESPONSES),
  reads: new Set(RESPONSES),

  write: (said) => itemsOf(said, agentsItem),
  read: ({ messages }) => messages.flatMap(agentsEntries),

  own: [
    {
      ...{ type: 'hosted_tool_call', id: 'h1', name: 'web_search', status: 'completed' },
      ...{ arguments: '{"query":"halls"}', output: 'a hall', providerData: { type: 'x' } },
    },
    { type: 'unknown', id: 'u1', providerData: { type: 'mcp_list_tools', tools: [] } },
  ],
};

function agentsItem(entry: Entry): Raw {
  const message = (part: Raw): Raw => ({
    ...{ type: 'message', role: entry.role, content: [part] },
    ...(entry.role === 'assistant' && { status: 'completed' }),
  });
  switch (entry.kind) {
    case 'text':
      return message({ type: textType(entry.role), text: entry.text });
    case 'refusal':
      return message({ type: 'refusal', refusal: entry.text });
    case 'image':
      return message({ type: 'input_image', image: entry.url });
    case 'file':
      return message({
        type: 'input_file',
        file: isData(entry.url) ? entry.url : { url: entry.url },
      });
    case 'reasoning':
      return {
        ...{ type: 'reasoning', content: [{ type: 'input_text', text: entry.text }] },
        providerData: { encrypted_content: entry.proof },
      };
    case 'call':
      return {
        ...{ type: 'function_call', callId: entry.id, name: entry.name, status: 'completed' },
        arguments: JSON.stringify(entry.input),
      };
    case 'result':
      return {
        ...{ type: 'function_call_result', callId: entry.id, name: 'find', status: 'completed' },
        output: { type: 'text', text: entry.text },
      };
  }
}

function agentsEntries(item: Raw): Entry[] {
  switch (item['type']) {
    case 'function_call':
      return [call(item['callId'], item['name'], item['arguments'])];
    case 'function_call_result':
      return [result(item['callId'], item['output'], false)];
    case 'reasoning': {
      const words = objects(item['content']).map((part) => part['text']);
      const proof = (item['providerData'] as Raw)['encrypted_content'];
      return [reasoning(words.join('\n'), 'openai', proof)];
    }
  }
  const role = item['role'] as 'system' | 'user' | 'assistant';
  // The SDK takes a text from a user and a system only.
  const parts = role === 'assistant' ? objects(item['content']) : partsOf(item['content']);
  return parts.map((part) => {
    if (part['type'] === 'input_image') return media('image', part['image']);
    if (part['type'] === 'input_file') return media('file', fileOf(part['file']));
    return part['type'] === 'refusal' ? refusal(part['refusal']) : text(role, part['text']);
  });
}

const fileOf = (file: unknown): unknown => (typeof file === 'string' ? file : (file as Raw)['url']);
