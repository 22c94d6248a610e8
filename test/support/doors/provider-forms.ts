// The forms of Anthropic, Google and Amazon.
import type { Entry, Feature, Said } from './talk.js';
import {
  all,
  call,
  dataOf,
  dataUrl,
  type Form,
  isData,
  media,
  objects,
  partsOf,
  type Raw,
  reasoning,
  result,
  roleOf,
  text,
} from './form.js';

/** What all three have. System texts are given beside the messages, and are no messages. */
const COMMON: Feature[] = ['image data', 'file data', 'call', 'error'];
const formOf = (features: Feature[]) => ({
  writes: new Set(features),
  reads: new Set<Feature>([...features, 'system']),
});
const systemOf = (system: Raw[] | undefined): Entry[] =>
  objects(system).map((part) => text('system', part['text']));
const sideOf = (said: Said): 'user' | 'assistant' =>
  roleOf(said) === 'assistant' ? 'assistant' : 'user';

export const anthropic: Form = {
  name: 'anthropic',
  ...formOf([...COMMON, 'call id', 'image url', 'file url', 'reasoning anthropic']),

  write: (said) => [{ role: sideOf(said), content: said.map(anthropicBlock) }],
  read: ({ system, messages }) => [
    ...systemOf(system),
    ...messages.flatMap(({ role, content }) =>
      partsOf(content).map((block) => anthropicEntry(role as 'user' | 'assistant', block)),
    ),
  ],

  own: [
    { role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }] },
    {
      role: 'assistant',
      content: [
        { type: 'redacted_thinking', data: 'EmwKAhgB' },
        { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'q' } },
        { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
        { type: 'text', text: 'A hall.', citations: [{ type: 'char_location', cited_text: 'a' }] },
      ],
    },
  ],
};

function anthropicBlock(entry: Entry): Raw {
  switch (entry.kind) {
    case 'image':
      return { type: 'image', source: sourceOf(entry.url) };
    case 'file':
      return { type: 'document', source: sourceOf(entry.url) };
    case 'call':
      return { type: 'tool_use', id: entry.id, name: entry.name, input: entry.input };
    case 'result':
      return {
        ...{ type: 'tool_result', tool_use_id: entry.id, content: entry.text },
        ...(entry.isError && { is_error: true }),
      };
    case 'reasoning':
      return { type: 'thinking', thinking: entry.text, signature: entry.proof };
    case 'text':
    case 'refusal':
      return { type: 'text', text: entry.text };
  }
}

const sourceOf = (url: string): Raw =>
  isData(url)
    ? { type: 'base64', media_type: url.slice(5, url.indexOf(';')), data: dataOf(url) }
    : { type: 'url', url };

function anthropicEntry(role: 'user' | 'assistant', block: Raw): Entry {
  const source = (block['source'] ?? {}) as Raw;
  const url = source['url'] ?? dataUrl(source['media_type'], source['data']);
  switch (block['type']) {
    case 'image':
      return media('image', url);
    case 'document':
      return media('file', url);
    case 'tool_use':
      return call(block['id'], block['name'], block['input']);
    case 'tool_result':
      return result(block['tool_use_id'], block['content'], block['is_error'] === true);
    case 'thinking':
      return reasoning(block['thinking'], 'anthropic', block['signature']);
    default:
      return text(role, block['text']);
  }
}

export const gemini: Form = {
  name: 'gemini',
  ...formOf([...COMMON, 'reasoning google']),

  write: (said) => {
    const names = new Map(
      all(said, 'result').map(({ id }) => [id, id.replace('call', 'find_place')]),
    );
    const parts = said.map((entry) => geminiPart(entry, names));
    return [{ role: sideOf(said) === 'assistant' ? 'model' : 'user', parts }];
  },
  read: ({ system, messages }) => {
    const waiting: string[] = [];
    let calls = 0;
    const entries = messages.flatMap(({ role, parts }) =>
      objects(parts).map((part) => {
        if ('functionCall' in part) {
          const { name, args } = part['functionCall'] as Raw;
          waiting.push(`#${++calls}`);
          return call(waiting.at(-1), name, args);
        }
        if ('functionResponse' in part) {
          const response = (part['functionResponse'] as Raw)['response'] as Raw;
          const words = response['error'] ?? response['output'];
          return result(waiting.shift(), words, 'error' in response);
        }
        return geminiEntry(role === 'model' ? 'assistant' : 'user', part);
      }),
    );
    return [...systemOf(system), ...entries];
  },

  own: [
    {
      role: 'model',
      parts: [
        { executableCode: { language: 'PYTHON', code: '1 + 1' } },
        { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '2' } },
        { text: 'Two.' },
      ],
    },
  ],
};

