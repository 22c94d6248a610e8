// The API of a mem0 server that its users host: other paths than the hosted one, over the same memories.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

const MEMORIES = '/compat/mem0/memories';
const SEARCH = '/compat/mem0/search';

interface Shown {
  id: string;
  memory: string;
  score?: number;
  event?: string;
}

let api: TestApp;
/** As its clients send a key. */
let service: Caller;
beforeAll(async () => {
  api = await createTestApp();
  service = api.anonymous.with({ 'x-api-key': api.serviceKey });
});
afterAll(() => api.close());

let count = 0;
const newName = () => `hosting-${++count}`;
const resultsOf = async (call: PromiseLike<{ body: unknown }>): Promise<Shown[]> =>
  ((await call).body as { results: Shown[] }).results;
const add = (user: string, content: string, more: object = {}): Promise<Shown[]> =>
  resultsOf(
    service
      .post(MEMORIES, { messages: [{ role: 'user', content }], user_id: user, ...more })
      .expect(200),
  );
const list = (query: string): Promise<Shown[]> =>
  resultsOf(service.get(`${MEMORIES}?${query}`).expect(200));
const search = (body: object): Promise<Shown[]> =>
  resultsOf(service.post(SEARCH, body).expect(200));
const texts = (memories: Shown[]) => memories.map(({ memory }) => memory).sort();

it('keeps, shows, changes and deletes a memory, which the hosted dialect shows as well', async () => {
  const user = newName();
  const [added] = await add(user, 'Likes tea.', { metadata: { topic: 'drinks' } });
  expect(added).toMatchObject({ memory: 'Likes tea.', event: 'ADD', user_id: user });
  const { id } = added!;
  const acting = service.with({ 'threadkeep-user': user });
  const shown = (await acting.get(`${MEMORIES}/${id}`).expect(200)).body as Shown;
  expect(shown).toMatchObject({ id, memory: 'Likes tea.', metadata: { topic: 'drinks' } });
  expect((await acting.get(`/compat/mem0/v1/memories/${id}`).expect(200)).body).toEqual(shown);
  expect(await list(`user_id=${user}`)).toEqual([shown]);

  await acting.put(`${MEMORIES}/${id}`, { text: 'Likes coffee.' }).expect(200);
  const history = (await acting.get(`${MEMORIES}/${id}/history`).expect(200)).body as object[];
  expect(history).toMatchObject([
    { event: 'ADD', old_memory: null, new_memory: 'Likes tea.' },
    { event: 'UPDATE', old_memory: 'Likes tea.', new_memory: 'Likes coffee.' },
  ]);

  expect((await acting.delete(`${MEMORIES}/${id}`).expect(200)).body).toEqual({
    message: 'Memory deleted successfully!',
  });
  expect(await list(`user_id=${user}`)).toEqual([]);
  expectProblem(await acting.get(`${MEMORIES}/${id}`), 404, 'memory.not_found');
});

it('repeats an answer for its Idempotency-Key', async () => {
  const user = newName();
  const keyed = service.with({ 'idempotency-key': 'once' });
  const body = { messages: [{ role: 'user', content: 'Likes tea.' }], user_id: user };
  const first = await keyed.post(MEMORIES, body).expect(200);
  const second = await keyed.post(MEMORIES, body).expect(200);
  expect(second.body).toEqual(first.body);
  expect(await list(`user_id=${user}`)).toHaveLength(1);
});

describe('names', () => {
  const user = 'hosting-names';
  beforeAll(async () => {
    await add(user, 'Tea for the cook.', { agent_id: 'cook' });
    await add(user, 'Tea for the guide.', { agent_id: 'guide', run_id: 'one' });
    await add(user, 'Tea of the app.', { app_id: 'kitchen', metadata: { topic: 'tea' } });
    await add(newName(), 'Tea of somebody else.', { agent_id: 'cook' });
  });

  it.each([
    ['', ['Tea for the cook.', 'Tea for the guide.', 'Tea of the app.']],
    ['agent_id=cook', ['Tea for the cook.']],
    ['agent_id=guide&run_id=one', ['Tea for the guide.']],
    ['agent_id=cook&run_id=one', []],
    ['app_id=kitchen', ['Tea of the app.']],
  ])('keep what a list or search shows: "%s"', async (names, expected) => {
    expect(texts(await list(`user_id=${user}&${names}`))).toEqual(expected);
    const found = await search({
      query: 'tea',
      user_id: user,
      ...Object.fromEntries(new URLSearchParams(names)),
    });
    expect(texts(found)).toEqual(expected);
    for (const { score } of found) expect(score).toEqual(expect.any(Number));
  });

  it('stand in the filters as well, and hold beside them', async () => {
    const query = 'tea';
    expect(await search({ query, filters: { user_id: user } })).toHaveLength(3);
    const filters = { user_id: user, metadata: { topic: 'tea' } };
    expect(texts(await search({ query, user_id: user, filters }))).toEqual(['Tea of the app.']);
    expect(await search({ query, user_id: user, agent_id: 'cook', filters })).toEqual([]);
    expect(await search({ query, user_id: user, top_k: 2 })).toHaveLength(2);
    expect(await list(`user_id=${user}&top_k=2`)).toHaveLength(2);
  });

  it('must agree, and * is none', async () => {
    const filters = { user_id: 'hosting-1' };
    expectProblem(
      await service.post(SEARCH, { query: 'tea', user_id: user, filters }),
      422,
      'request.invalid_body',
    );
    for (const name of ['user_id', 'agent_id'])
      expectProblem(
        await service.post(SEARCH, { query: 'tea', user_id: user, [name]: '*' }),
        422,
        'request.invalid_body',
      );
    for (const query of ['user_id=*', `user_id=${user}&run_id=*`])
      expectProblem(await service.get(`${MEMORIES}?${query}`), 400, 'request.invalid_query');
  });

  it('of another user are refused to a key of a user', async () => {
    const { key } = (await api.service.post('/v1/api-keys', { name: 'own', user }).expect(201))
      .body as { key: string };
    const own = api.anonymous.with({ 'x-api-key': key });
    expect(await resultsOf(own.get(MEMORIES).expect(200))).toHaveLength(3);
    for (const call of [
      own.get(`${MEMORIES}?user_id=hosting-1`),
      own.post(SEARCH, { query: 'tea', user_id: 'hosting-1' }),
      own.delete(`${MEMORIES}?user_id=hosting-1`),
    ])
      expect((await call).status).toBe(403);
  });

  it('delete what they keep, and nothing without one', async () => {
    const acting = service.with({ 'threadkeep-user': user });
    expectProblem(await acting.delete(MEMORIES), 400, 'request.invalid_query');
    const { body } = await service.delete(`${MEMORIES}?user_id=${user}&agent_id=cook`).expect(200);
    expect(body).toMatchObject({ deleted: 1, has_more: false });
    expect(texts(await list(`user_id=${user}`))).toEqual(['Tea for the guide.', 'Tea of the app.']);
  });
});
