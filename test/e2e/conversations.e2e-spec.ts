import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { everyPage, idsOf } from '../support/pages.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let ada: Caller;
let bob: Caller;
beforeAll(async () => {
  app = await createTestApp();
  [ada, bob] = [app.actingFor('ada'), app.actingFor('bob')];
  await bob.post('/v1/conversations', { title: "Bob's" }).expect(201);
});
afterAll(() => app.close());

const create = async (values: object = {}, as = ada) =>
  (await as.post('/v1/conversations', values).expect(201)).body;
const pathOf = ({ id }: { id: string }) => `/v1/conversations/${id}`;
const say = (conversation: { id: string }, ...texts: string[]) =>
  ada
    .post(`${pathOf(conversation)}/messages`, {
      messages: texts.map((content) => ({ role: 'user', content })),
    })
    .expect(201);
const messagesOf = async (conversation: { id: string }) =>
  (await everyPage(ada, `${pathOf(conversation)}/messages?order=asc`)).flat();
const idsIn = async (query: string) =>
  idsOf((await everyPage(ada, `/v1/conversations?limit=100&${query}`)).flat());
const notThere = async (response: PromiseLike<Parameters<typeof expectProblem>[0]>) =>
  expectProblem(await response, 404, 'conversation.not_found');

const oddObject = JSON.parse(
  '{"constructor":{"a":[1,{"toString":null}]},"id":"mine","userId":2,"":{"$ne":1},"title":["x"],"n":0.1,"t":"\\u2028é😀"}',
) as object;

describe('creating a conversation', () => {
  it('needs no fields, and answers with the conversation', async () => {
    const { body, headers } = await ada.call('post', '/v1/conversations').expect(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      key: null,
      title: null,
      titleSource: null,
      status: 'active',
      tags: [],
      metadata: {},
      lastSeq: 0,
      headSeq: 0,
      version: 1,
      forkedFrom: null,
      agentConfigId: null,
      agentConfigVersion: null,
      agentConfigAlias: null,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: body.createdAt,
      deletedAt: null,
    });
    expect(headers).toMatchObject({ location: pathOf(body), etag: '"1.0"' });
    expect((await ada.get(headers['location'] as string)).body).toEqual(body);
  });

  it('stores title, tags and metadata exactly', async () => {
    const given = {
      title: 'Trip 😀 "x"',
      tags: ['a', 'b c', 'a', "d'e", '{f}', '"g"', 'NULL'],
      metadata: oddObject,
    };
    const made = await create(given);
    expect(made).toMatchObject(given);
    expect((await ada.get(pathOf(made))).body).toEqual(made);
    expect((await ada.get(`/v1/conversations?tag=${encodeURIComponent('{f}')}`)).body.data).toEqual(
      [made],
    );
  });

  it.each([
    [{ title: 'x'.repeat(501) }, '/title'],
    [{ title: {} }, '/title'],
    [{ tags: 'a' }, '/tags'],
    [{ tags: [''] }, '/tags'],
    [{ tags: ['x'.repeat(101)] }, '/tags'],
    [{ tags: Array(51).fill('a') }, '/tags'],
    [{ tags: [['a']] }, '/tags'],
    [{ metadata: 'x' }, '/metadata'],
    [{ status: 'archived' }, '/status'],
    [{ lastSeq: 5 }, '/lastSeq'],
    [{ userId: 'x' }, '/userId'],
  ])('refuses invalid fields with a pointer to each (%#)', async (values, pointer) => {
    const problem = expectProblem(
      await ada.post('/v1/conversations', values),
      422,
      'request.invalid_body',
    );
    expect(problem['errors']).toEqual([{ pointer, message: expect.any(String) }]);
  });

  it('accepts 50 tags and a title of 500 characters', async () => {
    const tags = Array.from({ length: 50 }, (_, i) => `${i}`.padEnd(100, 'x'));
    expect(await create({ title: '😀'.repeat(500), tags })).toMatchObject({ tags });
  });
});

