// The events of an answer in the wire formats of model providers, for the stand-in.

/** What a model says, whatever the wire format is. */
export interface ModelWords {
  /** Deltas, one event each. */
  reasoning?: string[];
  /** Of the reasoning, as Anthropic and Google give it. */
  signature?: string;
  text?: string[];
  /** `input` in pieces is sent as given, so it may be no JSON. */
  toolCalls?: { id: string; name: string; input: object | string[] }[];
  /** The raw finish reason; null for an end without one. */
  finish?: string | null;
  /** Tokens; null for an answer that tells none. */
  usage?: { input: number; output: number; cached?: number; reasoning?: number } | null;
}

/** One server-sent event. `isDelta` marks those that the faults of a script count. */
export interface WireEvent {
  bytes: Buffer;
  isDelta: boolean;
}

const event = (data: object, isDelta = false, name?: string): WireEvent => ({
  bytes: Buffer.from(
    `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`,
  ),
  isDelta,
});
const DONE: WireEvent = { bytes: Buffer.from('data: [DONE]\n\n'), isDelta: false };

const piecesOf = (input: object | string[]): string[] =>
  Array.isArray(input) ? (input as string[]) : [JSON.stringify(input)];
const usageIn = ({ usage }: ModelWords) => (usage === undefined ? { input: 10, output: 5 } : usage);

