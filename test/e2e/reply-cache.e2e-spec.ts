// Replies of models are given again to exactly the same question of the same user, until something of
// the user is erased.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TurnRunner } from '../../src/chat/turns/run/turn-runner.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { cachedText } from '../support/cache.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { eventually } from '../support/wait.js';

let standIn: ModelStandIn;
let api: TestApp;
beforeAll(async () => {
  standIn = await startModelStandIn();
  api = await createTestApp({ ...standIn.environment, JOB_CONCURRENCY: '2' });
});
afterAll(async () => {
  await api.close();
  await standIn.close();
});
beforeEach(() => standIn.forget());

const MODEL = { provider: 'stand-in', name: 'a-model' };
const CACHED = { replyCache: { ttlSeconds: 600 } };

interface Turn {
  id: string;
  conversationId: string;
  state: string;
  replyId: string;
  usage: object | null;
  costUsd: number | null;
  replyCache: { hit: boolean; ageSeconds: number; savedTokens: number } | null;
}

/** Begins a turn, of a conversation of its own unless one is named. */
async function begin(user: Caller, content: string, fields: object = {}, conversation?: string) {
  const id = conversation ?? ((await user.post('/v1/conversations').expect(201)).body.id as string);
  const messages = content === '' ? {} : { messages: [{ role: 'user', content }] };
  const answer = await user.post(`/v1/conversations/${id}/turns`, {
    ...messages,
    model: MODEL,
    ...CACHED,
    ...fields,
  });
  expect({ status: answer.status, text: answer.text }).toMatchObject({ status: 202 });
  return answer.body as Turn;
}

async function settled(user: Caller, { id, conversationId }: Turn): Promise<Turn> {
  let turn: Turn;
  await eventually(async () => {
    const path = `/v1/conversations/${conversationId}/turns/${id}`;
    turn = (await user.get(path).expect(200)).body as Turn;
    return !['queued', 'running'].includes(turn.state);
  });
  return turn!;
}

const ask = async (user: Caller, content: string, fields: object = {}, conversation?: string) =>
  settled(user, await begin(user, content, fields, conversation));

const replyTo = async (user: Caller, { conversationId, replyId }: Turn) =>
  (await user.get(`/v1/conversations/${conversationId}/messages/${replyId}`).expect(200)).body
    .content as unknown;

