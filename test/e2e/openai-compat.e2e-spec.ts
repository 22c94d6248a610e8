// Chat completions: the published client of OpenAI talks to conversations.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import OpenAI from 'openai';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { eventually } from '../support/wait.js';

let standIn: ModelStandIn;
let api: TestApp;
let url: string;
beforeAll(async () => {
  standIn = await startModelStandIn();
  api = await createTestApp({ ...standIn.environment, JOB_CONCURRENCY: '2' });
  url = await api.listen();
});
afterAll(async () => {
  await api.close();
  await standIn.close();
});
beforeEach(() => {
  standIn.forget();
});

type Body = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming;
type Message = OpenAI.Chat.ChatCompletionMessageParam;

const MODEL = 'stand-in/a-model';
const user = (content: string): Message => ({ role: 'user', content });
const system = (content: string): Message => ({ role: 'system', content });
const FIND: OpenAI.Chat.ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'find_place',
    description: 'Finds a place.',
    parameters: { type: 'object', properties: { near: { type: 'string' } } },
  },
};

let count = 0;

/** A client with a conversation and a history of its own. */
class Chat {
  readonly key = `key:chat-${++count}`;
  readonly user: Caller;
  readonly client: OpenAI;

  constructor(
    readonly name = `user-${count}`,
    options: { apiKey?: string; maxRetries?: number } = {},
  ) {
    this.user = api.actingFor(name);
    this.client = new OpenAI({
      baseURL: `${url}/compat/openai/v1`,
      apiKey: options.apiKey ?? api.serviceKey,
      maxRetries: options.maxRetries ?? 0,
    });
  }

  bodyOf = (messages: Message[], fields: object = {}): Body => ({
    model: MODEL,
    messages,
    metadata: { conversation: this.key, user: this.name },
    ...fields,
  });

  ask = (messages: Message[], fields: object = {}) =>
    this.client.chat.completions.create(this.bodyOf(messages, fields));

  stream = (messages: Message[], fields: object = {}) =>
    this.client.chat.completions.create({
      ...this.bodyOf(messages, fields),
      stream: true,
      stream_options: { include_usage: true },
    });

  /** What the conversation shows. */
  async stored(query = ''): Promise<[role: string, content: unknown][]> {
    const path = `/v1/conversations/${encodeURIComponent(this.key)}/messages?order=asc${query}`;
    const { body } = await this.user.get(path).expect(200);
    return (body.data as { role: string; content: unknown }[]).map(({ role, content }) => [
      role,
      content,
    ]);
  }

  async turns(): Promise<{ id: string; state: string }[]> {
    const path = `/v1/conversations/${encodeURIComponent(this.key)}/turns`;
    return (await this.user.get(path).expect(200)).body.data;
  }
}

/** What the model was sent, without the parts around texts. */
const sent = (request = standIn.requests.length - 1) =>
  (standIn.requests[request]!.body['messages'] as { role: string; content: unknown }[]).map(
    ({ role, content }) => [role, content],
  );