export function chatEvents(words: ModelWords, model: string): WireEvent[] {
  const chunk = (fields: object, isDelta = false) =>
    event(
      { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model, ...fields },
      isDelta,
    );
  const delta = (fields: object) =>
    chunk({ choices: [{ index: 0, delta: fields, finish_reason: null }] }, true);
  const calls = words.toolCalls ?? [];
  const finish =
    words.finish === undefined ? (calls.length > 0 ? 'tool_calls' : 'stop') : words.finish;
  const usage = usageIn(words);
  return [
    chunk({ choices: [{ index: 0, delta: { role: 'assistant' }, finish_reason: null }] }),
    ...(words.reasoning ?? []).map((text) => delta({ reasoning_content: text })),
    ...(words.text ?? []).map((content) => delta({ content })),
    ...calls.flatMap(({ id, name, input }, index) => [
      delta({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
      ...piecesOf(input).map((text) =>
        delta({ tool_calls: [{ index, function: { arguments: text } }] }),
      ),
    ]),
    ...(finish === null
      ? []
      : [chunk({ choices: [{ index: 0, delta: {}, finish_reason: finish }] })]),
    ...(finish === null || usage === null
      ? []
      : [
          chunk({
            choices: [],
            usage: {
              prompt_tokens: usage.input,
              completion_tokens: usage.output,
              total_tokens: usage.input + usage.output,
              prompt_tokens_details: { cached_tokens: usage.cached ?? 0 },
              completion_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
            },
          }),
        ]),
    ...(finish === null ? [] : [DONE]),
  ];
}

export function anthropicEvents(words: ModelWords, model: string): WireEvent[] {
  const named = (data: { type: string }, isDelta = false) => event(data, isDelta, data.type);
  const usage = usageIn(words) ?? { input: 0, output: 0 };
  const calls = words.toolCalls ?? [];
  const finish =
    words.finish === undefined ? (calls.length > 0 ? 'tool_use' : 'end_turn') : words.finish;
  let index = -1;
  const block = (start: object, deltas: object[]) => {
    index += 1;
    return [
      named({ type: 'content_block_start', index, content_block: start } as never),
      ...deltas.map((delta) => named({ type: 'content_block_delta', index, delta } as never, true)),
      named({ type: 'content_block_stop', index } as never),
    ];
  };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model, content: [] };
  const input = {
    input_tokens: usage.input - (usage.cached ?? 0),
    cache_read_input_tokens: usage.cached ?? 0,
    cache_creation_input_tokens: 0,
  };
  const signature =
    words.signature === undefined ? [] : [{ type: 'signature_delta', signature: words.signature }];
  const thoughts = (words.reasoning ?? []).map((thinking) => ({
    type: 'thinking_delta',
    thinking,
  }));
  return [
    named({
      type: 'message_start',
      message: { ...message, usage: { ...input, output_tokens: 1 } },
    } as never),
    named({ type: 'ping' }),
    ...(words.reasoning
      ? block({ type: 'thinking', thinking: '', signature: '' }, [...thoughts, ...signature])
      : []),
    ...(words.text
      ? block(
          { type: 'text', text: '' },
          words.text.map((text) => ({ type: 'text_delta', text })),
        )
      : []),
    ...calls.flatMap((call) =>
      block(
        { type: 'tool_use', id: call.id, name: call.name, input: {} },
        piecesOf(call.input).map((text) => ({ type: 'input_json_delta', partial_json: text })),
      ),
    ),
    ...(finish === null
      ? []
      : [
          named({
            type: 'message_delta',
            delta: { stop_reason: finish, stop_sequence: null },
            usage: { output_tokens: usage.output },
          } as never),
          named({ type: 'message_stop' }),
        ]),
  ];
}

export function googleEvents(words: ModelWords, model: string): WireEvent[] {
  const chunk = (fields: object, isDelta = false) =>
    event({ modelVersion: model, responseId: 'r-1', ...fields }, isDelta);
  const part = (fields: object) =>
    chunk({ candidates: [{ index: 0, content: { role: 'model', parts: [fields] } }] }, true);
  const usage = usageIn(words);
  const signed = words.signature === undefined ? {} : { thoughtSignature: words.signature };
  const finish = words.finish === undefined ? 'STOP' : words.finish;
  return [
    ...(words.reasoning ?? []).map((text) => part({ text, thought: true, ...signed })),
    ...(words.text ?? []).map((text) => part({ text })),
    ...(words.toolCalls ?? []).map(({ name, input }) =>
      part({ functionCall: { name, args: input } }),
    ),
    ...(finish === null
      ? []
      : [
          chunk({
            candidates: [{ index: 0, content: { role: 'model', parts: [] }, finishReason: finish }],
            ...(usage === null
              ? {}
              : {
                  usageMetadata: {
                    promptTokenCount: usage.input,
                    candidatesTokenCount: usage.output,
                    totalTokenCount: usage.input + usage.output,
                    cachedContentTokenCount: usage.cached ?? 0,
                  },
                }),
          }),
        ]),
  ];
}

/** Texts only: the stand-in's Responses API knows neither reasoning nor tools. */
export function responsesEvents(words: ModelWords, model: string): WireEvent[] {
  let sequence = 0;
  const named = (type: string, fields: object, isDelta = false) =>
    event({ type, sequence_number: sequence++, ...fields }, isDelta, type);
  const item = { type: 'message', id: 'msg_1', role: 'assistant', content: [] };
  const response = { id: 'resp_1', object: 'response', created_at: 1, model, output: [] };
  const usage = usageIn(words);
  const place = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  return [
    named('response.created', { response: { ...response, status: 'in_progress' } }),
    named('response.output_item.added', {
      output_index: 0,
      item: { ...item, status: 'in_progress' },
    }),
    ...(words.text ?? []).map((delta) =>
      named('response.output_text.delta', { ...place, delta, logprobs: [] }, true),
    ),
    ...(words.finish === null
      ? []
      : [
          named('response.output_item.done', {
            output_index: 0,
            item: { ...item, status: 'completed' },
          }),
          named('response.completed', {
            response: {
              ...response,
              status: 'completed',
              usage: usage && {
                input_tokens: usage.input,
                input_tokens_details: { cached_tokens: usage.cached ?? 0 },
                output_tokens: usage.output,
                output_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
                total_tokens: usage.input + usage.output,
              },
            },
          }),
        ]),
  ];
}

/** The events of a path of an API; null for a path that the stand-in does not know. */
export function wireEvents(path: string, words: ModelWords, model: string): WireEvent[] | null {
  if (path.endsWith('/chat/completions')) return chatEvents(words, model);
  if (path.endsWith('/messages')) return anthropicEvents(words, model);
  if (path.endsWith('/responses')) return responsesEvents(words, model);
  return path.includes(':streamGenerateContent') ? googleEvents(words, model) : null;
}