describe('changing a conversation', () => {
  it('changes only the fields that were sent, and counts up the version', async () => {
    const made = await create({ title: 'first', tags: ['a'], metadata: { a: 1 } });
    const { body } = await ada
      .patch(pathOf(made), { title: 'second', metadata: oddObject })
      .expect(200);
    expect(body).toEqual({
      ...made,
      title: 'second',
      metadata: oddObject,
      version: 2,
      updatedAt: expect.any(String),
    });
    const emptied = await ada
      .patch(pathOf(made), { title: null, tags: [], metadata: null })
      .expect(200);
    expect(emptied.body).toMatchObject({ title: null, tags: [], metadata: oddObject, version: 3 });
  });

  it('archives and reactivates', async () => {
    const made = await create();
    expect((await ada.patch(pathOf(made), { status: 'archived' }).expect(200)).body.status).toBe(
      'archived',
    );
    expect(await idsIn('status=archived')).toContain(made.id);
    expect(await idsIn('status=active')).not.toContain(made.id);
    await say(made, 'an archived conversation still takes messages');
    expect((await ada.patch(pathOf(made), { status: 'active' }).expect(200)).body).toMatchObject({
      status: 'active',
      lastSeq: 1,
    });
    expect(await idsIn('status=active')).toContain(made.id);
    expectProblem(
      await ada.patch(pathOf(made), { status: 'deleted' }),
      422,
      'request.invalid_body',
    );
  });
});

describe('deleting a conversation', () => {
  it('hides it everywhere except in status=deleted until it is restored', async () => {
    const made = await create({ title: 'lost and found' });
    await say(made, 'one', 'two');
    const { body: before } = await ada.get(pathOf(made)).expect(200);
    await ada.delete(pathOf(made)).expect(204);
    await notThere(ada.get(pathOf(made)));
    await notThere(ada.patch(pathOf(made), { title: 'x' }));
    await notThere(ada.delete(pathOf(made)));
    await notThere(ada.get(`${pathOf(made)}/messages`));
    await notThere(ada.post(`${pathOf(made)}/messages`, { role: 'user', content: 'x' }));
    await notThere(
      ada.post(`${pathOf(made)}/messages?createIfMissing=true`, { role: 'user', content: 'x' }),
    );
    await notThere(ada.get(`${pathOf(made)}/messages/search?q=one`));
    await notThere(ada.post(`${pathOf(made)}/fork`));
    expect(await idsIn('')).not.toContain(made.id);
    expect((await ada.get('/v1/conversations?status=deleted')).body.data).toEqual([
      {
        ...before,
        version: before.version + 1,
        updatedAt: expect.any(String),
        deletedAt: expect.stringMatching(/Z$/),
      },
    ]);
    const { body: restored } = await ada.post(`${pathOf(made)}/restore`).expect(200);
    expect(restored).toMatchObject({ title: 'lost and found', lastSeq: 2, deletedAt: null });
    expect((await messagesOf(made)).map(({ content }) => content)).toEqual(['one', 'two']);
    await say(made, 'three');
  });

  it('restoring a conversation that is not deleted changes nothing', async () => {
    const made = await create();
    expect((await ada.post(`${pathOf(made)}/restore`).expect(200)).body).toEqual(made);
  });

  it('with purge=true deletes all its rows, whether it was soft-deleted or not', async () => {
    for (const deletedBefore of [false, true]) {
      const made = await create();
      await say(made, 'findable');
      await ada.get(`${pathOf(made)}/messages/search?q=findable`).expect(200);
      if (deletedBefore) await ada.delete(pathOf(made)).expect(204);
      await ada.delete(`${pathOf(made)}?purge=true`).expect(200);
      await notThere(ada.post(`${pathOf(made)}/restore`));
      expect(await idsIn('status=deleted')).not.toContain(made.id);
      const counts = [
        'conversation where id',
        'message where conversation_id',
        'message_search where conversation_id',
      ].map((table) => `(select count(*)::int from threadkeep.${table} = $1)`);
      expect(
        (await app.database.admin(`select ${counts.join(' + ')} as rows`, [made.id])).rows,
      ).toEqual([{ rows: 0 }]);
      await notThere(ada.delete(`${pathOf(made)}?purge=true`));
    }
  });

  it("does not affect another user's conversation", async () => {
    const made = await create();
    await notThere(bob.delete(pathOf(made)));
    await notThere(bob.delete(`${pathOf(made)}?purge=true`));
    await notThere(bob.post(`${pathOf(made)}/restore`));
    await notThere(bob.patch(pathOf(made), { title: 'x' }));
    expect((await ada.get(pathOf(made))).body).toEqual(made);
  });
});

const parts = [{ type: 'tool_call', id: 'c1', name: 'weather', arguments: { city: 'Oslo' } }];