const refusal = (call: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> =>
  call.then(
    () => Promise.reject(new Error('it was not refused')),
    (error: unknown) => error as InstanceType<typeof OpenAI.APIError>,
  );

describe('a completion', () => {
  it('answers as OpenAI does, and stores the message and the reply', async () => {
    const chat = new Chat();
    standIn.next({ text: ['At ', 'the market.'], usage: { input: 21, output: 4, cached: 5 } });
    const completion = await chat.ask([user('Where shall we eat?')]);
    expect(completion).toMatchObject({
      object: 'chat.completion',
      model: MODEL,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'At the market.', refusal: null },
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 21,
        completion_tokens: 4,
        total_tokens: 25,
        prompt_tokens_details: { cached_tokens: 5 },
      },
    });
    expect(completion.id).toMatch(/^chatcmpl-/);
    expect(Math.abs(completion.created * 1_000 - Date.now())).toBeLessThan(86_400_000);
    expect(await chat.stored()).toEqual([
      ['user', 'Where shall we eat?'],
      ['assistant', 'At the market.'],
    ]);
  });

  it('stores only what is new of a history, and gives the model the conversation', async () => {
    const chat = new Chat();
    const history = [user('One?')];
    standIn.next({ text: ['1'] }, { text: ['2'] });
    const first = await chat.ask(history);
    history.push(first.choices[0]!.message, user('Two?'));
    await chat.ask(history);
    expect(await chat.stored()).toEqual([
      ['user', 'One?'],
      ['assistant', '1'],
      ['user', 'Two?'],
      ['assistant', '2'],
    ]);
    expect(sent()).toEqual([
      ['user', 'One?'],
      ['assistant', '1'],
      ['user', 'Two?'],
    ]);
  });

  it('takes instructions for one call, and stores none', async () => {
    const chat = new Chat();
    standIn.next({ text: ['1'] }, { text: ['2'] });
    await chat.ask([system('It is nine.'), user('One?')]);
    await chat.ask([
      { role: 'developer', content: 'It is ten.' },
      system('Be brief.'),
      user('One?'),
      { role: 'assistant', content: ' 1\n' },
      user('Two?'),
    ]);
    expect(sent(0)[0]).toEqual(['system', 'It is nine.']);
    expect(sent(1)).toEqual([
      ['system', 'It is ten.\n\nBe brief.'],
      ['user', 'One?'],
      ['assistant', '1'],
      ['user', 'Two?'],
    ]);
    expect((await chat.stored()).map(([role]) => role)).not.toContain('system');
  });

  it('begins a branch behind the last message that a history has as it is', async () => {
    const chat = new Chat();
    standIn.next({ text: ['1'] }, { text: ['2'] }, { text: ['3'] });
    await chat.ask([user('One?')]);
    const known = [user('One?'), { role: 'assistant', content: '1' } as const];
    await chat.ask([...known, user('Two?')]);
    await chat.ask([...known, user('Three?')]);
    expect(await chat.stored()).toEqual([
      ['user', 'One?'],
      ['assistant', '1'],
      ['user', 'Three?'],
      ['assistant', '3'],
    ]);
    expect(await chat.stored('&all=true')).toHaveLength(6);
  });

  it('answers again when nothing of a history is new', async () => {
    const chat = new Chat();
    standIn.next({ text: ['1'] }, { text: ['I'] });
    await chat.ask([user('One?')]);
    const again = await chat.ask([user('One?')]);
    expect(again.choices[0]!.message.content).toBe('I');
    expect(await chat.stored()).toEqual([
      ['user', 'One?'],
      ['assistant', 'I'],
    ]);
    expect(await chat.stored('&all=true')).toHaveLength(3);
  });

  it('follows what the conversation ends with when all messages are new', async () => {
    const chat = new Chat();
    const metadata = { conversation: chat.key, user: chat.name, history: 'new' };
    standIn.next({ text: ['1'] }, { text: ['2'] });
    await chat.ask([user('One?')], { metadata });
    await chat.ask([user('One?')], { metadata });
    expect((await chat.stored()).map(([, content]) => content)).toEqual(['One?', '1', 'One?', '2']);
  });

  it('does not store again what was erased', async () => {
    const chat = new Chat();
    standIn.next({ text: ['1'] }, { text: ['2'] });
    const { choices } = await chat.ask([user('My secret.')]);
    const path = `/v1/conversations/${encodeURIComponent(chat.key)}/messages`;
    const { body } = await chat.user.get(`${path}?order=asc`).expect(200);
    await chat.user.delete(`${path}/${body.data[0].id as string}`).expect(200);
    await chat.ask([user('My secret.'), choices[0]!.message, user('Go on.')]);
    expect((await chat.stored('&all=true')).map(([, content]) => content)).toEqual([
      '',
      '1',
      'Go on.',
      '2',
    ]);
  });

  it('passes parameters on, and refuses fields that it does not know', async () => {
    const chat = new Chat();
    const response_format = {
      type: 'json_schema',
      json_schema: { name: 'place', schema: { type: 'object' }, strict: true },
    };
    await chat.ask([user('Where?')], {
      temperature: 0.5,
      top_p: 0.9,
      max_completion_tokens: 50,
      stop: 'END',
      seed: 7,
      presence_penalty: 0.1,
      logit_bias: { '50256': -100 },
      response_format,
      n: 1,
    });
    expect(standIn.requests[0]!.body).toMatchObject({
      model: 'a-model',
      temperature: 0.5,
      top_p: 0.9,
      max_tokens: 50,
      stop: ['END'],
      seed: 7,
      presence_penalty: 0.1,
      logit_bias: { '50256': -100 },
      response_format,
    });
    const error = await refusal(chat.ask([user('Where?')], { temperatur: 1 }));
    expect(error).toBeInstanceOf(OpenAI.UnprocessableEntityError);
    expect(error).toMatchObject({ code: 'request.invalid_body', param: '/temperatur' });
  });

  it('refuses a message that is longer than any context', async () => {
    const error = await refusal(new Chat().ask([user('word '.repeat(100_000))]));
    expect(error).toBeInstanceOf(OpenAI.UnprocessableEntityError);
    expect(error).toMatchObject({ code: 'completion.too_long' });
    expect(standIn.requests).toHaveLength(0);
  });

  it('says why it ended', async () => {
    const chat = new Chat();
    standIn.next({ text: ['Once upon'], finish: 'length' });
    const { choices } = await chat.ask([user('Tell.')]);
    expect(choices[0]!.finish_reason).toBe('length');
  });
});