describe('the cache of replies', () => {
  it('gives the same question of a user the same reply, without a call', async () => {
    const ada = api.actingFor('ada');
    standIn.next({ text: ['At the ', 'market.'], usage: { input: 21, output: 4 } });
    const first = await ask(ada, 'Where shall we eat?');
    expect(first).toMatchObject({ state: 'completed', replyCache: { hit: false } });
    const second = await ask(ada, 'Where shall we eat?');
    expect(second).toMatchObject({
      state: 'completed',
      usage: null,
      costUsd: 0,
      replyCache: { hit: true, savedTokens: 25 },
    });
    expect(await replyTo(ada, second)).toBe('At the market.');
    expect(standIn.requests).toHaveLength(1);
    const { text } = await ada.get(
      `/v1/conversations/${second.conversationId}/turns/${second.id}/events`,
    );
    expect(text).toContain('At the market.');
  });

  it('gives replies with reasoning and calls again as they were', async () => {
    const bea = api.actingFor('bea');
    standIn.next({ reasoning: ['Hm.'], text: ['It is ', 'noon.'] });
    const first = await ask(bea, 'What time is it?');
    const second = await ask(bea, 'What time is it?');
    expect(second.replyCache).toMatchObject({ hit: true });
    expect(await replyTo(bea, second)).toEqual(await replyTo(bea, first));
  });

  it('does nothing unless it is asked to', async () => {
    const cy = api.actingFor('cy');
    const plain = { replyCache: null };
    expect(await ask(cy, 'Again?', plain)).toMatchObject({ replyCache: null });
    expect(await ask(cy, 'Again?', plain)).toMatchObject({ replyCache: null });
    expect(await ask(cy, 'Again?')).toMatchObject({ replyCache: { hit: false } });
    expect(standIn.requests).toHaveLength(3);
  });

  it.each([
    ['another user', {}, 'dora'],
    ['another model', { model: { ...MODEL, name: 'another-model' } }, 'dan'],
    ['another provider', { model: { ...MODEL, provider: 'chat' } }, 'dan'],
    ['other parameters', { parameters: { temperature: 0.3 } }, 'dan'],
    ['other words', { messages: [{ role: 'user', content: 'Where is it? ' }] }, 'dan'],
    ['another role', { messages: [{ role: 'system', content: 'Where is it?' }] }, 'dan'],
    ['another context', { context: { query: 'harbour', budgetTokens: 300 } }, 'dan'],
  ])('asks the model for %s', async (what, fields, name) => {
    const dan = api.actingFor('dan');
    await dan.post('/v1/memories', { content: 'The harbour is in the north.', kind: 'fact' });
    await ask(dan, 'Where is it?');
    standIn.forget();
    const turn = await ask(api.actingFor(name), 'Where is it?', fields);
    expect({ what, ...turn }).toMatchObject({ what, replyCache: { hit: false } });
    expect(standIn.requests).toHaveLength(1);
  });

  it('finds the reply to a near question only where both turns say so', async () => {
    const lea = api.actingFor('lea');
    const near = { replyCache: { ttlSeconds: 600, match: 'near' } };
    const hits = async (content: string, fields: object = near) =>
      (await ask(lea, content, fields)).replyCache!.hit;
    standIn.next({ text: ['Take 5.'] });
    expect(await hits('What dose is "right" of 5 mg?')).toBe(false);
    expect(await hits('what dose is right of 5mg?')).toBe(true);
    for (const other of [
      'What dose is right of 50 mg?',
      'What dose is right of 5 g?',
      "What dose isn't right of 5 mg?",
      'What dose is right of 5 mg',
    ])
      expect([other, await hits(other)]).toEqual([other, false]);
    expect(await hits('What dose is "right" of 5 mg?', CACHED)).toBe(false);
    expect(await hits('what dose is "right" of 5 mg?', CACHED)).toBe(false);
    expect(standIn.requests).toHaveLength(7);
    const wrong = { replyCache: { match: 'about' } };
    const { id } = (await lea.post('/v1/conversations').expect(201)).body as { id: string };
    await lea.post(`/v1/conversations/${id}/turns`, { ...wrong, model: MODEL }).expect(422);
  });

  it('asks the model again for a turn without messages, and keeps what it says', async () => {
    const eve = api.actingFor('eve');
    standIn.next({ text: ['One.'] }, { text: ['Two.'] });
    const first = await ask(eve, 'A number?');
    const { body } = await eve.get(`/v1/conversations/${first.conversationId}/messages?order=asc`);
    const parentId = body.data[0].id as string;
    const again = await ask(eve, '', { parentId }, first.conversationId);
    expect(again.replyCache).toMatchObject({ hit: false });
    const other = await ask(eve, 'A number?');
    expect(other.replyCache).toMatchObject({ hit: true });
    expect(await replyTo(eve, other)).toBe('Two.');
  });

  it.each([
    ['no-store', null, 'kept'],
    ['no-cache', { hit: false }, 'replaced'],
    ['max-age=0', { hit: false }, 'replaced'],
    ['max-age="600", private', { hit: true }, 'kept'],
    ['nonsense, max-age=x', { hit: true }, 'kept'],
  ])('does what Cache-Control says: %s', async (header, use, then) => {
    const user = api.actingFor(`controls ${header}`);
    standIn.next({ text: ['kept'] });
    await ask(user, 'Which?');
    standIn.next({ text: ['replaced'] });
    const turn = await ask(user.with({ 'cache-control': header }), 'Which?');
    if (use === null) expect(turn.replyCache).toBeNull();
    else expect(turn.replyCache).toMatchObject(use);
    const last = await ask(user, 'Which?');
    expect(await replyTo(user, last)).toBe(then);
  });

  it('asks once when the same is asked at the same time', async () => {
    const fay = api.actingFor('fay');
    let open = () => {};
    const until = new Promise<void>((resolve) => (open = resolve));
    standIn.next({ text: ['Soon.'], hold: { afterDeltas: 0, until } });
    const turns = await Promise.all(
      Array.from({ length: 5 }, () => begin(fay, 'When does it begin?')),
    );
    await standIn.requested(1);
    open();
    const ended = await Promise.all(turns.map((turn) => settled(fay, turn)));
    expect(ended.filter(({ replyCache }) => replyCache?.hit)).toHaveLength(4);
    expect(standIn.requests).toHaveLength(1);
  });

  it('asks for each that waits when the answer breaks off, and ends those that are cancelled', async () => {
    const flo = api.actingFor('flo');
    let open = () => {};
    const until = new Promise<void>((resolve) => (open = resolve));
    standIn.next({
      text: ['So', 'on.'],
      hold: { afterDeltas: 1, until },
      drop: { afterDeltas: 1 },
    });
    const first = await begin(flo, 'When does it end?');
    await standIn.requested(1);
    const [second, third] = [
      await begin(flo, 'When does it end?'),
      await begin(flo, 'When does it end?'),
    ];
    const path = `/v1/conversations/${third.conversationId}/turns/${third.id}`;
    await flo.post(`${path}/cancel`).expect(202);
    expect(await settled(flo, third)).toMatchObject({ state: 'cancelled' });
    open();
    expect(await settled(flo, first)).toMatchObject({ state: 'interrupted' });
    expect(await settled(flo, second)).toMatchObject({
      state: 'completed',
      replyCache: { hit: false },
    });
  });

  it('keeps nothing of a user who was deleted while the model answered', async () => {
    const { body } = await api.service.post('/v1/users', { externalId: 'gil' }).expect(201);
    const gil = api.actingFor('gil');
    let open = () => {};
    const until = new Promise<void>((resolve) => (open = resolve));
    standIn.next({ text: ['A canary ', 'sings.'], hold: { afterDeltas: 1, until } });
    await begin(gil, 'Who sings?');
    await standIn.requested(1);
    await api.service.delete(`/v1/users/${body.id as string}`).expect(204);
    open();
    const runs = api.app.get(TurnRunner, { strict: false })['runs'];
    await eventually(() => Promise.resolve(runs.size === 0));
    expect(cachedText(api.app)).not.toContain('canary');
  });

  it('does not give again what broke off', async () => {
    const gus = api.actingFor('gus');
    standIn.next({ text: ['It is lo'], finish: 'length' });
    await ask(gus, 'Tell me a story.');
    standIn.next({ text: ['It is whole.'] });
    expect(await ask(gus, 'Tell me a story.')).toMatchObject({ replyCache: { hit: false } });
  });

  describe('after an erasure', () => {
    const erasures: [string, (user: Caller, first: Turn) => Promise<unknown>][] = [
      [
        'of a message',
        async (user, { conversationId, replyId }) =>
          user.delete(`/v1/conversations/${conversationId}/messages/${replyId}`).expect(200),
      ],
      [
        'of the conversation',
        (user, { conversationId }) =>
          user.delete(`/v1/conversations/${conversationId}?purge=true`).expect(200),
      ],
      [
        'of a memory',
        async (user) => {
          const { body } = await user.post('/v1/memories', {
            content: 'It is blue.',
            kind: 'fact',
          });
          await user.delete(`/v1/memories/${body.id as string}`).expect(204);
        },
      ],
    ];
    it.each(erasures)('%s, asks the model again', async (what, erase) => {
      const user = api.actingFor(`erases ${what}`);
      const asked = { question: { of: what } };
      await user.put('/v1/reply-cache', { ...asked, reply: { text: 'Blue.' } }).expect(204);
      const first = await ask(user, 'Which colour?');
      await erase(user, first);
      const looked = await user.post('/v1/reply-cache/lookup', asked).expect(200);
      expect(looked.body).toEqual({ hit: false, reply: null, ageSeconds: null });
      expect(await ask(user, 'Which colour?')).toMatchObject({ replyCache: { hit: false } });
    });
  });
});

