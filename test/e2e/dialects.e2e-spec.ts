// Messages come in as each provider and SDK has them, and a conversation is given in any dialect.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { CHECKERS } from '../support/dialect-rules/index.js';
import { Talk } from '../support/talks.js';

let app: TestApp;
let ada: Caller;
beforeAll(async () => {
  app = await createTestApp();
  ada = app.actingFor('ada');
});
afterAll(() => app.close());

/** One turn with a call of a tool, as each dialect has it. */
const TURNS: Record<string, object[]> = {
  openai: [
    { role: 'user', content: 'Weather?', name: 'ada' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'w', arguments: '{}' } }],
    },
    { role: 'tool', content: 'rain', tool_call_id: 'c1' },
    { role: 'assistant', content: 'It rains.' },
  ],
  'openai-responses': [
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Weather?' }] },
    { type: 'function_call', id: 'fc_1', call_id: 'c2', name: 'w', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c2', output: 'rain' },
    {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'It rains.', annotations: [] }],
      id: 'msg_1',
      status: 'completed',
    },
  ],
  anthropic: [
    { role: 'user', content: 'Weather?' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'I look.', signature: 'sig' },
        { type: 'tool_use', id: 'toolu_1', name: 'w', input: {} },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'rain' }] },
    { role: 'assistant', content: [{ type: 'text', text: 'It rains.' }] },
  ],
  gemini: [
    { role: 'user', parts: [{ text: 'Weather?' }] },
    { role: 'model', parts: [{ functionCall: { name: 'w', args: {} }, thoughtSignature: 's' }] },
    { role: 'user', parts: [{ functionResponse: { name: 'w', response: { output: 'rain' } } }] },
    { role: 'model', parts: [{ text: 'It rains.' }] },
  ],
  bedrock: [
    { role: 'user', content: [{ text: 'Weather?' }] },
    { role: 'assistant', content: [{ toolUse: { toolUseId: 'b1', name: 'w', input: {} } }] },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId: 'b1', content: [{ text: 'rain' }], status: 'success' } },
      ],
    },
    { role: 'assistant', content: [{ text: 'It rains.' }] },
  ],
  'ai-sdk': [
    { id: 'm1', role: 'user', parts: [{ type: 'text', text: 'Weather?' }] },
    {
      id: 'm2',
      role: 'assistant',
      metadata: { model: 'x' },
      parts: [
        { type: 'step-start' },
        {
          type: 'tool-w',
          toolCallId: 'a1',
          state: 'output-available',
          input: {},
          output: 'rain',
        },
        { type: 'text', text: 'It rains.' },
      ],
    },
  ],
  langchain: [
    { type: 'human', data: { content: 'Weather?', additional_kwargs: {} } },
    {
      type: 'ai',
      data: { content: '', tool_calls: [{ name: 'w', args: {}, id: 'l1', type: 'tool_call' }] },
    },
    { type: 'tool', data: { content: 'rain', tool_call_id: 'l1' } },
    { type: 'ai', data: { content: 'It rains.', tool_calls: [] } },
  ],
};
const dialects = Object.keys(TURNS);

async function converted(talk: Talk, format: string) {
  const { body } = await talk.caller.get(`${talk.path}/messages?format=${format}`).expect(200);
  return body as { data: object[]; system?: object[]; omitted: object[]; nextCursor: unknown };
}

async function started(messages: object[], format?: string): Promise<Talk> {
  const talk = await Talk.start(ada);
  await talk.caller
    .post(`${talk.path}/messages`, { messages, ...(format ? { format } : {}) })
    .expect(201);
  return talk;
}