describe('a stream of chunks', () => {
  it('has the role, the words, the reason and the usage, and equals what is stored', async () => {
    const chat = new Chat();
    const text = ['Grüße ', 'aus ', 'Köln 🌉', '.'];
    standIn.next({ text, reasoning: ['Hm.'], usage: { input: 9, output: 6, reasoning: 2 } });
    const chunks: OpenAI.Chat.ChatCompletionChunk[] = [];
    for await (const chunk of await chat.stream([user('Hi')])) chunks.push(chunk);
    const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
    expect(deltas[0]).toMatchObject({ role: 'assistant' });
    expect(deltas.map(({ content }) => content ?? '').join('')).toBe(text.join(''));
    expect(
      deltas.map((delta) => (delta as { reasoning_content?: string }).reasoning_content).join(''),
    ).toBe('Hm.');
    expect(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual(['stop']);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 9, completion_tokens: 6, total_tokens: 15 },
    });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    const [, reply] = await chat.stored();
    expect(reply).toEqual([
      'assistant',
      expect.arrayContaining([expect.objectContaining({ type: 'text', text: text.join('') })]),
    ]);
  });

  it('is read by the helper of the client', async () => {
    const chat = new Chat();
    standIn.next({ text: ['At ', 'the market.'] });
    const stream = chat.client.chat.completions.stream(chat.bodyOf([user('Where?')]) as never);
    expect(await stream.finalContent()).toBe('At the market.');
  });

  it('is not what the turn depends on: it goes on without the client', async () => {
    const chat = new Chat();
    let open = () => {};
    const until = new Promise<void>((resolve) => (open = resolve));
    standIn.next({ text: ['One', ' two', ' three'], hold: { afterDeltas: 1, until } });
    for await (const { choices } of await chat.stream([user('Count.')]))
      if (choices[0]?.delta.content) break;
    open();
    await eventually(async () => (await chat.turns())[0]?.state === 'completed');
    expect((await chat.stored())[1]).toEqual(['assistant', 'One two three']);
  });

  it('ends with an error when the model breaks off', async () => {
    const chat = new Chat();
    standIn.next({ text: ['One', ' two', ' three'], drop: { afterDeltas: 2 } });
    const read = async () => {
      for await (const chunk of await chat.stream([user('Count.')])) void chunk;
    };
    const error = await refusal(read());
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error.code).toBe('model.interrupted');
    await eventually(async () => (await chat.turns())[0]?.state === 'interrupted');
  });
});

