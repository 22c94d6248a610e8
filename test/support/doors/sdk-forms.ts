// The forms of SDKs: UIMessages of the AI SDK, stored messages of LangChain, and messages of assistant-ui.
import type { Entry, Feature, Said, Signer } from './talk.js';
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

const COMMON: Feature[] = [
  ...(['system', 'image url', 'image data', 'file url', 'file data'] as const),
  ...(['call', 'call id', 'error'] as const),
];
const UI: Feature[] = [
  ...COMMON,
  ...(['anthropic', 'openai', 'google', 'unsigned'] as const).map(
    (by) => `reasoning ${by}` as const,
  ),
];

export const aiSdk: Form = {
  name: 'ai-sdk',
  writes: new Set(UI),
  reads: new Set(UI),

  answersInCalls: true,
  write: (said) => [
    {
      ...{ id: newId(), role: roleOf(said) },
      parts: said.flatMap((entry) => uiPart(entry, said)),
    },
  ],
  read: ({ messages }) =>
    messages.flatMap(({ role, parts }) =>
      stepsOf(objects(parts)).flatMap((step) =>
        resultsBehindCalls(step.flatMap((part) => uiEntries(role as 'user' | 'assistant', part))),
      ),
    ),

  own: [
    {
      ...{ id: 'own-1', role: 'assistant', metadata: { tokens: 3 } },
      parts: [
        { type: 'step-start' },
        { type: 'source-url', sourceId: 's1', url: 'https://a.example', title: 'A' },
        { type: 'data-place', id: 'd1', data: { city: 'Oslo' } },
        { type: 'text', text: 'A hall.', state: 'done' },
        { type: 'tool-find', toolCallId: 'x1', state: 'input-streaming', input: { a: 1 } },
      ],
    },
  ],
};

let ids = 0;
const newId = () => `m-${++ids}`;

const OPTIONS: Partial<Record<Signer, (proof: string) => Raw>> = {
  anthropic: (signature) => ({ anthropic: { signature } }),
  openai: (proof) => ({ openai: { reasoningEncryptedContent: proof } }),
  google: (thoughtSignature) => ({ google: { thoughtSignature } }),
};

function uiPart(entry: Entry, said: Said): Raw[] {
  switch (entry.kind) {
    case 'image':
    case 'file': {
      const mediaType = entry.kind === 'image' ? 'image/png' : 'application/pdf';
      return [{ type: 'file', mediaType, url: entry.url }];
    }
    case 'call': {
      const answer = all(said, 'result').find(({ id }) => id === entry.id);
      return [
        {
          ...{ type: `tool-${entry.name}`, toolCallId: entry.id, input: entry.input },
          ...(answer === undefined
            ? { state: 'input-available' }
            : answer.isError
              ? { state: 'output-error', errorText: answer.text }
              : { state: 'output-available', output: answer.text }),
        },
      ];
    }
    case 'result':
      return [];
    case 'reasoning': {
      const options = entry.by === null ? undefined : OPTIONS[entry.by]!(entry.proof);
      const providerMetadata = options === undefined ? {} : { providerMetadata: options };
      return [{ type: 'reasoning', text: entry.text, ...providerMetadata }];
    }
    case 'text':
    case 'refusal':
      return [{ type: 'text', text: entry.text }];
  }
}

function uiEntries(role: 'user' | 'assistant', part: Raw): Entry[] {
  const type = String(part['type']);
  if (type === 'file')
    return [media(String(part['mediaType']).startsWith('image/') ? 'image' : 'file', part['url'])];
  if (type === 'reasoning') {
    const { anthropic, openai, google } = (part['providerMetadata'] ?? {}) as Record<string, Raw>;
    if (anthropic) return [reasoning(part['text'], 'anthropic', anthropic['signature'])];
    if (openai) return [reasoning(part['text'], 'openai', openai['reasoningEncryptedContent'])];
    if (google) return [reasoning(part['text'], 'google', google['thoughtSignature'])];
    return [reasoning(part['text'], null)];
  }
  if (!type.startsWith('tool-') && type !== 'dynamic-tool') return [text(role, part['text'])];
  const id = part['toolCallId'];
  const made = call(id, part['toolName'] ?? type.slice('tool-'.length), part['input']);
  if (part['state'] === 'output-available') return [made, result(id, part['output'], false)];
  return part['state'] === 'output-error' ? [made, result(id, part['errorText'], true)] : [made];
}

/** Results of one step come before the calls of the next. */
function stepsOf(parts: Raw[]): Raw[][] {
  const steps: Raw[][] = [[]];
  for (const part of parts) {
    if (part['type'] === 'step-start') steps.push([]);
    else steps.at(-1)!.push(part);
  }
  return steps;
}

/** Calls that were made at once come before their results. */
function resultsBehindCalls(entries: Entry[]): Entry[] {
  const ordered: Entry[] = [];
  const results: Entry[] = [];
  for (const entry of entries) {
    if (entry.kind === 'result') results.push(entry);
    else {
      if (entry.kind !== 'call') ordered.push(...results.splice(0));
      ordered.push(entry);
    }
  }
  return [...ordered, ...results];
}

