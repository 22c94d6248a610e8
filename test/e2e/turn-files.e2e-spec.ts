// Files that a provider cannot be sent: those of a request are refused, and those of earlier messages end no conversation.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { MODEL, Talk } from '../support/talk.js';

let standIn: ModelStandIn;
let api: TestApp;
beforeAll(async () => {
  standIn = await startModelStandIn();
  api = await createTestApp({ ...standIn.environment, TITLE_MODEL: 'off', SUMMARY_MODEL: 'off' });
  await api.listen();
});
afterAll(async () => {
  await api.close();
  await standIn.close();
});
beforeEach(() => standIn.forget());

const file = {
  ...{ type: 'file', mediaType: 'application/pdf', filename: 'report.pdf' },
  url: 'https://media.example/report.pdf?signature=abc',
};
const message = { role: 'user', parts: [{ type: 'text', text: 'Read this.' }, file] };
const FAULT = {
  pointer: '/messages/0',
  message:
    'has a file that the provider stand-in does not take in this form: report.pdf, application/pdf',
};

describe('a PDF by its address, for an API that takes none', () => {
  it('is told by name and type when it stands in an earlier message', async () => {
    const talk = await Talk.begin(api);
    await talk.user.post(`${talk.path}/messages`, message).expect(201);
    for (const question of ['And?', 'And now?'])
      expect((await talk.settled(await talk.turn(question))).state).toBe('completed');
    const sent = standIn.requests.map(({ body }) => JSON.stringify(body['messages']));
    expect(sent).toHaveLength(2);
    for (const messages of sent) {
      expect(messages).toContain('Read this.');
      expect(messages).toContain('[not shown to this model: report.pdf, application/pdf]');
      expect(messages).not.toContain('signature=abc');
    }
    // Another API takes it.
    const model = { provider: 'responses', name: 'a-model' };
    await talk.settled(await talk.turn('Then you.', { model }));
    expect(JSON.stringify(standIn.requests.at(-1)!.body)).toContain(file.url);
  });

  it('is refused in a message of the request, which stores nothing', async () => {
    const talk = await Talk.begin(api);
    const body = { messages: [message], model: MODEL };
    const refused = await talk.user.post(`${talk.path}/turns`, body).expect(422);
    expect(refused.body).toMatchObject({ code: 'request.invalid_body', errors: [FAULT] });
    const { body: page } = await talk.user.get(`${talk.path}/messages`).expect(200);
    expect(page.data).toEqual([]);
    const alone = await talk.user.post(`${talk.path}/turns`, { message, model: MODEL }).expect(422);
    expect(alone.body).toMatchObject({ errors: [{ ...FAULT, pointer: '/message' }] });
    const made = '/v1/conversations/key:files/turns?createIfMissing=true';
    const first = await talk.user.post(made, body).expect(422);
    expect(first.body).toMatchObject({ errors: [FAULT] });
    await talk.user.get('/v1/conversations/key:files').expect(404);
    expect(standIn.requests).toHaveLength(0);
  });

  it('is refused in the first turn of a conversation whose model an agent configuration names', async () => {
    const user = api.actingFor('ada');
    const config = await user.post('/v1/agent-configs', { name: 'g', model: MODEL }).expect(201);
    const body = { messages: [message], agentConfigId: config.body.id as string };
    const made = '/v1/conversations/key:first-files/turns?createIfMissing=true';
    const refused = await user.post(made, body).expect(422);
    expect(refused.body).toMatchObject({ code: 'request.invalid_body', errors: [FAULT] });
    await user.get('/v1/conversations/key:first-files').expect(404);
    expect(standIn.requests).toHaveLength(0);
  });

  it('is refused beside results of tools, and the turn waits on', async () => {
    const talk = await Talk.begin(api);
    standIn.next({ toolCalls: [{ id: 'call_1', name: 'find', input: {} }] });
    const turn = await talk.settled(await talk.turn('Where?'));
    const output = { type: 'text', value: 'river' };
    const result = { type: 'tool-result', toolCallId: 'call_1', toolName: 'find', output };
    const results = { role: 'tool', content: [result] };
    const path = `${talk.path}/turns/${turn.id}/tool-results`;
    const refused = await talk.user.post(path, { messages: [results, message] }).expect(422);
    const errors = [{ ...FAULT, pointer: '/messages/1' }];
    expect(refused.body).toMatchObject({ code: 'request.invalid_body', errors });
    await talk.user.post(path, { messages: [results] }).expect(202);
    expect((await talk.settled(turn)).state).toBe('completed');
  });

  it('is refused in a call without a conversation', async () => {
    const body = { messages: [message], model: MODEL };
    const refused = await api.actingFor('ada').post('/v1/model-calls', body).expect(422);
    expect(refused.body).toMatchObject({ code: 'request.invalid_body', errors: [FAULT] });
    expect(standIn.requests).toHaveLength(0);
  });
});

describe('a picture by its address that a model has said', () => {
  const picture = { type: 'file', mediaType: 'image/png', filename: 'hall.png', url: file.url };

  it.each(['stand-in', 'chat', 'responses', 'claude', 'gemini'])(
    'is told by name and type to %s, which takes none there',
    async (provider) => {
      const talk = await Talk.begin(api);
      const said = { role: 'assistant', parts: [picture] };
      const messages = [{ role: 'user', content: 'Draw it.' }, said];
      await talk.user.post(`${talk.path}/messages`, { messages }).expect(201);
      const model = { provider, name: 'a-model' };
      const turn = await talk.settled(await talk.turn('And now?', { model }));
      expect(turn).toMatchObject({ state: 'completed' });
      const sent = JSON.stringify(standIn.requests.at(-1)!.body);
      expect(sent).toContain('[not shown to this model: hall.png, image/png]');
      expect(sent).not.toContain('signature=abc');
    },
  );
});
