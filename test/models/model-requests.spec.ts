import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ModelCall, ModelPrompt, ModelTool } from '../../src/chat/models/index.js';
import { callOf, modelCallsWith, outcomeOf, type TestModelCalls } from '../support/model-calls.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';

const APIS = ['stand-in', 'chat', 'responses', 'claude', 'gemini'];
const tools: ModelTool[] = [
  {
    name: 'get_weather',
    description: 'Tells the weather.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
  { name: 'get_time' },
];
const user = (text: string): ModelPrompt[number] => ({
  role: 'user',
  content: [{ type: 'text', text }],
});

describe('a request to a model provider', () => {
  let standIn: ModelStandIn;
  let models: TestModelCalls;

  beforeAll(async () => {
    standIn = await startModelStandIn();
  });
  afterAll(() => standIn.close());
  beforeEach(() => {
    standIn.requests.length = 0;
    models = modelCallsWith(standIn.environment);
  });
  afterEach(() => models.calls.onApplicationShutdown());

  /** Makes a call, and returns the one request that was sent. */
  async function sent(provider: string, fields: Partial<ModelCall> = {}) {
    const { error } = await outcomeOf(models.calls, callOf(provider, fields));
    expect(error).toBeNull();
    expect(standIn.requests).toHaveLength(1);
    return standIn.requests[0]!;
  }

  it.each([
    ['stand-in', '/v1/chat/completions', 'authorization', 'Bearer stand-in-key'],
    ['chat', '/v1/chat/completions', 'authorization', 'Bearer stand-in-key'],
    ['responses', '/v1/responses', 'authorization', 'Bearer stand-in-key'],
    ['claude', '/v1/messages', 'x-api-key', 'stand-in-key'],
    [
      'gemini',
      '/v1beta/models/a-model:streamGenerateContent?alt=sse',
      'x-goog-api-key',
      'stand-in-key',
    ],
  ])("of %s goes to %s with the operator's key", async (provider, path, header, key) => {
    const request = await sent(provider);
    expect(request.path).toBe(path);
    expect(request.headers[header]).toBe(key);
    expect(request.headers['user-agent']).toBe('threadkeep');
  });

  it.each([
    ['stand-in', 'authorization', 'Bearer own-key'],
    ['claude', 'x-api-key', 'own-key'],
    ['gemini', 'x-goog-api-key', 'own-key'],
  ])("of %s has the user's own key in its place", async (provider, header, key) => {
    const { headers } = await sent(provider, { apiKey: 'own-key' });
    expect(headers[header]).toBe(key);
    expect(JSON.stringify(headers)).not.toContain('stand-in-key');
  });

  it.each(['openai-compatible', 'openai-chat', 'anthropic', 'google'])(
    'of a provider of %s without a key has no empty one, nor one of the environment',
    async (api) => {
      const names = ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'];
      const before = names.map((name) => process.env[name]);
      for (const name of names) process.env[name] = 'key-of-the-environment';
      await models.calls.onApplicationShutdown();
      const bare = { bare: { api, baseUrl: `${standIn.url}/v1` } };
      models = modelCallsWith({ MODEL_PROVIDERS: JSON.stringify(bare) });
      const { headers } = await sent('bare');
      names.forEach((name, i) => {
        if (before[i] === undefined) delete process.env[name];
        else process.env[name] = before[i];
      });
      for (const name of ['authorization', 'x-api-key', 'x-goog-api-key'])
        expect(headers).not.toHaveProperty(name);
    },
  );

  it.each(APIS)('of %s has parameters under the names of the provider', async (provider) => {
    const parameters = { temperature: 0.5, topP: 0.9, maxOutputTokens: 100 };
    const { body } = await sent(provider, { parameters });
    const text = JSON.stringify(body);
    expect(text).toMatch(
      /"(?:max_tokens|max_output_tokens|max_completion_tokens|maxOutputTokens)":100/,
    );
    expect(text).toMatch(/"temperature":0.5/);
  });

  it('to Anthropic always has a limit of its output', async () => {
    expect((await sent('claude')).body).toMatchObject({ max_tokens: 8_192, stream: true });
  });

  it('has stop words, a seed and penalties', async () => {
    const parameters = { stop: ['END'], seed: 7, presencePenalty: 0.1, frequencyPenalty: 0.2 };
    expect((await sent('stand-in', { parameters })).body).toMatchObject({
      stop: ['END'],
      seed: 7,
      presence_penalty: 0.1,
      frequency_penalty: 0.2,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('has efforts and budgets of reasoning', async () => {
    const { body } = await sent('stand-in', { parameters: { reasoningEffort: 'low' } });
    expect(body).toMatchObject({ reasoning_effort: 'low' });
    standIn.requests.length = 0;
    const claude = await sent('claude', { parameters: { thinkingBudgetTokens: 2_048 } });
    expect(claude.body).toMatchObject({ thinking: { type: 'enabled', budget_tokens: 2_048 } });
  });

  it.each(APIS)('of %s has the fields of extra, but none that is its own', async (provider) => {
    const extra = {
      top_a: 0.2,
      nested: { x: [1] },
      model: 'another',
      messages: [],
      stream: false,
      store: true,
      tools: [{ type: 'web_search' }],
      n: 5,
    };
    const { body } = await sent(provider, { parameters: { extra } });
    expect(body).toMatchObject({ top_a: 0.2, nested: { x: [1] } });
    for (const name of ['tools', 'n']) expect(body).not.toHaveProperty(name);
    expect(body['model']).not.toBe('another');
    expect(body['stream']).not.toBe(false);
    expect(body['store']).not.toBe(true);
  });

  it.each(['chat', 'responses'])('to %s asks that nothing be stored there', async (provider) => {
    expect((await sent(provider)).body).toMatchObject({ store: false });
  });

  it.each(APIS)('of %s offers tools', async (provider) => {
    const { body } = await sent(provider, { tools, toolChoice: 'auto' });
    const text = JSON.stringify(body['tools']);
    expect(text).toContain('"get_weather"');
    expect(text).toContain('Tells the weather.');
    expect(text).toContain('"city"');
    expect(text).toContain('"get_time"');
  });

  it('to Anthropic carries the signature of reasoning back', async () => {
    const messages: ModelPrompt = [
      user('Hi'),
      {
        role: 'assistant',
        content: [
          {
            type: 'reasoning',
            text: 'Hm.',
            providerOptions: { anthropic: { signature: 'c2lnbmVk' } },
          },
          { type: 'tool-call', toolCallId: 'c1', toolName: 'get_time', input: { zone: 'UTC' } },
        ],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 'c1',
            toolName: 'get_time',
            output: { type: 'text', value: '12:00' },
          },
        ],
      },
    ];
    const { body } = await sent('claude', { messages, tools });
    expect(body['messages']).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'c2lnbmVk' },
          { type: 'tool_use', id: 'c1', name: 'get_time', input: { zone: 'UTC' } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1' }] },
    ]);
  });

  it.each(['claude', 'gemini'])(
    'to %s labels a system text within a conversation',
    async (provider) => {
      const messages: ModelPrompt = [
        { role: 'system', content: 'Be kind.' },
        user('Hi'),
        { role: 'system', content: 'It is late.' },
        user('So?'),
      ];
      const text = JSON.stringify((await sent(provider, { messages })).body);
      expect(text).toContain('<system>It is late.</system>');
      expect(text).toMatch(/system(?:Instruction)?"/);
    },
  );

  describe('with a file by URL', () => {
    let files: Server;
    let fetched: number;

    beforeAll(async () => {
      files = createServer().on('connection', (socket) => {
        fetched += 1;
        socket.destroy();
      });
      files.listen(0, '127.0.0.1');
      await once(files, 'listening');
    });
    afterAll(() => void files.close());
    beforeEach(() => void (fetched = 0));

    it.each(APIS)('of %s passes it on, and never fetches it', async (provider) => {
      const url = new URL(`https://127.0.0.1:${(files.address() as AddressInfo).port}/cat.png`);
      const messages: ModelPrompt = [
        { role: 'user', content: [{ type: 'file', mediaType: 'image/png', data: url }] },
      ];
      const { body } = await sent(provider, { messages });
      expect(JSON.stringify(body)).toContain(url.href);
      expect(fetched).toBe(0);
    });
  });

  it.each(APIS)('of %s has the name of a model of a gateway as it is', async (provider) => {
    const model = { provider, name: 'openai/gpt-5' };
    const request = await sent(provider, { model });
    const named = provider === 'gemini' ? request.path : request.body['model'];
    expect(named).toContain('openai/gpt-5');
  });

  it('takes no name alone for a model', async () => {
    // @ts-expect-error a model is an object with its provider
    const call = callOf('stand-in', { model: 'openai/gpt-5' });
    const { error } = await outcomeOf(models.calls, call);
    expect(error).toMatchObject({ code: 'model.not_configured' });
    expect(standIn.requests).toEqual([]);
  });

  it.each(['../../admin', 'models/../files/x', 'x?key=', 'x#', 'a\\b', 'a//b', 'a%2e%2e', ''])(
    'to Google cannot be led elsewhere by the name of the model %j',
    async (name) => {
      const call = callOf('gemini', { model: { provider: 'gemini', name } });
      const { error } = await outcomeOf(models.calls, call);
      expect(error).toMatchObject({ code: 'model.refused', retryable: false });
      expect(standIn.requests).toEqual([]);
    },
  );

  it('to Google has fields of extra beside its own within one object', async () => {
    const extra = { generationConfig: { topK: 3, temperature: 9 } };
    const { body } = await sent('gemini', { parameters: { temperature: 0.5, extra } });
    expect(body['generationConfig']).toMatchObject({ topK: 3, temperature: 0.5 });
  });

  it.each(APIS)('of %s goes over the connection of the one before', async (provider) => {
    let end = (): void => {};
    const until = new Promise<void>((resolve) => (end = resolve));
    // The end of the response follows what finishes the answer, where the wire has such an event.
    standIn.next({ text: ['a'], hold: { afterDeltas: 1, until } });
    for await (const { type } of models.calls.stream(callOf(provider)))
      if (type === 'text-delta') setTimeout(end, 20);
    // A connection is free again in the next turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 10));
    await outcomeOf(models.calls, callOf(provider));
    const [first, second] = standIn.requests;
    expect(second!.port).toBe(first!.port);
  });

  it.each(['key\nsecret', 'schlüssel', ''])('is not sent with the key %j', async (apiKey) => {
    const { error } = await outcomeOf(models.calls, callOf('stand-in', { apiKey }));
    expect(error).toMatchObject({ code: 'model.refused', retryable: false });
    expect(error!.message).not.toMatch(/secret|schl/);
    expect(standIn.requests).toEqual([]);
  });

  it('is not sent when the package cannot write it', async () => {
    // Google has no values of two types.
    const parameters = { type: 'object', properties: { size: { enum: [1, 'large'] } } };
    const call = callOf('gemini', { tools: [{ name: 'order', parameters }] });
    const { error } = await outcomeOf(models.calls, call);
    expect(error).toMatchObject({ code: 'model.refused' });
    expect(error!.message).toContain('cannot be sent this request');
    expect(standIn.requests).toEqual([]);
  });
});