export const langChain: Form = {
  name: 'langchain',
  writes: new Set<Feature>([...COMMON, 'reasoning unsigned']),
  reads: new Set(COMMON),

  write: (said) => {
    if (roleOf(said) === 'tool')
      return all(said, 'result').map(({ id, text: content, isError }) => ({
        type: 'tool',
        data: { content, tool_call_id: id, name: 'find', status: isError ? 'error' : 'success' },
      }));
    const blocks = said.flatMap(langChainBlock);
    const texts = all(said, 'text');
    const isText = blocks.length === texts.length && blocks.length <= 1;
    const content = isText ? (texts[0]?.text ?? '') : blocks;
    if (roleOf(said) !== 'assistant')
      return [{ type: roleOf(said) === 'user' ? 'human' : 'system', data: { content } }];
    const calls = all(said, 'call').map(({ id, name, input }) => ({
      ...{ name, args: input, id, type: 'tool_call' },
    }));
    return [{ type: 'ai', data: { content, tool_calls: calls } }];
  },

  read: ({ messages }) =>
    messages.flatMap(({ type, data }) => langChainEntries(String(type), data as Raw)),

  own: [
    {
      type: 'ai',
      data: {
        ...{ content: 'A hall.', tool_calls: [], id: 'run-1', name: 'guide' },
        ...{ additional_kwargs: { refusal: null }, response_metadata: { model: 'x' } },
        usage_metadata: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
      },
    },
    {
      type: 'tool',
      data: { content: 'a', tool_call_id: 'c9', artifact: { pages: [1] }, status: 'success' },
    },
  ],
};

function langChainBlock(entry: Entry): Raw[] {
  switch (entry.kind) {
    case 'text':
      return [{ type: 'text', text: entry.text }];
    case 'image':
      return [{ type: 'image_url', image_url: { url: entry.url } }];
    case 'file': {
      const source = isData(entry.url)
        ? { source_type: 'base64', data: dataOf(entry.url) }
        : { source_type: 'url', url: entry.url };
      return [{ type: 'file', ...source, mime_type: 'application/pdf' }];
    }
    case 'reasoning':
      return [{ type: 'reasoning', reasoning: entry.text }];
    case 'call':
    case 'result':
    case 'refusal':
      return [];
  }
}

const ROLES: Record<string, 'system' | 'user' | 'assistant'> = {
  ...{ system: 'system', human: 'user', ai: 'assistant' },
};

function langChainEntries(type: string, data: Raw): Entry[] {
  if (type === 'tool')
    return [result(data['tool_call_id'], data['content'], data['status'] === 'error')];
  const said = partsOf(data['content'])
    .filter((part) => part['text'] !== '')
    .map((part) => {
      if (part['type'] === 'image_url') return media('image', (part['image_url'] as Raw)['url']);
      if (part['type'] === 'file')
        return media('file', part['url'] ?? dataUrl(part['mime_type'], part['data']));
      return part['type'] === 'reasoning'
        ? reasoning(part['reasoning'], null)
        : text(ROLES[type]!, part['text']);
    });
  const calls = objects(data['tool_calls']).map(({ id, name, args }) => call(id, name, args));
  return [...said, ...calls];
}

/** Messages of a thread of assistant-ui, whose calls hold their results. */
export const assistantUi: Form = {
  name: 'assistant-ui',
  writes: new Set<Feature>([...COMMON, 'reasoning unsigned']),
  reads: new Set<Feature>([...COMMON, 'reasoning unsigned']),

  answersInCalls: true,
  write: (said) => [
    {
      id: newId(),
      ...{ role: roleOf(said), createdAt: '2026-01-02T03:04:05.678Z' },
      content: said.flatMap((entry) => threadPart(entry, said)),
      ...(roleOf(said) === 'user' && { attachments: [] }),
      ...(roleOf(said) === 'assistant' && { status: { type: 'complete', reason: 'stop' } }),
      metadata: { custom: {} },
    },
  ],
  read: ({ messages }) =>
    messages.flatMap(({ role, content }) =>
      resultsBehindCalls(
        objects(content).flatMap((part) => threadEntries(role as 'user' | 'assistant', part)),
      ),
    ),

  own: [],
};

function threadPart(entry: Entry, said: Said): Raw[] {
  switch (entry.kind) {
    case 'image':
      return [{ type: 'image', image: entry.url }];
    case 'file':
      return [
        { type: 'file', data: entry.url, mimeType: 'application/pdf', filename: 'report.pdf' },
      ];
    case 'call': {
      const answer = all(said, 'result').find(({ id }) => id === entry.id);
      return [
        {
          ...{ type: 'tool-call', toolCallId: entry.id, toolName: entry.name },
          ...{ args: entry.input, argsText: JSON.stringify(entry.input) },
          ...(answer && { result: answer.text, isError: answer.isError }),
        },
      ];
    }
    case 'result':
      return [];
    case 'reasoning':
      return [{ type: 'reasoning', text: entry.text }];
    case 'text':
    case 'refusal':
      return [{ type: 'text', text: entry.text }];
  }
}

function threadEntries(role: 'user' | 'assistant', part: Raw): Entry[] {
  switch (part['type']) {
    case 'image':
      return [media('image', part['image'])];
    case 'file':
      return [media('file', part['data'])];
    case 'reasoning':
      return [reasoning(part['text'], null)];
    case 'tool-call': {
      const made = call(part['toolCallId'], part['toolName'], part['args']);
      if (part['result'] === undefined) return [made];
      return [made, result(part['toolCallId'], part['result'], part['isError'] === true)];
    }
    default:
      return [text(role, part['text'])];
  }
}