describe('tools of a completion', () => {
  const calls = [{ id: 'call_1', name: 'find_place', input: { near: 'harbour' } }];

  it('are called, and their results go on with the same turn', async () => {
    const chat = new Chat();
    standIn.next(
      { toolCalls: calls, usage: { input: 10, output: 5 } },
      { text: ['At the market.'], usage: { input: 30, output: 7 } },
    );
    const history = [user('Where?')];
    const first = await chat.ask(history, { tools: [FIND], tool_choice: 'required' });
    expect(standIn.requests[0]!.body).toMatchObject({
      tools: [{ type: 'function', function: { name: 'find_place' } }],
      tool_choice: 'required',
    });
    const { message, finish_reason: reason } = first.choices[0]!;
    expect(reason).toBe('tool_calls');
    expect(message).toMatchObject({
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'find_place' } }],
    });
    history.push(message, { role: 'tool', tool_call_id: 'call_1', content: 'market hall' });
    const second = await chat.ask(history, { tools: [FIND] });
    expect(second.choices[0]!.message.content).toBe('At the market.');
    expect(second.usage).toMatchObject({ prompt_tokens: 30, completion_tokens: 7 });
    expect(standIn.requests[1]!.body).not.toHaveProperty('tool_choice', 'required');
    const turns = await chat.turns();
    expect(turns.map(({ state }) => state)).toEqual(['completed']);
    expect((await chat.stored()).map(([role]) => role)).toEqual([
      'user',
      'assistant',
      'tool',
      'assistant',
    ]);
  });

  it('come as chunks with their places', async () => {
    const chat = new Chat();
    const two = [...calls, { id: 'call_2', name: 'find_place', input: { near: 'station' } }];
    standIn.next({ toolCalls: two });
    const found: unknown[] = [];
    for await (const { choices } of await chat.stream([user('Where?')], { tools: [FIND] })) {
      found.push(...(choices[0]?.delta.tool_calls ?? []));
      if (choices[0]?.finish_reason) expect(choices[0].finish_reason).toBe('tool_calls');
    }
    expect(found).toMatchObject([
      { index: 0, id: 'call_1', function: { arguments: '{"near":"harbour"}' } },
      { index: 1, id: 'call_2', function: { arguments: '{"near":"station"}' } },
    ]);
  });

  it('are run by the helper of the client', async () => {
    const chat = new Chat();
    standIn.next({ toolCalls: calls }, { text: ['At the market.'] });
    const asked: unknown[] = [];
    const runner = chat.client.chat.completions.runTools({
      ...chat.bodyOf([user('Where?')]),
      tools: [
        {
          type: 'function',
          function: {
            name: 'find_place',
            parse: JSON.parse,
            parameters: { type: 'object' },
            function: (input: object) => (asked.push(input), 'market hall'),
          },
        },
      ],
    } as never);
    expect(await runner.finalContent()).toBe('At the market.');
    expect(asked).toEqual([{ near: 'harbour' }]);
    expect(await chat.stored()).toHaveLength(4);
  });
});

describe('a retry of a completion', () => {
  it('with the same Idempotency-Key gets the same reply, and calls no model', async () => {
    const chat = new Chat();
    standIn.next({ text: ['One.'] });
    const headers = { 'Idempotency-Key': `retry-${chat.key}` };
    const body = chat.bodyOf([user('Count.')]);
    const first = await chat.client.chat.completions.create(body, { headers });
    const second = await chat.client.chat.completions.create(body, { headers });
    expect(second).toEqual(first);
    expect(standIn.requests).toHaveLength(1);
  });

  it('of a call gets the call, although its result has been given since', async () => {
    const chat = new Chat();
    const toolCalls = [{ id: 'call_1', name: 'find_place', input: {} }];
    standIn.next({ toolCalls }, { text: ['Done.'] });
    const headers = { 'Idempotency-Key': `call-${chat.key}` };
    const body = chat.bodyOf([user('Where?')], { tools: [FIND] });
    const first = await chat.client.chat.completions.create(body, { headers });
    const { message } = first.choices[0]!;
    const result: Message = { role: 'tool', tool_call_id: 'call_1', content: 'x' };
    await chat.ask([user('Where?'), message, result]);
    const again = await chat.client.chat.completions.create(body, { headers });
    expect(again.choices).toEqual(first.choices);
  });
});

