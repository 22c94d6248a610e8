// Writes the same turn as clients of each dialect store it: rows of a conversation without ids.
import { createHash } from 'node:crypto';
import type { LogRow } from '../../src/context-window/plan/window-message.js';
import type { TinyMedia } from './tiny-media.js';

export type Draft = Pick<LogRow, 'role' | 'metadata'> & { content: string | RawPart[] };
export type RawPart = Record<string, unknown>;

export interface DraftCall {
  /** Null when the call has no id. */
  id: string | null;
  name: string;
  /** JSON text of the arguments, which may be cut off. */
  input: string;
}

export interface DraftResult {
  call: DraftCall;
  text: string;
  isError: boolean;
  media: TinyMedia[];
}

export interface DraftAnswer {
  text: string;
  reasoning: string | null;
  /** True when the reasoning is the last that was written. */
  isReasoningLast: boolean;
  /** What a server tool searched for. */
  search: string | null;
  calls: DraftCall[];
}

export interface DialectMessages {
  name: string;
  says: (text: string, media: TinyMedia[]) => Draft[];
  answers: (answer: DraftAnswer) => Draft[];
  results: (results: DraftResult[]) => Draft[];
}

export const row = (
  role: LogRow['role'],
  content: Draft['content'],
  metadata: LogRow['metadata'] = null,
): Draft => ({ role, content, metadata });

const text = (words: string): RawPart => ({ type: 'text', text: words });
const idAs = (field: string, id: string | null): RawPart => (id === null ? {} : { [field]: id });
const dataUrl = ({ mediaType, data }: { mediaType: string; data: string }): string =>
  `data:${mediaType};base64,${data}`;
const addressOf = (media: Exclude<TinyMedia, { kind: 'upload' }>): string =>
  'url' in media ? media.url : dataUrl(media);
const parsed = (input: string): unknown => {
  try {
    return JSON.parse(input) as unknown;
  } catch {
    return input;
  }
};

/** Parts in their usual order, or with the reasoning last. */
const inOrder = (reasoning: RawPart[], rest: RawPart[], answer: DraftAnswer): RawPart[] =>
  answer.isReasoningLast ? [...rest, ...reasoning] : [...reasoning, ...rest];

const openAiPart = (media: TinyMedia): RawPart => {
  switch (media.kind) {
    case 'upload':
      return { type: 'file', file: { file_id: media.fileId } };
    case 'image':
      return { type: 'image_url', image_url: { url: addressOf(media), detail: 'auto' } };
    case 'audio':
      return {
        type: 'input_audio',
        input_audio: { data: media.data, format: media.mediaType.endsWith('wav') ? 'wav' : 'mp3' },
      };
    case 'file':
      return { type: 'file', file: { file_data: addressOf(media), filename: media.name } };
  }
};
const openAiCall = ({ id, name, input }: DraftCall): RawPart => ({
  ...idAs('id', id),
  type: 'function',
  function: { name, arguments: input },
});
const openAiResults = (results: DraftResult[]): Draft[] =>
  results.map(({ call, text: said, media }) =>
    row(
      'tool',
      media.length === 0 ? said : [text(said), ...media.map(openAiPart)],
      idAs('tool_call_id', call.id),
    ),
  );

const openAi: DialectMessages = {
  name: 'openai',
  says: (said, media) => [
    row('user', media.length ? [text(said), ...media.map(openAiPart)] : said),
  ],
  answers: ({ text: said, reasoning, calls }) => [
    row('assistant', [
      ...(reasoning ? [{ reasoning_content: reasoning }] : []),
      ...(said === '' ? [] : [text(said)]),
      ...calls.map(openAiCall),
    ]),
  ],
  results: openAiResults,
};

const openAiMetadata: DialectMessages = {
  ...openAi,
  name: 'openai with calls in metadata',
  answers: ({ text: said, calls }) => [
    row('assistant', said, calls.length ? { tool_calls: calls.map(openAiCall) } : null),
  ],
};