function geminiPart(entry: Entry, names: ReadonlyMap<string, string>): Raw {
  switch (entry.kind) {
    case 'image':
    case 'file':
      return {
        inlineData: {
          mimeType: entry.url.slice(5, entry.url.indexOf(';')),
          data: dataOf(entry.url),
        },
      };
    case 'call':
      return { functionCall: { name: entry.name, args: entry.input } };
    case 'result': {
      const response = entry.isError ? { error: entry.text } : { output: entry.text };
      return { functionResponse: { name: names.get(entry.id), response } };
    }
    case 'reasoning':
      return { text: entry.text, thought: true, thoughtSignature: entry.proof };
    case 'text':
    case 'refusal':
      return { text: entry.text };
  }
}

function geminiEntry(role: 'user' | 'assistant', part: Raw): Entry {
  if ('inlineData' in part) {
    const { mimeType, data } = part['inlineData'] as Raw;
    const kind = String(mimeType).startsWith('image/') ? 'image' : 'file';
    return media(kind, dataUrl(mimeType, data));
  }
  return part['thought'] === true
    ? reasoning(part['text'], 'google', part['thoughtSignature'])
    : text(role, part['text']);
}

export const bedrock: Form = {
  name: 'bedrock',
  ...formOf([...COMMON, 'call id', 'reasoning bedrock']),

  write: (said) => [{ role: sideOf(said), content: said.map(bedrockBlock) }],
  read: ({ system, messages }) => [
    ...systemOf(system),
    ...messages.flatMap(({ role, content }) =>
      objects(content).map((block) => bedrockEntry(role as 'user' | 'assistant', block)),
    ),
  ],

  own: [
    {
      role: 'user',
      content: [{ text: 'Hi' }, { guardContent: { text: { text: 'x' } } }],
    },
    {
      role: 'assistant',
      content: [{ reasoningContent: { redactedContent: 'AAAA' } }, { text: 'Yes.' }],
    },
  ],
};

function bedrockBlock(entry: Entry): Raw {
  switch (entry.kind) {
    case 'image':
      return { image: { format: 'png', source: { bytes: dataOf(entry.url) } } };
    case 'file':
      return {
        document: { format: 'pdf', name: 'report', source: { bytes: dataOf(entry.url) } },
      };
    case 'call':
      return { toolUse: { toolUseId: entry.id, name: entry.name, input: entry.input } };
    case 'result':
      return {
        toolResult: {
          ...{ toolUseId: entry.id, content: [{ text: entry.text }] },
          ...(entry.isError && { status: 'error' }),
        },
      };
    case 'reasoning':
      return {
        reasoningContent: { reasoningText: { text: entry.text, signature: entry.proof } },
      };
    case 'text':
    case 'refusal':
      return { text: entry.text };
  }
}

function bedrockEntry(role: 'user' | 'assistant', block: Raw): Entry {
  const [name, value] = Object.entries(block)[0] as [string, Raw];
  const bytes = () => (value['source'] as Raw)['bytes'];
  switch (name) {
    case 'image':
      return media('image', dataUrl(`image/${String(value['format'])}`, bytes()));
    case 'document':
      return media('file', dataUrl(`application/${String(value['format'])}`, bytes()));
    case 'toolUse':
      return call(value['toolUseId'], value['name'], value['input']);
    case 'toolResult':
      return result(value['toolUseId'], value['content'], value['status'] === 'error');
    case 'reasoningContent': {
      const { text: words, signature } = value['reasoningText'] as Raw;
      return reasoning(words, 'bedrock', signature);
    }
    default:
      return text(role, block['text']);
  }
}