describe('forking a conversation', () => {
  const original = async () => {
    const made = await create({ title: 'root', tags: ['t'], metadata: { m: 1 } });
    await ada.post(`${pathOf(made)}/messages`, {
      messages: [
        { role: 'user', content: 'one', metadata: { k: 1 } },
        { role: 'assistant', content: parts },
        { role: 'user', content: 'three' },
      ],
    });
    return made;
  };
  const fork = async (from: { id: string }, values: object = {}) =>
    (await ada.post(`${pathOf(from)}/fork`, values).expect(201)).body;
  const plain = (messages: Record<string, unknown>[]) =>
    messages.map((message) => ({ ...message, id: undefined, conversationId: undefined }));

  it.each([1, 2, 3])(
    'copies the first %s messages with their seq and times, under new ids',
    async (seq) => {
      const root = await original();
      const made = await fork(root, { seq });
      expect(made).toMatchObject({
        title: 'root',
        tags: ['t'],
        metadata: { m: 1 },
        lastSeq: seq,
        version: 1,
        forkedFrom: { conversationId: root.id, seq, removed: false },
      });
      const [before, after] = [await messagesOf(root), await messagesOf(made)];
      expect(plain(after)).toEqual(plain(before.slice(0, seq)));
      expect(idsOf(after).filter((id) => idsOf(before).includes(id))).toEqual([]);
      expect(after.every(({ conversationId }) => conversationId === made.id)).toBe(true);
    },
  );

  it('copies all messages without seq, and none with seq 0', async () => {
    const root = await original();
    for (const values of [{}, { seq: null }, undefined])
      expect((await fork(root, values)).lastSeq).toBe(3);
    const empty = await fork(root, { seq: 0 });
    expect(empty).toMatchObject({
      lastSeq: 0,
      forkedFrom: { conversationId: root.id, seq: 0, removed: false },
    });
    expect(await messagesOf(empty)).toEqual([]);
  });

  it('accepts its own title and metadata', async () => {
    const root = await original();
    expect(await fork(root, { title: 'branch', metadata: oddObject })).toMatchObject({
      title: 'branch',
      metadata: oddObject,
      tags: ['t'],
    });
    expect(await fork(root, { title: null })).toMatchObject({ title: null, metadata: { m: 1 } });
  });

  it('is independent of the original afterwards', async () => {
    const root = await original();
    const made = await fork(root, { seq: 1 });
    expect((await say(made, 'other two')).body.data[0].seq).toBe(2);
    expect((await say(root, 'four')).body.data[0].seq).toBe(4);
    expect((await messagesOf(made)).map(({ content }) => content)).toEqual(['one', 'other two']);
    expect(await fork(made)).toMatchObject({
      lastSeq: 2,
      forkedFrom: { conversationId: made.id, seq: 2, removed: false },
    });
  });

  it('is refused for a seq beyond the last message, and for an invalid one', async () => {
    const root = await original();
    expect(
      expectProblem(
        await ada.post(`${pathOf(root)}/fork`, { seq: 4 }),
        422,
        'conversation.seq_out_of_range',
      )['lastSeq'],
    ).toBe(3);
    for (const seq of [-1, 1.5, '1', 2_147_483_648])
      expectProblem(await ada.post(`${pathOf(root)}/fork`, { seq }), 422, 'request.invalid_body');
    expectProblem(
      await ada.post(`${pathOf(root)}/fork`, { tags: [] }),
      422,
      'request.invalid_body',
    );
    await notThere(bob.post(`${pathOf(root)}/fork`));
  });

  it('survives the purge of its original, and still names it and its seq', async () => {
    const root = await original();
    const made = await fork(root, { seq: 2 });
    await ada.delete(`${pathOf(root)}?purge=true`).expect(200);
    const after = (await ada.get(pathOf(made))).body;
    expect([after.version, after.forkedFrom]).toEqual([
      made.version + 1,
      { conversationId: root.id, seq: 2, removed: true },
    ]);
    expect(await messagesOf(made)).toHaveLength(2);
    expect((await ada.get('/v1/conversations')).body.data[0].forkedFrom).toEqual({
      conversationId: root.id,
      seq: 2,
      removed: true,
    });
    expect(
      (await ada.get(`/v1/conversations?filter[forkedFromId]=${root.id}`)).body.data.map(
        ({ id }: { id: string }) => id,
      ),
    ).toEqual([made.id]);
  });
});