/** An id that depends on the words only, so that a run can be repeated. */
const itemId = (prefix: string, words: string | null): string =>
  `${prefix}_${createHash('sha256')
    .update(words ?? '')
    .digest('hex')
    .slice(0, 12)}`;
const responsesPart = (media: TinyMedia): RawPart => {
  switch (media.kind) {
    case 'upload':
      return { type: 'input_file', file_id: media.fileId };
    case 'image':
      return { type: 'input_image', image_url: addressOf(media), detail: 'low' };
    case 'audio':
      return { type: 'input_audio', input_audio: { data: media.data, format: 'wav' } };
    case 'file':
      return 'url' in media
        ? { type: 'input_file', file_url: media.url, filename: media.name }
        : { type: 'input_file', file_data: dataUrl(media), filename: media.name };
  }
};

const responses: DialectMessages = {
  name: 'openai-responses',
  says: (said, media) => [
    row('user', [{ type: 'input_text', text: said }, ...media.map(responsesPart)]),
  ],
  answers: (answer) => {
    const reasoning = answer.reasoning === null ? [] : [reasoningItem(answer.reasoning)];
    const rest = [
      ...(answer.search === null
        ? []
        : [
            {
              type: 'web_search_call',
              id: itemId('ws', answer.search),
              status: 'completed',
              action: { type: 'search', query: answer.search },
            },
          ]),
      ...answer.calls.map(({ id, name, input }) => ({
        type: 'function_call',
        id: itemId('fc', `${id}${name}${input}`),
        ...idAs('call_id', id),
        name,
        arguments: input,
        status: 'completed',
      })),
    ];
    return [
      ...(answer.isReasoningLast ? [] : reasoning).map((item) => row('assistant', [item])),
      ...(answer.text === ''
        ? []
        : [
            row(
              'assistant',
              [{ type: 'output_text', text: answer.text, annotations: [], logprobs: [] }],
              { id: itemId('msg', answer.text), type: 'message', status: 'completed' },
            ),
          ]),
      ...rest.map((item) => row('assistant', [item])),
      ...(answer.isReasoningLast ? reasoning : []).map((item) => row('assistant', [item])),
    ];
  },
  results: (results) =>
    results.map(({ call, text: said, media }) =>
      row('tool', [
        {
          type: 'function_call_output',
          ...idAs('call_id', call.id),
          output:
            media.length === 0
              ? said
              : [{ type: 'input_text', text: said }, ...media.map(responsesPart)],
        },
      ]),
    ),
};
const reasoningItem = (thought: string): RawPart => ({
  type: 'reasoning',
  id: itemId('rs', thought),
  summary: [{ type: 'summary_text', text: thought }],
  encrypted_content: 'gAAAAABencrypted',
});

const agents: DialectMessages = {
  name: 'agents SDK',
  says: (said, media) => [
    row('user', [
      { type: 'input_text', text: said },
      ...media.map((one) =>
        one.kind === 'image' ? { type: 'input_image', image: addressOf(one) } : responsesPart(one),
      ),
    ]),
  ],
  answers: ({ text: said, reasoning, search, calls }) => [
    ...(reasoning === null
      ? []
      : [
          row('assistant', [
            { type: 'reasoning', content: [{ type: 'input_text', text: reasoning }] },
          ]),
        ]),
    ...(search === null
      ? []
      : [
          row('assistant', [
            {
              type: 'hosted_tool_call',
              name: 'web_search_call',
              status: 'completed',
              output: search,
            },
          ]),
        ]),
    row('assistant', [{ type: 'output_text', text: said }], { status: 'completed' }),
    ...calls.map(({ id, name, input }) =>
      row('assistant', [
        {
          type: 'function_call',
          ...idAs('callId', id),
          name,
          arguments: input,
          status: 'completed',
        },
      ]),
    ),
  ],
  results: (results) =>
    results.map(({ call, text: said }) =>
      row('tool', [
        {
          type: 'function_call_result',
          name: call.name,
          ...idAs('callId', call.id),
          status: 'completed',
          output: { type: 'text', text: said },
        },
      ]),
    ),
};

