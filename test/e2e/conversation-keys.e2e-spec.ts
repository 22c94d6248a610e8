// The application's own names of conversations.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let ada: Caller;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
beforeEach(() => {
  ada = app.actingFor(`ada${++users}`);
});
afterAll(() => app.close());

const at = (key: string): string => `/v1/conversations/key:${encodeURIComponent(key)}`;
const said = { role: 'user', content: 'Hello' };

describe('a conversation with a key', () => {
  it.each([
    'thread/4711',
    'ключ',
    'a b?c#d%e',
    '💬',
    'key:key',
    '.',
    'x'.repeat(255),
    '💬'.repeat(255),
  ])('is addressed by it in each path: %s', async (key) => {
    const made = await ada.put(at(key), { title: 'Mine' }).expect(201);
    expect(made.body).toMatchObject({ key, title: 'Mine', lastSeq: 0 });
    const { id } = made.body;
    expect(made.headers['location']).toBe(`/v1/conversations/${id as string}`);
    expect((await ada.put(at(key), { title: 'Other' }).expect(200)).body).toEqual(made.body);
    expect((await ada.get(at(key)).expect(200)).body).toEqual(made.body);
    const message = (await ada.post(`${at(key)}/messages`, said).expect(201)).body.data[0];
    expect(message.conversationId).toBe(id);
    expect((await ada.get(`${at(key)}/messages`).expect(200)).body.data).toEqual([message]);
    const own = `${at(key)}/messages/${message.id as string}`;
    expect((await ada.get(own).expect(200)).body).toEqual(message);
    expect((await ada.get(`${at(key)}/messages/search?q=hello`).expect(200)).body.data).toEqual([
      { message, score: expect.any(Number), onPath: true },
    ]);
    const { manifestId } = (await ada.post(`${at(key)}/context`, {}).expect(200)).body;
    await ada.get(`${at(key)}/context/${manifestId as string}`).expect(200);
    await ada.post(`${at(key)}/summaries`, { toSeq: 1, content: 'Hello.' }).expect(201);
    expect((await ada.get(`${at(key)}/summaries`).expect(200)).body.data).toHaveLength(1);
    expect((await ada.post(`${at(key)}/fork`).expect(201)).body.key).toBeNull();
    await ada.patch(at(key), { title: 'Changed' }).expect(200);
    await ada.delete(at(key)).expect(204);
    expectProblem(await ada.get(at(key)), 404, 'conversation.not_found');
    expectProblem(await ada.put(at(key), {}), 409, 'conversation.key_exists');
    await ada.post(`${at(key)}/restore`).expect(200);
    await ada.delete(`${at(key)}?purge=true&derived=keep`).expect(204);
    expect((await ada.put(at(key), {}).expect(201)).body.id).not.toBe(id);
  });

  it('is made once by 50 racing calls', async () => {
    await ada.get('/v1/conversations').expect(200);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        i % 2
          ? ada.put(at('one'), { title: String(i) })
          : ada.post(`${at('one')}/messages?createIfMissing=true`, said),
      ),
    );
    const ids = answers.map(
      ({ body }) => (body.id ?? body.data[0].conversationId) as string | undefined,
    );
    expect(new Set(ids).size).toBe(1);
    const { data } = (await ada.get('/v1/conversations').expect(200)).body;
    expect(data).toMatchObject([{ id: ids[0], key: 'one', lastSeq: 25 }]);
  });

  it('is found by the filter, and its key is not given twice', async () => {
    const { body } = await ada.post('/v1/conversations', { key: 'mine' }).expect(201);
    await ada.post('/v1/conversations').expect(201);
    expectProblem(
      await ada.post('/v1/conversations', { key: 'mine' }),
      409,
      'conversation.key_exists',
    );
    const found = await ada.get('/v1/conversations?filter[key]=mine').expect(200);
    expect(found.body.data).toEqual([body]);
    const others = await ada.get('/v1/conversations?filter[key][exists]=false').expect(200);
    expect(others.body.data).toHaveLength(1);
  });

  it("is nobody else's: the same key names another conversation for each user", async () => {
    const { body } = await ada.put(at('shared'), { title: 'Hers' }).expect(201);
    const eve = app.actingFor(`eve${users}`);
    expectProblem(await eve.get(at('shared')), 404, 'conversation.not_found');
    const hers = (await eve.put(at('shared'), { title: 'Of Eve' }).expect(201)).body;
    expect(hers.id).not.toBe(body.id);
    expect((await ada.get(at('shared')).expect(200)).body).toEqual(body);
  });

  it('is made by its id, too', async () => {
    const path = '/v1/conversations/00000000-0000-7000-8000-0000000000aa';
    const { body } = await ada.put(path, {}).expect(201);
    expect((await ada.put(path, {}).expect(200)).body).toEqual(body);
    await ada.delete(path).expect(204);
    expectProblem(await ada.put(path, {}), 409, 'conversation.exists');
  });
});

it('the key of an import is the key of its conversation', async () => {
  const { conversation } = (
    await ada
      .post('/v1/conversations/import', { importKey: 'export/1', messages: [said] })
      .expect(201)
  ).body;
  expect(conversation.key).toBe('export/1');
  expect((await ada.get(at('export/1')).expect(200)).body).toEqual(conversation);
  const again = await ada.put(at('own'), {}).expect(201);
  const known = { importKey: 'own', messages: [said] };
  expect((await ada.post('/v1/conversations/import', known).expect(200)).body).toMatchObject({
    imported: false,
    added: 1,
    conversation: { id: again.body.id, lastSeq: 1 },
  });
});

it('a wrong or missing key is refused, and a write that fails makes nothing', async () => {
  for (const key of ['', 'x'.repeat(256), 'a\u0000b'])
    expectProblem(await ada.put(at(key), {}), 400, 'request.invalid_query');
  expectProblem(await ada.post(`${at('none')}/messages`, said), 404, 'conversation.not_found');
  const missing = `${at('none')}/messages?createIfMissing=true`;
  expectProblem(await ada.post(missing, { role: 'no' }), 422, 'request.invalid_body');
  expectProblem(
    await ada.post(missing, { messages: [said], expectedSeq: 3 }),
    409,
    'conversation.head_moved',
  );
  expect((await ada.get('/v1/conversations').expect(200)).body.data).toEqual([]);
});