describe('an error', () => {
  it.each<[string, number, new (...args: never[]) => Error, string]>([
    ['refuses', 400, OpenAI.UnprocessableEntityError, 'completion.model_refused'],
    ['is busy', 429, OpenAI.RateLimitError, 'completion.model_limited'],
  ])('of a model that %s has a class of the client', async (_, status, type, code) => {
    const chat = new Chat('errors', { maxRetries: 2 });
    standIn.next({
      status,
      headers: { 'retry-after': '3600' },
      body: '{"error":{"message":"Nothing doing."}}',
    });
    const error = await refusal(chat.ask([user('Hi')]));
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ code });
    expect(error.message).toContain('Nothing doing.');
    // The client does not try again by itself.
    expect(standIn.requests).toHaveLength(1);
    const streamed = new Chat('errors');
    standIn.next({ status, headers: { 'retry-after': '3600' }, body: '{}' });
    expect(await refusal(streamed.stream([user('Hi')]))).toBeInstanceOf(type);
  });

  it('of the key, the user or the conversation has a class of the client', async () => {
    const chat = new Chat();
    const stranger = new Chat('x', { apiKey: 'tk_wrong' });
    expect(await refusal(stranger.ask([user('Hi')]))).toBeInstanceOf(OpenAI.AuthenticationError);
    const nobody = await refusal(chat.ask([user('Hi')], { metadata: { conversation: chat.key } }));
    expect(nobody).toBeInstanceOf(OpenAI.BadRequestError);
    expect(nobody.code).toBe('access.user_required');
    const nowhere = await refusal(chat.ask([user('Hi')], { metadata: { user: 'ada' } }));
    expect(nowhere).toMatchObject({ status: 422, param: '/metadata/conversation' });
    const metadata = { conversation: '01a204d2-dfc5-7000-8000-000000000000', user: 'ada' };
    expect(await refusal(chat.ask([user('Hi')], { metadata }))).toBeInstanceOf(
      OpenAI.NotFoundError,
    );
    expect(await refusal(chat.ask([user('Hi')], { model: 'a-model' }))).toMatchObject({
      status: 404,
      code: 'completion.unknown_model',
    });
    expect(standIn.requests).toHaveLength(0);
  });

  it('is a conflict while another turn runs', async () => {
    const chat = new Chat();
    let open = () => {};
    const until = new Promise<void>((resolve) => (open = resolve));
    standIn.next({ text: ['One', ' two'], hold: { afterDeltas: 1, until } });
    const first = chat.ask([user('Count.')]);
    await standIn.requested(1);
    const error = await refusal(chat.ask([user('Count.'), user('Now.')]));
    expect(error).toBeInstanceOf(OpenAI.ConflictError);
    open();
    await first;
  });
});

describe('the user of a completion', () => {
  it('is named in the metadata or in the header, and both must agree', async () => {
    const chat = new Chat('grace');
    const headers = { 'Threadkeep-User': 'grace' };
    const body = chat.bodyOf([user('Hi')], { metadata: { conversation: chat.key } });
    await chat.client.chat.completions.create(body, { headers });
    expect(await chat.stored()).toHaveLength(2);
    const other = { ...body, metadata: { conversation: chat.key, user: 'heidi' } };
    const error = await refusal(chat.client.chat.completions.create(other, { headers }));
    expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError);
  });

  it("is the owner of a user's key, who cannot name another one", async () => {
    const owner = await api.service.post('/v1/users', { externalId: 'ivan' }).expect(201);
    const { body } = await api.service
      .post('/v1/api-keys', { name: 'ivan', userId: owner.body.id })
      .expect(201);
    const chat = new Chat('ivan', { apiKey: body.key as string });
    await chat.ask([user('Hi')], { metadata: { conversation: chat.key } });
    await chat.ask([user('Ho')]);
    const metadata = { conversation: chat.key, user: 'judy' };
    expect(await refusal(chat.ask([user('Hi')], { metadata }))).toBeInstanceOf(
      OpenAI.PermissionDeniedError,
    );
  });

  it('does not see the conversations of others under the same key', async () => {
    const [one, two] = [new Chat('kim'), new Chat('leo')];
    const metadata = { conversation: one.key, user: two.name };
    await one.ask([user('A secret.')]);
    await two.ask([user('Hello.')], { metadata });
    expect(sent()).toEqual([['user', 'Hello.']]);
    expect(await one.stored()).toHaveLength(2);
  });
});