const anthropicPart = (media: TinyMedia): RawPart => {
  if (media.kind === 'upload')
    return { type: 'document', source: { type: 'file', file_id: media.fileId } };
  const source =
    'url' in media
      ? { type: 'url', url: media.url }
      : { type: 'base64', media_type: media.mediaType, data: media.data };
  return media.kind === 'image'
    ? { type: 'image', source }
    : { type: 'document', source, ...('name' in media ? { title: media.name } : {}) };
};

const anthropic: DialectMessages = {
  name: 'anthropic',
  says: (said, media) => [row('user', [...media.map(anthropicPart), text(said)])],
  answers: (answer) => {
    const reasoning =
      answer.reasoning === null
        ? []
        : answer.reasoning === ''
          ? [{ type: 'redacted_thinking', data: 'EncryptedBytes' }]
          : [{ type: 'thinking', thinking: answer.reasoning, signature: 'EqQBCkYIARgC' }];
    return [
      row(
        'assistant',
        inOrder(
          reasoning,
          [
            ...(answer.search === null ? [] : anthropicSearch(answer.search)),
            text(answer.text),
            ...answer.calls.map(({ id, name, input }) => ({
              type: 'tool_use',
              ...idAs('id', id),
              name,
              input: parsed(input),
            })),
          ],
          answer,
        ),
      ),
    ];
  },
  results: (results) => [
    row(
      'user',
      results.map(({ call, text: said, isError, media }) => ({
        type: 'tool_result',
        ...idAs('tool_use_id', call.id),
        content: media.length === 0 ? said : [text(said), ...media.map(anthropicPart)],
        ...(isError ? { is_error: true } : {}),
      })),
    ),
  ],
};
function anthropicSearch(query: string): RawPart[] {
  const id = itemId('srvtoolu', query);
  const use = { type: 'server_tool_use', id, name: 'web_search', input: { query } };
  // A search that was interrupted has no result.
  if (query === '') return [use];
  return [
    use,
    {
      type: 'web_search_tool_result',
      tool_use_id: id,
      content: [
        {
          type: 'web_search_result',
          url: 'https://example.com/rain',
          title: `About ${query}`,
          encrypted_content: 'EqgfCioIARgB',
          page_age: null,
        },
      ],
    },
  ];
}

const geminiPart = (media: TinyMedia): RawPart => {
  if (media.kind === 'upload')
    return {
      fileData: {
        fileUri: `https://generativelanguage.googleapis.com/v1beta/files/${media.fileId}`,
        mimeType: 'application/pdf',
      },
    };
  return 'url' in media
    ? { fileData: { fileUri: media.url, mimeType: media.mediaType } }
    : { inlineData: { mimeType: media.mediaType, data: media.data } };
};

const gemini: DialectMessages = {
  name: 'gemini',
  says: (said, media) => [row('user', [{ text: said }, ...media.map(geminiPart)])],
  answers: (answer) => [
    row(
      'assistant',
      inOrder(
        answer.reasoning === null ? [] : [{ text: answer.reasoning, thought: true }],
        [
          ...(answer.search === null
            ? []
            : [
                { executableCode: { language: 'PYTHON', code: `search(${answer.search})` } },
                { codeExecutionResult: { outcome: 'OUTCOME_OK', output: answer.search } },
              ]),
          { text: answer.text },
          ...answer.calls.map(({ id, name, input }) => ({
            functionCall: { ...idAs('id', id), name, args: parsed(input) },
            ...(answer.reasoning === null ? {} : { thoughtSignature: 'CiQBgx' }),
          })),
        ],
        answer,
      ),
      { role: 'model' },
    ),
  ],
  results: (results) => [
    row(
      'user',
      results.map(({ call, text: said, isError, media }) => ({
        functionResponse: {
          ...idAs('id', call.id),
          name: call.name,
          response: isError ? { error: said } : { output: said },
          ...(media.length === 0 ? {} : { parts: media.map(geminiPart) }),
        },
      })),
    ),
  ],
};

