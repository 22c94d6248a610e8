// The times of messages: when they were written, which need not be when they were stored.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

const HOUR_MS = 3_600_000;
const PAST = '2001-02-03T04:05:06.789012Z';
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
const said = (content: string, createdAt?: string | null) => ({
  role: 'user',
  content,
  ...(createdAt === undefined ? {} : { createdAt }),
});

describe('the time of a message', () => {
  let app: TestApp;
  let ada: Caller;
  let id: string;
  let path: string;
  let users = 0;
  beforeAll(async () => {
    app = await createTestApp();
  });
  beforeEach(async () => {
    ada = app.actingFor(`ada${++users}`);
    ({ id } = (await ada.post('/v1/conversations', {}).expect(201)).body as { id: string });
    path = `/v1/conversations/${id}/messages`;
  });
  afterAll(() => app.close());

  const append = async (body: object) =>
    (await ada.post(path, body).expect(201)).body.data as Record<string, unknown>[];
  const timesOf = (messages: Record<string, unknown>[]) =>
    messages.map(({ createdAt }) => createdAt);
  const listed = async (query = '?order=asc') =>
    (await ada.get(`${path}${query}`).expect(200)).body.data as Record<string, unknown>[];

  it('is the one that an append gives, to the microsecond, and answered as it is stored', async () => {
    const one = await append(said('one', PAST));
    expect(timesOf(one)).toEqual([PAST]);
    const several = await append({
      messages: [
        said('two', '2001-02-03T06:05:06.1+02:00'),
        said('three', '2001-02-03T04:05:06.1234569Z'),
        said('four', '2001-02-03T04:05:06.123000Z'),
        said('five'),
        said('six', null),
      ],
    });
    expect(timesOf(several).slice(0, 3)).toEqual([
      '2001-02-03T04:05:06.100Z',
      '2001-02-03T04:05:06.123456Z',
      '2001-02-03T04:05:06.123Z',
    ]);
    const many = await append({ messages: Array.from({ length: 60 }, () => said('x', PAST)) });
    const branch = await append({ messages: [said('other', PAST)], parentId: one[0]!['id'] });
    const all = await listed('?all=true&order=asc&limit=100');
    const appended = [...one, ...several, ...many, ...branch];
    expect(timesOf(all)).toEqual(timesOf(appended));
    expect(all.map(({ id }) => id)).toEqual(appended.map((message) => message['id']));
  });

  it('does not change the order, nor the times of the conversation', async () => {
    const [late, early] = await append({ messages: [said('late'), said('early', PAST)] });
    expect((await listed()).map(({ seq }) => seq)).toEqual([1, 2]);
    const { body } = await ada.get(`/v1/conversations/${id}`).expect(200);
    expect(body.updatedAt).toBe(late!['createdAt']);
    expect(String(early!['id']) > String(late!['id'])).toBe(true);
    const window = await ada.post(`/v1/conversations/${id}/context`, { budgetTokens: 1_000 });
    const texts = (window.body.messages as { content: string }[]).map(({ content }) => content);
    expect(texts).toEqual(['late', 'early']);
  });

  it('is kept by forks, searches and filters', async () => {
    await append({ messages: [said('harbour', PAST), said('market')] });
    const fork = await ada.post(`/v1/conversations/${id}/fork`, {}).expect(201);
    const copied = await ada.get(`/v1/conversations/${fork.body.id as string}/messages?order=asc`);
    expect(copied.body.data[0].createdAt).toBe(PAST);
    const hits = await ada.get(`${path}/search?q=harbour`).expect(200);
    expect(hits.body.data[0].message.createdAt).toBe(PAST);
    expect(await listed(`?filter[createdAt]=${PAST}`)).toHaveLength(1);
    expect(await listed('?filter[createdAt][lt]=2001-02-03T04:05:06.789012Z')).toHaveLength(0);
    expect(await listed('?filter[createdAt][lt]=2001-02-03T04:05:06.789013Z')).toHaveLength(1);
  });

  it('is replayed to a retry', async () => {
    const send = () =>
      ada
        .with({ 'idempotency-key': uuidv7() })
        .post(path, { messages: [said('one', PAST), said('two')] });
    const request = send();
    const first = await request.expect(201);
    const key = request.get('idempotency-key');
    const again = await ada
      .with({ 'idempotency-key': key })
      .post(path, { messages: [said('one', PAST), said('two')] })
      .expect(201);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.text).toBe(first.text);
  });

  it('may be at most a day in the future, and from 1970 on', async () => {
    await append(said('ahead', inHours(23)));
    const body = {
      messages: [said('now', inHours(0)), said('a', inHours(25)), said('b', inHours(99))],
    };
    const future = await ada.post(path, body);
    expectProblem(future, 422, 'request.invalid_body');
    expect(future.body.errors).toEqual(
      [1, 2].map((i) => ({
        pointer: `/messages/${i}/createdAt`,
        message: 'must not be more than 24 hours in the future',
      })),
    );
    for (const time of [inHours(25), '1969-12-31T23:59:59.999999Z', '2001-02-03', 1_000, 'today']) {
      const wrong = await ada.post(path, { ...said('x'), createdAt: time });
      expectProblem(wrong, 422, 'request.invalid_body');
      expect(wrong.body.errors).toMatchObject([{ pointer: '/createdAt' }]);
    }
    expect(await listed()).toHaveLength(1);
  });

  it('needs the scope import, and without it nothing is stored', async () => {
    const key = await app.service
      .post('/v1/api-keys', { scopes: ['act', 'read', 'write'] })
      .expect(201);
    const writer = ada.with({ authorization: `Bearer ${key.body.key as string}` });
    const single = await writer.post(path, said('one', PAST));
    expectProblem(single, 403, 'access.scope_missing');
    expect(single.body).toMatchObject({ scope: 'import', errors: [{ pointer: '/createdAt' }] });
    const batch = await writer.post(path, { messages: [said('one'), said('two', PAST)] });
    expectProblem(batch, 403, 'access.scope_missing');
    expect(batch.body.errors).toMatchObject([{ pointer: '/messages/1/createdAt' }]);
    await writer.post(path, { messages: [said('one'), said('two', null)] }).expect(201);
    expect(await listed()).toHaveLength(2);
  });

  it('is the same after an export and an import of it', async () => {
    const times = [PAST, '2001-02-03T04:05:07.000Z', '2001-02-03T04:05:07.000001Z'];
    const messages = times.map((time, i) => said(`message ${i}`, time));
    await ada.post('/v1/conversations/import', { importKey: 'kept', messages }).expect(201);
    const exported = await ada.get('/v1/conversations/key:kept/export').expect(200);
    const line = JSON.parse(exported.text) as { messages: Record<string, unknown>[] };
    expect(timesOf(line.messages)).toEqual(times);
    const bob = app.actingFor(`bob${users}`);
    await bob.post('/v1/conversations/import', line).expect(201);
    const again = await bob.get('/v1/conversations/key:kept/export').expect(200);
    expect(again.text).toBe(exported.text);
  });
});
