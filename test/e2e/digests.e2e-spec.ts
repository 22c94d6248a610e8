// What models write unasked: titles of conversations, and summaries of what contexts leave out.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { gate, Talk, type Turn } from '../support/talk.js';
import { eventually } from '../support/wait.js';

const TITLE_MODEL = { TITLE_MODEL: 'chat/title-model' };
const SUMMARY_MODEL = { SUMMARY_MODEL: 'chat/summary-model' };

let standIn: ModelStandIn;
let api: TestApp;
beforeAll(async () => {
  standIn = await startModelStandIn();
  api = await createTestApp({
    ...{ ...standIn.environment, ...TITLE_MODEL, ...SUMMARY_MODEL, JOB_CONCURRENCY: '2' },
    MESSAGE_GUARD: 'secrets',
    MEMORY_GUARD: 'secrets',
  });
  await api.listen();
});
afterAll(async () => {
  await api.close();
  await standIn.close();
});
beforeEach(() => {
  standIn.forget();
});

const callsOf = (model: string) => standIn.requests.filter(({ body }) => body['model'] === model);
const conversationOf = async ({ user, path }: Talk) => (await user.get(path).expect(200)).body;
/** Resolves when no job of a kind is left to run. */
const done = (name: string) =>
  eventually(async () => {
    const { rows } = await api.database.admin(
      `select from threadkeep.job where name = $1 and status in ('queued', 'running')`,
      [name],
    );
    return rows.length === 0;
  });
const titled = () => done('conversation.title');
const summarised = () => done('conversation.summarise');