const bedrockPart = (media: TinyMedia): RawPart => {
  if (media.kind === 'upload' || 'url' in media)
    return {
      document: {
        format: 'pdf',
        name: 'a document',
        source: { s3Location: { uri: 's3://bucket/a.pdf' } },
      },
    };
  const format = media.mediaType.split('/')[1];
  const source = { bytes: media.data };
  if (media.kind === 'image') return { image: { format, source } };
  return media.kind === 'audio'
    ? { audio: { format, source } }
    : { document: { format, name: media.name, source } };
};

const bedrock: DialectMessages = {
  name: 'bedrock',
  says: (said, media) => [
    row('user', [{ text: said }, ...media.map(bedrockPart), { cachePoint: { type: 'default' } }]),
  ],
  answers: (answer) => [
    row(
      'assistant',
      inOrder(
        answer.reasoning === null
          ? []
          : [
              {
                reasoningContent: {
                  reasoningText: { text: answer.reasoning, signature: 'EqQBCkYIARgC' },
                },
              },
            ],
        [
          { text: answer.text },
          ...answer.calls.map(({ id, name, input }) => ({
            toolUse: { ...idAs('toolUseId', id), name, input: parsed(input) },
          })),
        ],
        answer,
      ),
    ),
  ],
  results: (results) => [
    row(
      'user',
      results.map(({ call, text: said, isError, media }) => ({
        toolResult: {
          ...idAs('toolUseId', call.id),
          content: [{ text: said }, { json: { said } }, ...media.map(bedrockPart)],
          status: isError ? 'error' : 'success',
        },
      })),
    ),
  ],
};

const aiSdkPart = (media: TinyMedia): RawPart =>
  media.kind === 'upload'
    ? { type: 'file', mediaType: 'application/pdf', url: `https://example.com/${media.fileId}` }
    : { type: 'file', mediaType: media.mediaType, url: addressOf(media) };
const uiReasoning = (thought: string | null): RawPart[] =>
  thought === null
    ? []
    : [
        {
          type: 'reasoning',
          text: thought,
          state: 'done',
          providerMetadata: { anthropic: { signature: 'EqQBCkYIARgC' } },
        },
      ];

/** Calls and results stand in one part, so that results are written with the answer. */
const aiSdkUi: DialectMessages = {
  name: 'ai-sdk UI messages',
  says: (said, media) => [row('user', [text(said), ...media.map(aiSdkPart)])],
  answers: (answer) => [
    row(
      'assistant',
      inOrder(
        uiReasoning(answer.reasoning),
        [
          { type: 'step-start' },
          ...answer.calls.map(({ id, name, input }, i) => ({
            type: `tool-${name}`,
            ...idAs('toolCallId', id),
            ...UI_STATES[i % UI_STATES.length],
            input: parsed(input),
          })),
          ...(answer.search === null
            ? []
            : [
                {
                  type: 'source-url',
                  sourceId: 's1',
                  url: 'https://a.example',
                  title: answer.search,
                },
                { type: 'data-place', data: { city: answer.search } },
              ]),
          text(answer.text),
        ],
        answer,
      ),
    ),
  ],
  results: () => [],
};
const UI_STATES: RawPart[] = [
  { state: 'output-available', output: { degrees: 12, said: 'rain' } },
  { state: 'output-error', errorText: 'no such place' },
  { state: 'input-available' },
  { state: 'output-available', output: 'rain', providerExecuted: true },
];

const aiSdkV4: DialectMessages = {
  ...aiSdkUi,
  name: 'ai-sdk UI messages of release 4',
  says: (said, media) => [
    row('user', [
      text(said),
      ...media.map((one) =>
        'data' in one ? { type: 'file', mimeType: one.mediaType, data: one.data } : aiSdkPart(one),
      ),
    ]),
  ],
  answers: (answer) => [
    row('assistant', [
      ...(answer.reasoning === null
        ? []
        : [
            {
              type: 'reasoning',
              reasoning: answer.reasoning,
              details: [{ type: 'text', text: answer.reasoning, signature: 'EqQB' }],
            },
          ]),
      ...answer.calls.map(({ id, name, input }, i) => ({
        type: 'tool-invocation',
        toolInvocation: {
          ...(i % 3 === 2 ? { state: 'call' } : { state: 'result', result: { said: 'rain' } }),
          ...idAs('toolCallId', id),
          toolName: name,
          args: parsed(input),
        },
      })),
      text(answer.text),
    ]),
  ],
};