describe('the cache of replies for applications', () => {
  const question = { model: 'm', messages: [{ role: 'user', content: 'Where?' }], top: [1, 1.5] };
  const lookUp = (user: Caller, asked: object, fields: object = {}) =>
    user.post('/v1/reply-cache/lookup', { question: asked, ...fields }).expect(200);

  it('finds what was kept for the same question, in whatever order', async () => {
    const hal = api.actingFor('hal');
    expect((await lookUp(hal, question)).headers['cache-status']).toBe('threadkeep; fwd=miss');
    const reply = { text: 'Here.', usage: { tokens: 3 } };
    await hal.put('/v1/reply-cache', { question, reply, ttlSeconds: 60 }).expect(204);
    const { top, messages, model } = question;
    const found = await lookUp(hal, { top, messages, model });
    expect(found.body).toMatchObject({ hit: true, reply });
    expect(found.headers).toMatchObject({ 'cache-status': 'threadkeep; hit', age: '0' });
    expect((await lookUp(hal, question, { maxAgeSeconds: 0 })).body.hit).toBe(false);
    for (const other of [{ ...question, top: [1.5, 1] }, { ...question, extra: null }, {}])
      expect((await lookUp(hal, other)).body.hit).toBe(false);
    expect((await lookUp(api.actingFor('ivy'), question)).body.hit).toBe(false);
  });

  it('keeps the newest reply, for as long as it was asked to', async () => {
    const jo = api.actingFor('jo');
    const keep = (text: string, ttlSeconds: number) =>
      jo.put('/v1/reply-cache', { question, reply: { text }, ttlSeconds }).expect(204);
    await jo.post('/v1/conversations').expect(201);
    await keep('old', 600);
    await keep('new', 1);
    expect((await lookUp(jo, question)).body).toMatchObject({ reply: { text: 'new' } });
    await eventually(async () => !(await lookUp(jo, question)).body.hit);
  });

  it('refuses what it cannot keep', async () => {
    const kim = api.actingFor('kim');
    const long = { text: 'x'.repeat(131_063) };
    await kim
      .put('/v1/reply-cache', { question: { long }, reply: { text: long.text.slice(2) } })
      .expect(204);
    const refused = await kim.put('/v1/reply-cache', { question, reply: long }).expect(422);
    expect(refused.body.errors).toMatchObject([{ pointer: '/reply' }]);
    await kim.put('/v1/reply-cache', { question, reply: {}, ttlSeconds: 0 }).expect(422);
    await kim.put('/v1/reply-cache', { reply: {} }).expect(422);
  });
});