describe('a title', () => {
  it('is written by the model after the first turn, and says so', async () => {
    const talk = await Talk.begin(api);
    standIn.next({ text: ['At the market.'] }, { text: ['**"Dinner at the market."**', '\nMore'] });
    const turn = await talk.settled(await talk.turn('Where shall we eat?'));
    await titled();
    expect(await conversationOf(talk)).toMatchObject({
      title: 'Dinner at the market',
      titleSource: { provider: 'chat', model: 'title-model', turnId: turn.id, toSeq: 2 },
      version: 2,
    });
    const { body } = await talk.user.get('/v1/conversations?q=market');
    expect(body.data[0].titleSource).toMatchObject({ turnId: turn.id });
    const asked = JSON.stringify(callsOf('title-model')[0]!.body['messages']);
    for (const words of ['Where shall we eat?', 'At the market.']) expect(asked).toContain(words);
    await talk.settled(await talk.turn('And then?'));
    await titled();
    expect(callsOf('title-model')).toHaveLength(1);
  });

  it('of the application stays, and takes the place of the model’s', async () => {
    const talk = await Talk.begin(api);
    await talk.user.patch(talk.path, { title: 'Mine' }).expect(200);
    await talk.settled(await talk.turn('Hi'));
    await titled();
    expect(await conversationOf(talk)).toMatchObject({ title: 'Mine', titleSource: null });
    await talk.user.patch(talk.path, { title: null }).expect(200);
    standIn.next({ text: ['reply'] }, { text: ['Theirs'] });
    await talk.settled(await talk.turn('Again'));
    await titled();
    expect(await conversationOf(talk)).toMatchObject({ title: 'Theirs' });
    const { body } = await talk.user.patch(talk.path, { title: 'Mine again' }).expect(200);
    expect(body.titleSource).toBeNull();
  });

  it('is not written of a turn that broke off, and not again by a model that refuses', async () => {
    const talk = await Talk.begin(api);
    standIn.next({ text: ['Half', 'more'], drop: { afterDeltas: 1 } });
    await talk.settled(await talk.turn('Hi'));
    await titled();
    expect(callsOf('title-model')).toHaveLength(0);
    standIn.next({ text: ['reply'] }, { status: 401, body: '{"error":{"message":"bad key"}}' });
    await talk.settled(await talk.turn('Again'));
    await titled();
    expect(callsOf('title-model')).toHaveLength(1);
    expect(await conversationOf(talk)).toMatchObject({ title: null, titleSource: null });
  });

  it('with a secret is not stored', async () => {
    const talk = await Talk.begin(api);
    const secret = `AKIA${'ABCDEFGHIJKLMNOP'}`;
    standIn.next({ text: ['reply'] }, { text: [`Key ${secret}`] });
    await talk.settled(await talk.turn('Hi'));
    await titled();
    expect(callsOf('title-model')).toHaveLength(1);
    expect(await conversationOf(talk)).toMatchObject({ title: null });
  });

  it('goes when a message is erased that it was made of, in forks, too', async () => {
    const talk = await Talk.begin(api);
    standIn.next({ text: ['reply'] }, { text: ['Canary'] });
    await talk.settled(await talk.turn('canary'));
    await titled();
    const retried = talk.user.with({ 'idempotency-key': 'fork' });
    const fork = (await retried.post(`${talk.path}/fork`, {}).expect(201)).body;
    expect(fork).toMatchObject({ title: 'Canary', titleSource: { toSeq: 2 } });
    await talk.user.post(`${talk.path}/messages`, { role: 'user', content: 'later' }).expect(201);
    const [first, , later] = (await talk.messages()) as unknown as { id: string }[];
    await talk.user.delete(`${talk.path}/messages/${later!.id}`);
    expect(await conversationOf(talk)).toMatchObject({ title: 'Canary' });
    await talk.user.delete(`${talk.path}/messages/${first!.id}`);
    for (const path of [talk.path, `/v1/conversations/${fork.id as string}`])
      expect((await talk.user.get(path)).body).toMatchObject({ title: null, titleSource: null });
    const again = await retried.post(`${talk.path}/fork`, {}).expect(410);
    expect(again.text).not.toContain('Canary');
  });

  it('does not come into a fork that lacks a message that it was made of', async () => {
    const talk = await Talk.begin(api);
    standIn.next({ text: ['reply'] }, { text: ['Canary'] });
    await talk.settled(await talk.turn('canary'));
    await titled();
    const path = `${talk.path}/fork`;
    const { body: shorter } = await talk.user.post(path, { seq: 1 }).expect(201);
    expect(shorter).toMatchObject({ title: null, titleSource: null });
    const { body: own } = await talk.user.post(path, { title: 'Own' }).expect(201);
    expect(own).toMatchObject({ title: 'Own', titleSource: null });
    // The shown path has the first and the third message.
    const [{ id: parentId }] = (await talk.messages()) as unknown as [{ id: string }];
    await talk.user
      .post(`${talk.path}/messages`, {
        parentId,
        messages: [{ role: 'assistant', content: 'other' }],
      })
      .expect(201);
    const { body: other } = await talk.user.post(path, {}).expect(201);
    expect(other).toMatchObject({ title: null, titleSource: null });
  });

  it('is not stored when a message was erased while the model wrote', async () => {
    const talk = await Talk.begin(api);
    const { open, until } = gate();
    standIn.next({ text: ['reply'] }, { text: ['Can', 'ary'], hold: { afterDeltas: 1, until } });
    await talk.settled(await talk.turn('canary'));
    await eventually(() => Promise.resolve(callsOf('title-model').length === 1));
    const [first] = (await talk.messages()) as unknown as { id: string }[];
    await talk.user.delete(`${talk.path}/messages/${first!.id}`);
    open();
    await titled();
    expect(await conversationOf(talk)).toMatchObject({ title: null, titleSource: null });
  });
});