const aiSdkModel: DialectMessages = {
  name: 'ai-sdk model messages',
  says: (said, media) => [
    row('user', [
      text(said),
      ...media.map((one) =>
        one.kind === 'image'
          ? { type: 'image', image: addressOf(one), mediaType: one.mediaType }
          : one.kind === 'upload'
            ? aiSdkPart(one)
            : { type: 'file', data: addressOf(one), mediaType: one.mediaType },
      ),
    ]),
  ],
  answers: (answer) => [
    row(
      'assistant',
      inOrder(
        answer.reasoning === null
          ? []
          : [
              {
                type: 'reasoning',
                text: answer.reasoning,
                providerOptions: { anthropic: { signature: 'EqQB' } },
              },
            ],
        [
          text(answer.text),
          ...answer.calls.map(({ id, name, input }) => ({
            type: 'tool-call',
            ...idAs('toolCallId', id),
            toolName: name,
            input: parsed(input),
          })),
        ],
        answer,
      ),
    ),
  ],
  results: (results) => [
    row(
      'tool',
      results.map(({ call, text: said, isError, media }) => ({
        type: 'tool-result',
        ...idAs('toolCallId', call.id),
        toolName: call.name,
        output: isError
          ? { type: 'error-text', value: said }
          : media.length === 0
            ? { type: 'json', value: { said } }
            : {
                type: 'content',
                value: [
                  text(said),
                  ...media.map((one) =>
                    'data' in one
                      ? { type: 'media', data: one.data, mediaType: one.mediaType }
                      : text('elsewhere'),
                  ),
                ],
              },
      })),
    ),
  ],
};

const langChainPart = (media: TinyMedia): RawPart =>
  media.kind === 'upload'
    ? { type: 'file', source_type: 'id', id: media.fileId }
    : 'url' in media
      ? { type: media.kind, source_type: 'url', url: media.url, mime_type: media.mediaType }
      : { type: media.kind, source_type: 'base64', data: media.data, mime_type: media.mediaType };

const langChain: DialectMessages = {
  name: 'langchain',
  says: (said, media) => [row('user', [text(said), ...media.map(langChainPart)])],
  answers: (answer) => [
    row(
      'assistant',
      inOrder(
        answer.reasoning === null ? [] : [{ type: 'reasoning', reasoning: answer.reasoning }],
        [
          text(answer.text),
          ...answer.calls.map(({ id, name, input }) => ({
            type: 'tool_call',
            ...idAs('id', id),
            name,
            args: parsed(input),
          })),
        ],
        answer,
      ),
    ),
  ],
  results: (results) =>
    results.map(({ call, text: said, isError }) =>
      row('tool', said, {
        ...idAs('tool_call_id', call.id),
        name: call.name,
        status: isError ? 'error' : 'success',
      }),
    ),
};

const langChainMetadata: DialectMessages = {
  ...langChain,
  name: 'langchain with calls in metadata',
  answers: ({ text: said, calls }) => [
    row('assistant', said, {
      tool_calls: calls.map(({ id, name, input }) => ({
        ...idAs('id', id),
        name,
        args: parsed(input),
        type: 'tool_call',
      })),
    }),
  ],
};

export const DIALECT_MESSAGES: readonly DialectMessages[] = [
  openAi,
  openAiMetadata,
  responses,
  agents,
  anthropic,
  gemini,
  bedrock,
  aiSdkUi,
  aiSdkV4,
  aiSdkModel,
  langChain,
  langChainMetadata,
];
