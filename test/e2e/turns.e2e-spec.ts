// A turn: the service calls a model, stores its reply while it grows, and streams it to any number of
// viewers, who may come and go.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { gate, MODEL, Talk, textOf, type Turn } from '../support/talk.js';
import { eventually } from '../support/wait.js';

let standIn: ModelStandIn;
let api: TestApp;
beforeAll(async () => {
  standIn = await startModelStandIn();
  api = await createTestApp({ ...standIn.environment, JOB_CONCURRENCY: '2' });
  await api.listen();
});
afterAll(async () => {
  await api.close();
  await standIn.close();
});
beforeEach(() => {
  standIn.forget();
});

const begin = (name?: string) => Talk.begin(api, name);

describe('a turn', () => {
  it('stores the message, the reply and what became of the call', async () => {
    const talk = await begin();
    standIn.next({ text: ['At ', 'the ', 'market.'], usage: { input: 21, output: 4 } });
    const begun = await talk.turn('Where shall we eat?');
    expect(begun).toMatchObject({ state: 'queued', replySeq: 2 });
    const turn = await talk.settled(begun);
    expect(turn).toMatchObject({
      state: 'completed',
      ...{ provider: 'stand-in', model: 'a-model', finishReason: 'stop', error: null },
      usage: { inputTokens: 21, outputTokens: 4 },
    });
    for (const time of ['startedAt', 'firstOutputAt', 'finishedAt'])
      expect(Date.parse(turn[time] as string)).not.toBeNaN();
    expect(await talk.messages()).toMatchObject([
      { role: 'user', content: 'Where shall we eat?' },
      { role: 'assistant', content: 'At the market.', metadata: { turnId: turn.id } },
    ]);
    const { body } = await talk.user.get(`${talk.path}/context/${turn.manifestId}`).expect(200);
    expect(JSON.stringify(body.messages)).toContain('Where shall we eat?');
    expect(JSON.stringify(standIn.requests[0]!.body)).toContain('Where shall we eat?');
    const [question, reply] = (await talk.messages()) as unknown as [
      { id: string },
      { id: string },
    ];
    const { text } = await talk.user.get(`/v1/messages/${reply.id}/context`).expect(200);
    expect(text).toBe(JSON.stringify(body));
    const none = await talk.user.get(`/v1/messages/${question.id}/context`).expect(404);
    expect(none.body.code).toBe('context.manifest_not_found');
    await api.actingFor('another').get(`/v1/messages/${reply.id}/context`).expect(404);
    await talk.user.delete(`${talk.path}/messages/${question.id}?derived=keep`).expect(204);
    await talk.user.get(`/v1/messages/${reply.id}/context`).expect(410);
    const { body: list } = await talk.user.get(`${talk.path}/turns`).expect(200);
    expect(list.data).toMatchObject([{ id: turn.id }]);
  });

  it('takes one message, in our form or in that of any dialect', async () => {
    const dialects: [string | null, object][] = [
      [null, { role: 'user', content: 'Hi', key: 'k1', metadata: { from: 'phone' } }],
      [null, { role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
      ['anthropic', { role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      ['openai-responses', { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
    ];
    for (const [format, message] of dialects) {
      const talk = await begin();
      const { body } = await talk.user
        .post(`${talk.path}/turns`, { message, format, messages: null, model: MODEL })
        .expect(202);
      await talk.settled(body as Turn);
      const [first] = await talk.messages();
      expect(JSON.stringify(first!['content'])).toContain('"Hi"');
      expect(JSON.stringify(standIn.requests.at(-1)!.body)).toContain('Hi');
      if ('key' in message) expect(first).toMatchObject(message);
    }
  });

  it('takes messages and one more, which is the last', async () => {
    const talk = await begin();
    const body = {
      message: { role: 'user', content: 'Where?' },
      messages: [{ role: 'user', content: 'Hungry.' }],
    };
    const turn = await talk.user.post(`${talk.path}/turns`, { ...body, model: MODEL }).expect(202);
    await talk.settled(turn.body as Turn);
    const said = (await talk.messages()).map(({ content }) => content);
    expect(said.slice(0, 2)).toEqual(['Hungry.', 'Where?']);
  });

  it('gives the model what was said before, and never its own reply in progress', async () => {
    const talk = await begin();
    standIn.next({ text: ['one'] }, { text: ['two'] });
    await talk.settled(await talk.turn('first'));
    await talk.settled(await talk.turn('second'));
    const sent = standIn.requests[1]!.body['messages'] as { role: string; content: unknown }[];
    expect(sent.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(JSON.stringify(sent)).toContain('one');
  });

  it('takes its model, parameters and tools from the agent configuration', async () => {
    const talk = await begin();
    const tools = [{ name: 'find', description: 'Finds.', parameters: { type: 'object' } }];
    const config = await talk.user
      .post('/v1/agent-configs', {
        name: 'guide',
        model: MODEL,
        parameters: { temperature: 0.5 },
        systemPrompt: 'You guide.',
        tools,
      })
      .expect(201);
    await talk.user.patch(talk.path, { agentConfigId: config.body.id }).expect(200);
    const turn = await talk.user
      .post(`${talk.path}/turns`, { messages: [{ role: 'user', content: 'Hi' }] })
      .expect(202);
    await talk.settled(turn.body as Turn);
    expect(standIn.requests[0]!.body).toMatchObject({ model: 'a-model', temperature: 0.5 });
    expect(JSON.stringify(standIn.requests[0]!.body)).toContain('You guide.');
    expect(JSON.stringify(standIn.requests[0]!.body['tools'])).toContain('find');
  });

  it('answers again below the same message', async () => {
    const talk = await begin();
    standIn.next({ text: ['one'] }, { text: ['two'] });
    await talk.settled(await talk.turn('Hi'));
    const [{ id: parentId }] = (await talk.messages()) as unknown as [{ id: string }];
    const { body } = await talk.user
      .post(`${talk.path}/turns`, { parentId, model: MODEL })
      .expect(202);
    await talk.settled(body as Turn);
    expect((await talk.messages()).map(({ content }) => content)).toEqual(['Hi', 'two']);
    const sent = standIn.requests[1]!.body['messages'] as unknown[];
    expect(JSON.stringify(sent)).not.toContain('one');
  });

  it('is made once, however often it is sent under one key', async () => {
    const talk = await begin();
    const user = talk.user.with({ 'idempotency-key': 'turn-1' });
    const body = { messages: [{ role: 'user', content: 'Hi' }], model: MODEL };
    const first = await user.post(`${talk.path}/turns`, body).expect(202);
    const again = await user.post(`${talk.path}/turns`, body).expect(202);
    expect(again.body.id).toBe(first.body.id);
    await talk.settled(first.body as Turn);
    expect(standIn.requests).toHaveLength(1);
    expect(await talk.messages()).toHaveLength(2);
  });

  it('makes a conversation that is missing, or nothing when it is refused', async () => {
    const user = api.actingFor('ada');
    const path = '/v1/conversations/key:new-talk/turns?createIfMissing=true';
    const messages = [{ role: 'user', content: 'Hi' }];
    await user.post(path, { messages }).expect(422);
    await user.get('/v1/conversations/key:new-talk').expect(404);
    const { body } = await user.post(path, { messages, model: MODEL }).expect(202);
    const { body: talk } = await user.get('/v1/conversations/key:new-talk').expect(200);
    expect(body.conversationId).toBe(talk.id);
    await eventually(async () => {
      const turn = await user.get(
        `/v1/conversations/${talk.id as string}/turns/${body.id as string}`,
      );
      return turn.body.state === 'completed';
    });
  });
});

describe('a reply that breaks off', () => {
  it('keeps what was said, and the turn says why', async () => {
    const talk = await begin();
    standIn.next({ text: ['Half ', 'a ', 'reply'], drop: { afterDeltas: 2 } });
    const turn = await talk.settled(await talk.turn('Hi'));
    expect(turn).toMatchObject({ state: 'interrupted', error: { code: 'model.interrupted' } });
    expect((await talk.messages())[1]).toMatchObject({ content: 'Half a ', status: 'interrupted' });
    expect(standIn.requests).toHaveLength(1);
  });

  it('is failed when nothing was said, and the next turn does not see it', async () => {
    const talk = await begin();
    standIn.next({ status: 401, body: '{"error":{"message":"bad key"}}' }, { text: ['Hello'] });
    const turn = await talk.settled(await talk.turn('Hi'));
    expect(turn).toMatchObject({ state: 'failed', error: { code: 'model.refused' } });
    expect((await talk.messages())[1]).toMatchObject({ content: '', status: 'failed' });
    const next = await talk.settled(await talk.turn('Again'));
    expect(next.state).toBe('completed');
    const sent = standIn.requests[1]!.body['messages'] as { role: string }[];
    expect(sent.map(({ role }) => role)).not.toContain('assistant');
  });

  it('ends at once when it is cancelled, and closes the connection to the model', async () => {
    const talk = await begin();
    const { until } = gate();
    standIn.next({ text: ['Half', ' more'], hold: { afterDeltas: 1, until } });
    const turn = await talk.turn('Hi');
    await talk.stream(`/turns/${turn.id}/events`, {
      enough: (events) => textOf(events) === 'Half',
    });
    await talk.user.post(`${talk.path}/turns/${turn.id}/cancel`).expect(202);
    expect(await talk.settled(turn)).toMatchObject({
      state: 'cancelled',
      error: { code: 'turn.cancelled' },
    });
    await standIn.requests[0]!.closed;
    expect(standIn.requests[0]!.wasAborted).toBe(true);
    expect((await talk.messages())[1]).toMatchObject({ content: 'Half', status: 'interrupted' });
    await talk.user.post(`${talk.path}/turns/${turn.id}/cancel`).expect(202);
  });
});

describe('a conversation with a running turn', () => {
  it('refuses another turn, and nothing of it is stored', async () => {
    const talk = await begin();
    const { open, until } = gate();
    standIn.next({ text: ['a', 'b'], hold: { afterDeltas: 1, until } });
    const turn = await talk.turn('Hi');
    const { body } = await talk.ask('Me, too').expect(409);
    expect(body.code).toBe('turn.busy');
    expect(await talk.messages()).toHaveLength(2);
    open();
    await talk.settled(turn);
    await talk.settled(await talk.turn('Now'));
  });

  it('takes one of many turns that race', async () => {
    const talk = await begin();
    const { open, until } = gate();
    standIn.next({ text: ['a', 'b'], hold: { afterDeltas: 1, until } });
    const answers = await Promise.all(Array.from({ length: 8 }, () => talk.ask('Hi')));
    expect(answers.map(({ status }) => status).sort()).toEqual([
      202,
      ...Array<number>(7).fill(409),
    ]);
    open();
    await talk.settled(answers.find(({ status }) => status === 202)!.body as Turn);
    expect(await talk.messages()).toHaveLength(2);
  });
});

describe('a stream', () => {
  it('has the reply as it grows, and ends with the turn', async () => {
    const talk = await begin();
    standIn.next({ text: ['At ', 'the ', 'märket ', '😀.'], delayMs: 20 });
    const { events, headers } = await talk.stream('/turns', {
      headers: { accept: 'text/event-stream' },
      body: { messages: [{ role: 'user', content: 'Hi' }], model: MODEL },
    });
    expect(headers.get('content-type')).toContain('text/event-stream');
    expect(textOf(events)).toBe('At the märket 😀.');
    expect(events[0]!.event).toBe('turn');
    expect(JSON.parse(events.at(-1)!.data)).toMatchObject({ state: 'completed' });
    expect((await talk.messages())[1]!.content).toBe('At the märket 😀.');
  });

  it('goes on after any event, for any number of viewers', async () => {
    const talk = await begin();
    const words = Array.from({ length: 40 }, (_, i) => `wörd${i} 😀 `);
    standIn.next({ text: words, delayMs: 15 });
    const turn = await talk.turn('Hi');
    const viewers = Array.from({ length: 6 }, async (_, i) => {
      let all = '';
      let last: string | undefined;
      for (let cut = 0; ; cut++) {
        const headers = last === undefined ? {} : { 'last-event-id': last };
        const { events } = await talk.stream(`/turns/${turn.id}/events?stream=threadkeep`, {
          headers,
          enough: (seen) => cut < 5 && seen.length > 2 + i,
        });
        all += textOf(events);
        last = events.filter(({ id }) => id).at(-1)?.id ?? last;
        if (events.at(-1)?.event === 'turn' && events.length > 1) return all;
      }
    });
    for (const seen of await Promise.all(viewers)) expect(seen).toBe(words.join(''));
    // What was stored is the same, and so is a stream of it.
    expect((await talk.messages())[1]!.content).toBe(words.join(''));
    const late = await talk.stream(`/turns/${turn.id}/events?stream=threadkeep`);
    expect(textOf(late.events)).toBe(words.join(''));
  });

  it('in the form of the AI SDK begins with the message and ends with [DONE]', async () => {
    const talk = await begin();
    standIn.next({ reasoning: ['Let me ', 'think.'], text: ['At ', 'the river.'] });
    const { events, headers } = await talk.stream('/turns?stream=ai-sdk', {
      body: { messages: [{ role: 'user', content: 'Hi' }], model: MODEL },
    });
    expect(headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
    expect(events.at(-1)!.data).toBe('[DONE]');
    const chunks = events
      .slice(0, -1)
      .map(({ data }) => JSON.parse(data) as Record<string, unknown>);
    const [reply] = (await talk.messages()).slice(1) as unknown as [{ id: string }];
    expect(chunks[0]).toMatchObject({ type: 'start', messageId: reply.id });
    const types = chunks.map(({ type }) => type);
    expect(types.filter((type, i) => type !== types[i - 1])).toEqual([
      ...['start', 'start-step', 'reasoning-start', 'reasoning-delta', 'reasoning-end'],
      ...['text-start', 'text-delta', 'text-end', 'finish-step', 'finish'],
    ]);
    const said = (type: string) =>
      chunks
        .filter((chunk) => chunk['type'] === type)
        .map(({ delta }) => delta)
        .join('');
    expect([said('reasoning-delta'), said('text-delta')]).toEqual([
      'Let me think.',
      'At the river.',
    ]);
  });

  it('of the running turn is found without its id, and is 204 when none runs', async () => {
    const talk = await begin();
    const { open, until } = gate();
    standIn.next({ text: ['a', 'b'], hold: { afterDeltas: 1, until } });
    await talk.turn('Hi');
    await standIn.requested(1);
    const { events } = await talk.stream('/turns/running/events?stream=threadkeep', {
      enough: (seen) => {
        if (textOf(seen) === 'a') open();
        return false;
      },
    });
    expect(textOf(events)).toBe('ab');
    expect((await talk.stream('/turns/running/events?stream=ai-sdk')).status).toBe(204);
  });

  it("is nobody else's", async () => {
    const talk = await begin();
    const turn = await talk.settled(await talk.turn('Hi'));
    const stranger = api.actingFor('mallory');
    for (const path of ['', `/${turn.id}`, `/${turn.id}/events`, '/running/events'])
      await stranger.get(`${talk.path}/turns${path}`).expect(404);
    await stranger.post(`${talk.path}/turns/${turn.id}/cancel`).expect(404);
    await stranger.post(`${talk.path}/turns`, { model: MODEL }).expect(404);
  });
});

describe('a call that cannot be made', () => {
  it('leaves a reply without a context', async () => {
    const talk = await begin();
    const context = { budgetTokens: 100 };
    const turn = await talk.settled(await talk.turn('word '.repeat(2_000), { context }));
    expect(turn).toMatchObject({ state: 'failed', manifestId: null });
    const { body } = await talk.user.get(`/v1/messages/${turn['replyId']}/context`).expect(404);
    expect(body.code).toBe('context.manifest_not_found');
    expect(standIn.requests).toHaveLength(0);
  });
});

describe('tools', () => {
  it('are called by the application, and the turn goes on with their results', async () => {
    const talk = await begin();
    standIn.next(
      { text: ['Wait.'], toolCalls: [{ id: 'call_1', name: 'find', input: { q: 'hall' } }] },
      { text: ['At the river.'] },
    );
    const turn = await talk.settled(await talk.turn('Where?'));
    expect(turn).toMatchObject({ state: 'waiting_for_tools', finishReason: 'tool-calls' });
    const results = [
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 'call_1',
            toolName: 'find',
            output: { type: 'text', value: 'river' },
          },
        ],
      },
    ];
    const path = `${talk.path}/turns/${turn.id}/tool-results`;
    await talk.user.post(path, { messages: results }).expect(202);
    const ended = await talk.settled(turn);
    expect(ended).toMatchObject({ state: 'completed', replySeq: 4 });
    // Each call tells 10 and 5.
    expect(ended['usage']).toMatchObject({ inputTokens: 20, outputTokens: 10 });
    expect((await talk.messages()).map(({ role }) => role)).toEqual([
      ...['user', 'assistant', 'tool', 'assistant'],
    ]);
    const sent = JSON.stringify(standIn.requests[1]!.body['messages']);
    expect(sent).toContain('call_1');
    expect(sent).toContain('river');
    const { body } = await talk.user.post(path, { messages: results }).expect(409);
    expect(body.code).toBe('turn.not_waiting');
    // Each reply has the context of its own call.
    const [, first, , last] = (await talk.messages()) as unknown as { id: string }[];
    const ofFirst = await talk.user.get(`/v1/messages/${first!.id}/context`).expect(200);
    expect(ofFirst.text).not.toContain('river');
    const ofLast = await talk.user.get(`/v1/messages/${last!.id}/context`).expect(200);
    expect(ofLast.text).toContain('river');
    expect(ofLast.body.manifestId).toBe(ended['manifestId']);
  });
});

describe('what a model said', () => {
  const toolCalls = [
    { id: 'call-a', name: 'get_weather', input: { city: 'Oslo' } },
    { id: 'call-b', name: 'get_time', input: ['{"zone"', ':"UTC"}'] },
  ];
  const results = (ids: string[]) => ({
    messages: [
      {
        role: 'tool',
        content: ids.map((toolCallId) => ({
          type: 'tool-result',
          toolCallId,
          toolName: 'get',
          output: { type: 'text', value: 'ok' },
        })),
      },
    ],
  });
  const of = (provider: string) => ({ model: { provider, name: 'a-model' } });

  it.each(['stand-in', 'chat', 'claude'])('of %s is stored as text and calls', async (provider) => {
    const talk = await begin();
    standIn.next({ text: ['Let me ', 'see.'], toolCalls });
    await talk.settled(await talk.turn('When?', of(provider)));
    expect((await talk.messages())[1]!.content).toMatchObject([
      { type: 'text', text: 'Let me see.' },
      {
        type: 'tool-call',
        toolCallId: 'call-a',
        toolName: 'get_weather',
        input: { city: 'Oslo' },
      },
      { type: 'tool-call', toolCallId: 'call-b', toolName: 'get_time', input: { zone: 'UTC' } },
    ]);
  });

  it('goes back to Anthropic as it came, with the results', async () => {
    const talk = await begin();
    const said = { reasoning: ['Hm', '.'], signature: 'c2lnbmVk', text: ['I look.'], toolCalls };
    standIn.next(said, { text: ['Noon.'] });
    const turn = await talk.settled(await talk.turn('When?', of('claude')));
    await talk.user
      .post(`${talk.path}/turns/${turn.id}/tool-results`, results(['call-a', 'call-b']))
      .expect(202);
    await talk.settled(turn);
    expect(standIn.requests[1]!.body['messages']).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'c2lnbmVk' },
          { type: 'text', text: 'I look.' },
          { type: 'tool_use', id: 'call-a', input: { city: 'Oslo' } },
          { type: 'tool_use', id: 'call-b', input: { zone: 'UTC' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call-a' },
          { type: 'tool_result', tool_use_id: 'call-b' },
        ],
      },
    ]);
  });

  it('goes back to Google with the signatures of its thoughts', async () => {
    const talk = await begin();
    standIn.next({ reasoning: ['Hm.'], signature: 'c2lnbmVk', text: ['Noon.'] }, {});
    await talk.settled(await talk.turn('When?', of('gemini')));
    await talk.settled(await talk.turn('And then?', of('gemini')));
    expect(JSON.stringify(standIn.requests[1]!.body['contents'])).toContain(
      '"thoughtSignature":"c2lnbmVk"',
    );
  });

  it('is what came before a drop, without calls that were not whole', async () => {
    const talk = await begin();
    standIn.next({ text: ['Let me '], toolCalls, drop: { afterDeltas: 5 } });
    await talk.settled(await talk.turn('When?'));
    expect((await talk.messages())[1]!.content).toBe('Let me ');
  });
});

describe("a user's own key of a provider", () => {
  it('is what the provider is called with, and is never shown', async () => {
    const talk = await begin('keyed');
    const path = '/v1/model-keys/stand-in';
    await talk.user.put(path, { apiKey: 'users-own-key' }).expect(200);
    const { text } = await talk.user.get('/v1/model-keys').expect(200);
    expect(text).toContain('stand-in');
    expect(text).not.toContain('users-own-key');
    await talk.settled(await talk.turn('Hi'));
    expect(standIn.requests[0]!.headers.authorization).toBe('Bearer users-own-key');
    await talk.user.delete(path).expect(204);
    await talk.user.delete(path).expect(404);
    await talk.settled(await talk.turn('Hi'));
    expect(standIn.requests[1]!.headers.authorization).toBe('Bearer stand-in-key');
  });

  it('is refused for a provider that is not there, or when no header can carry it', async () => {
    const user = api.actingFor('keyed');
    await user.put('/v1/model-keys/none', { apiKey: 'x' }).expect(422);
    const { body } = await user.put('/v1/model-keys/stand-in', { apiKey: 'a b' }).expect(422);
    expect(body.errors[0].pointer).toBe('/apiKey');
  });
});

describe('what is refused', () => {
  const TOLD = { role: 'user', content: 'Hi' };
  const BAD: [string, object, number, string][] = [
    ['a message without a role', { messages: [{ content: 'x' }] }, 422, '/messages/0/role'],
    ['a lone message without a role', { message: { content: 'x' } }, 422, '/message/role'],
    [
      'a lone message of another dialect',
      { message: { role: 'user', parts: [{ type: 'text', text: 'Hi' }] }, format: 'openai' },
      422,
      '/message',
    ],
    [
      'a lone message with a lone surrogate',
      { message: { ...TOLD, metadata: { a: '\ud800' } } },
      422,
      '/message/metadata/a',
    ],
    ['a message that is a text', { message: 'Hi' }, 422, '/message'],
    ['a message that is a list', { message: [TOLD] }, 422, '/message'],
    ['a wrong message behind others', { message: {}, messages: [TOLD] }, 422, '/message/role'],
    ['a wrong message before the last', { message: TOLD, messages: [{}] }, 422, '/messages/0/role'],
    ['an unknown field', { modle: 'x' }, 422, '/modle'],
    ['a wrong context', { context: { budgetTokens: 'x' } }, 422, '/context/budgetTokens'],
    ['no such parent', { parentId: '019a0000-0000-7000-8000-000000000000' }, 422, '/parentId'],
  ];
  it.each(BAD)('%s', async (_, fields, status, pointer) => {
    const talk = await begin();
    const answer = await talk.user.post(`${talk.path}/turns`, { model: MODEL, ...fields });
    expect({ status: answer.status, text: answer.text }).toMatchObject({ status });
    expect(answer.body.errors[0].pointer).toBe(pointer);
    expect(await talk.messages()).toHaveLength(0);
    expect(standIn.requests).toHaveLength(0);
  });

  it('a lone message whose key another has', async () => {
    const talk = await begin();
    await talk.user.post(`${talk.path}/messages`, { ...TOLD, key: 'k' }).expect(201);
    const message = { role: 'user', content: 'Bye', key: 'k' };
    const { body } = await talk.user
      .post(`${talk.path}/turns`, { message, model: MODEL })
      .expect(409);
    expect(body).toMatchObject({
      code: 'message.key_taken',
      errors: [{ pointer: '/message/key' }],
    });
  });

  it('a model of a provider that is not there', async () => {
    const talk = await begin();
    const { body } = await talk.ask('Hi', { model: { provider: 'none', name: 'x' } }).expect(422);
    expect(body).toMatchObject({ code: 'turn.unknown_provider' });
    expect(await talk.messages()).toHaveLength(0);
  });

  it('every turn, when no provider is configured; the answer says what to set', async () => {
    const bare = await createTestApp({ MODEL_PROVIDERS: '{}' });
    const user = bare.actingFor('ada');
    const { body: talk } = await user.post('/v1/conversations').expect(201);
    const path = `/v1/conversations/${talk.id as string}/turns`;
    const { body } = await user.post(path, { model: MODEL }).expect(503);
    expect(body.detail).toContain('OPENAI_API_KEY');
    await bare.close();
  });
});

describe('a process that is gone', () => {
  const abandon = async (turn: Turn, fields: string) => {
    await api.database.admin(
      `update threadkeep.turn set worker_id = gen_random_uuid(), lease_expires_at = now(), ${fields} where id = $1`,
      [turn.id],
    );
    await api.database.admin(
      `update threadkeep.job set due_at = now(), wake_at = now() where name = 'turn.take_over_sweep'`,
    );
  };
  /** A turn that was stored, and that no process runs. */
  async function orphan(onCrash: string, said: string): Promise<[Talk, Turn]> {
    const talk = await begin('orphan');
    const { body } = await talk.user
      .post(`${talk.path}/messages`, {
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: said, status: 'in_progress', leaseSeconds: 3_600 },
        ],
      })
      .expect(201);
    const { rows } = await api.database.admin(
      `insert into threadkeep.turn (user_id, id, conversation_id, state, options, reply_id, reply_seq, attempts, lease_expires_at)
       select user_id, gen_random_uuid(), conversation_id, 'running', $2, id, seq, 1, now()
         from threadkeep.message where id = $1 returning id`,
      [
        body.data[1].id,
        JSON.stringify({
          ...{ model: MODEL, parameters: {}, context: {}, onCrash, agentConfigId: null },
          replyCache: { ttlSeconds: 0, maxAgeSeconds: null },
        }),
      ],
    );
    const turn = { id: rows[0]!['id'] as string } as Turn;
    await abandon(turn, `state = 'running'`);
    return [talk, turn];
  }

  it('leaves an interrupted turn with what the model said', async () => {
    const [talk, turn] = await orphan('retry', 'Half a');
    expect(await talk.settled(turn)).toMatchObject({
      state: 'interrupted',
      error: { code: 'turn.lost' },
    });
    expect((await talk.messages())[1]).toMatchObject({ content: 'Half a', status: 'interrupted' });
    expect(standIn.requests).toHaveLength(0);
  });

  it('has its turn run again when nothing was said, as asked', async () => {
    standIn.next({ text: ['Here I am.'] });
    const [talk, turn] = await orphan('retry', '');
    expect(await talk.settled(turn)).toMatchObject({ state: 'completed' });
    expect((await talk.messages())[1]).toMatchObject({ content: 'Here I am.' });
  });

  it('has its turn ended when nothing was said, otherwise', async () => {
    const [talk, turn] = await orphan('interrupt', '');
    expect(await talk.settled(turn)).toMatchObject({ state: 'interrupted' });
    expect((await talk.messages())[1]).toMatchObject({ content: '', status: 'failed' });
    expect(standIn.requests).toHaveLength(0);
  });
});