describe('a summary', () => {
  /** A conversation of so many messages, in which a turn has room for a few. */
  async function longTalk(messages: number) {
    const talk = await Talk.begin(api);
    await talk.user.patch(talk.path, { title: 'Long' }).expect(200);
    await grow(talk, messages);
    return talk;
  }
  const grow = (talk: Talk, messages: number, word = 'word') =>
    talk.user
      .post(`${talk.path}/messages`, {
        messages: Array.from({ length: messages }, (_, i) => ({
          role: i % 2 === 0 ? 'user' : 'assistant',
          content: `${word} ${i} `.repeat(10),
        })),
      })
      .expect(201);
  const SMALL = { context: { budgetTokens: 400 } };
  const summariesOf = async ({ user, path }: Talk) =>
    (await user.get(`${path}/summaries`).expect(200)).body.data as Record<string, unknown>[];
  const turn = async (talk: Talk, answer: string, fields: object = SMALL): Promise<Turn> => {
    standIn.next({ text: ['reply'] }, { text: [answer] });
    const settled = await talk.settled(await talk.turn('and now?', fields));
    await summarised();
    standIn.forget();
    return settled;
  };

  it('is made of what the context leaves out, and the next context has it', async () => {
    const talk = await longTalk(60);
    const first = await turn(talk, 'They counted words.');
    const [summary, ...rest] = await summariesOf(talk);
    expect(rest).toEqual([]);
    expect(summary).toMatchObject({
      fromSeq: 1,
      content: 'They counted words.',
      source: { provider: 'chat', model: 'summary-model', turnId: first.id },
    });
    standIn.next({ text: ['reply'] });
    await talk.settled(await talk.turn('and then?', SMALL));
    const sent = JSON.stringify(standIn.requests[0]!.body['messages']);
    expect(sent).toContain('They counted words.');
    await summarised();
    expect(callsOf('summary-model')).toHaveLength(0);
  });

  it('goes on from the one before', async () => {
    const talk = await longTalk(60);
    await turn(talk, 'First.');
    await grow(talk, 60, 'later');
    standIn.next({ text: ['reply'] }, { text: ['Second.'] });
    await talk.settled(await talk.turn('and now?', SMALL));
    await summarised();
    const asked = JSON.stringify(callsOf('summary-model')[0]!.body['messages']);
    expect(asked).toContain('First.');
    expect(asked).toContain('later 0 ');
    expect(asked).not.toContain('"word 0 ');
    const [newest, older] = await summariesOf(talk);
    expect(newest).toMatchObject({ fromSeq: 1, content: 'Second.' });
    expect(older).toMatchObject({ content: 'First.' });
  });

  it('is not made when everything has room, or little has not', async () => {
    const talk = await longTalk(10);
    await turn(talk, 'never', {});
    await turn(talk, 'never', SMALL);
    expect(await summariesOf(talk)).toEqual([]);
  });

  it('of another branch is not taken for what was said on this one', async () => {
    const talk = await longTalk(60);
    await turn(talk, 'Of the first branch.');
    const [root] = (await talk.messages()) as unknown as [{ id: string }];
    await talk.user
      .post(`${talk.path}/messages`, {
        parentId: root.id,
        messages: Array.from({ length: 60 }, (_, i) => ({
          role: i % 2 === 0 ? 'assistant' : 'user',
          content: `branch ${i} `.repeat(10),
        })),
      })
      .expect(201);
    standIn.next({ text: ['reply'] }, { text: ['Of the second branch.'] });
    await talk.settled(await talk.turn('and now?', SMALL));
    await summarised();
    const asked = JSON.stringify(callsOf('summary-model')[0]!.body['messages']);
    expect(asked).not.toContain('Of the first branch.');
    expect(asked).toContain('branch 0 ');
    expect((await summariesOf(talk))[0]).toMatchObject({ content: 'Of the second branch.' });
  });

  it('is not stored when a message was erased while the model wrote', async () => {
    const talk = await longTalk(60);
    const { open, until } = gate();
    standIn.next({ text: ['reply'] }, { text: ['a', 'b'], hold: { afterDeltas: 1, until } });
    await talk.settled(await talk.turn('and now?', SMALL));
    await eventually(() => Promise.resolve(callsOf('summary-model').length === 1));
    const [first] = (await talk.messages()) as unknown as { id: string }[];
    await talk.user.delete(`${talk.path}/messages/${first!.id}`);
    open();
    await summarised();
    expect(await summariesOf(talk)).toEqual([]);
  });
});

it('nothing is written when it is switched off, whatever a turn leaves out', async () => {
  const off = await createTestApp({ ...standIn.environment, MESSAGE_GUARD: '' });
  await off.listen();
  const talk = await Talk.begin(off);
  await talk.settled(await talk.turn('Hi'));
  const { rows } = await off.database.admin(
    `select from threadkeep.job where name in ('conversation.title', 'conversation.summarise')`,
  );
  expect(rows).toHaveLength(0);
  await off.close();
});