describe('messages of a dialect', () => {
  it.each(dialects)('of %s are given back as they were sent', async (dialect) => {
    const { data, omitted, nextCursor } = await converted(await started(TURNS[dialect]!), dialect);
    expect(data).toEqual(TURNS[dialect]);
    expect([omitted, nextCursor]).toEqual([[], null]);
  });

  it.each(dialects)(
    'of %s are taken with their format, and refused with another',
    async (dialect) => {
      await started(TURNS[dialect]!, dialect);
      const talk = await Talk.start(ada);
      const wrong = { type: 'web_page', url: 'https://example.com' };
      const { body } = await talk.caller
        .post(`${talk.path}/messages`, { messages: [...TURNS[dialect]!, wrong], format: dialect })
        .expect(422);
      expect(body).toMatchObject({ errors: [{ pointer: `/messages/${TURNS[dialect]!.length}` }] });
      expect((await converted(talk, dialect)).data).toEqual([]);
    },
  );

  it.each(dialects)('of %s become legal contexts of every format', async (dialect) => {
    const talk = await started(TURNS[dialect]!);
    for (const [format, check] of Object.entries(CHECKERS)) {
      const { messages, system, omitted } = await talk.context({ format });
      expect([format, check({ messages, ...(system ? { system } : {}) })]).toEqual([format, null]);
      expect(omitted).toMatchObject({ messages: 0, unpairedToolParts: 0 });
      expect(JSON.stringify(messages)).toMatch(/Weather\?.*"?w"?.*rain.*It rains\./);
    }
  });

  it('of several dialects make one conversation, with what has no place named', async () => {
    const talk = await started([...TURNS['anthropic']!, ...TURNS['openai']!, ...TURNS['gemini']!]);
    for (const format of dialects) {
      const { data, omitted } = await converted(talk, format);
      expect(JSON.stringify(data).match(/It rains\./g)).toHaveLength(3);
      const hasThinking = JSON.stringify(data).includes('I look.');
      expect([format, hasThinking, omitted]).toEqual([
        format,
        hasThinking,
        hasThinking ? [] : [{ seq: 2, kind: 'reasoning', reason: expect.any(String) }],
      ]);
    }
  });
});

describe('what stands beside the content of OpenAI chat', () => {
  const beside = [
    { role: 'user', content: 'Weather?', name: 'ada' },
    { role: 'assistant', content: null, refusal: 'Forecasts are forbidden.' },
    {
      role: 'assistant',
      content: null,
      refusal: null,
      audio: { id: 'audio_1', expires_at: 1_792_000_000, transcript: 'Drizzle in Oslo.' },
    },
    { role: 'assistant', content: 'Bring a coat.', reasoning_content: 'Norway is chilly.' },
  ];

  it('is given back as it was sent, searched, and sent to models of other providers', async () => {
    const talk = await started(beside);
    const { data, omitted } = await converted(talk, 'openai');
    expect([data, omitted]).toEqual([beside, []]);
    for (const [word, seq] of [
      ['forbidden', 2],
      ['drizzle', 3],
      ['chilly', 4],
    ] as const) {
      const found = await talk.caller.get(`${talk.path}/messages/search?q=${word}`).expect(200);
      expect((found.body as { data: object[] }).data).toMatchObject([{ message: { seq } }]);
    }
    const { messages } = await talk.context({ format: 'anthropic' });
    expect(JSON.stringify(messages)).toMatch(/forbidden.*Drizzle.*coat/);
  });

  it('costs tokens', async () => {
    const talk = await started(beside);
    const { body } = await talk.caller.get(`${talk.path}/messages`).expect(200);
    const { data } = body as { data: { tokenCount: number }[] };
    expect(data.map(({ tokenCount }) => tokenCount >= 2)).toEqual([true, true, true, true]);
  });
});

describe('parts of a message', () => {
  it('hold NUL and lone surrogates, byte for byte', async () => {
    const content = [
      { type: 'text', text: 'a\u0000b\ud83d' },
      { type: 'x-\u0000', a: ['\udc00'] },
    ];
    const talk = await started([{ role: 'user', content }]);
    const { body } = await talk.caller.get(`${talk.path}/messages`).expect(200);
    expect((body as { data: { content: unknown }[] }).data[0]!.content).toEqual(content);
    await talk.caller.get(`${talk.path}/messages/search?q=b`).expect(200);
    await talk.context();
  });

  it.each([
    [{ role: 'user', content: 'a\u0000b' }, '/messages/1/content'],
    [{ role: 'user', content: 'x', metadata: { a: '\ud83d' } }, '/messages/1/metadata/a'],
    [{ role: 'tool', content: 'x', tool_call_id: '\u0000' }, '/messages/1/tool_call_id'],
  ])('are the only place for them: %j', async (message, pointer) => {
    const talk = await Talk.start(ada);
    const messages = [{ role: 'user', content: 'x' }, message];
    const { body } = await talk.caller.post(`${talk.path}/messages`, { messages }).expect(422);
    expect(body).toMatchObject({ errors: [{ pointer }] });
  });
});
