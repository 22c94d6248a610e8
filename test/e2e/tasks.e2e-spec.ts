import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { everyPage, idsOf, type Item } from '../support/pages.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let ada: Caller;
let bob: Caller;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
// Two new users for each test: a list shows all that its user has.
beforeEach(async () => {
  users++;
  [ada, bob] = [app.actingFor(`ada ${users}`), app.actingFor(`bob ${users}`)];
  await create({ title: 'of Bob', dueAt: fromNow(-1) }, bob);
  await create({ title: 'of Bob', dueAt: fromNow(1) }, bob);
});
afterAll(() => app.close());

const create = async (values: object = {}, as = ada): Promise<Item> =>
  (await as.post('/v1/tasks', { title: 'a task', ...values }).expect(201)).body;
const pathOf = ({ id }: { id: string }) => `/v1/tasks/${id}`;
const edit = async (task: Item, changes: object): Promise<Item> =>
  (await ada.patch(pathOf(task), changes).expect(200)).body;
const listed = async (path = '') => (await everyPage(ada, `/v1/tasks${path}`)).flat();
const fromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const notThere = async (response: PromiseLike<Parameters<typeof expectProblem>[0]>) =>
  expectProblem(await response, 404, 'task.not_found');
const newConversation = async (as: Caller): Promise<Item> =>
  (await as.post('/v1/conversations').expect(201)).body;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const oddObject = JSON.parse('{"constructor":{"a":[1]},"id":"mine","":{"$ne":1}}') as object;

describe('creating a task', () => {
  it('needs a title, and answers with the task', async () => {
    const { body, headers } = await ada.post('/v1/tasks', { title: 'Buy milk' }).expect(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      title: 'Buy milk',
      description: null,
      status: 'todo',
      priority: 'medium',
      dueAt: null,
      completedAt: null,
      conversationId: null,
      metadata: {},
      version: 1,
      createdAt: expect.stringMatching(TIME),
      updatedAt: body.createdAt,
      deletedAt: null,
    });
    expect(headers).toMatchObject({ location: pathOf(body), etag: '"1"' });
    expect((await ada.get(pathOf(body)).expect(200)).body).toEqual(body);
    expect(await listed()).toEqual([body]);
  });

  it('stores the fields exactly, and the due time as an instant', async () => {
    const { id: conversationId } = await newConversation(ada);
    const given = {
      title: '😀'.repeat(500),
      description: 'x'.repeat(10_000),
      status: 'in_progress',
      priority: 'high',
      conversationId,
      metadata: oddObject,
    };
    expect(await create({ ...given, dueAt: '2026-06-01T09:30:00+02:00' })).toMatchObject({
      ...given,
      dueAt: '2026-06-01T07:30:00.000Z',
    });
  });

  it('accepts null for optional fields', async () => {
    const nothing = {
      description: null,
      status: null,
      priority: null,
      dueAt: null,
      conversationId: null,
      metadata: null,
    };
    expect(await create(nothing)).toMatchObject({
      description: null,
      status: 'todo',
      priority: 'medium',
      dueAt: null,
      conversationId: null,
      metadata: {},
    });
  });

  it('creates one task for a repeated Idempotency-Key', async () => {
    const keyed = ada.with({ 'idempotency-key': 'once' });
    const [first, second] = [
      await keyed.post('/v1/tasks', { title: 'once' }).expect(201),
      await keyed.post('/v1/tasks', { title: 'once' }).expect(201),
    ];
    expect(second.body).toEqual(first.body);
    expect(await listed()).toHaveLength(1);
  });

  it.each([
    [{ title: undefined }, '/title'],
    [{ title: null }, '/title'],
    [{ title: '' }, '/title'],
    [{ title: 'x'.repeat(501) }, '/title'],
    [{ description: 'x'.repeat(10_001) }, '/description'],
    [{ status: 'done' }, '/status'],
    [{ priority: 2 }, '/priority'],
    [{ dueAt: '2026-06-01' }, '/dueAt'],
    [{ dueAt: '2026-06-01T09:30:00' }, '/dueAt'],
    [{ dueAt: 0 }, '/dueAt'],
    [{ conversationId: 'x' }, '/conversationId'],
    [{ metadata: [] }, '/metadata'],
    [{ completedAt: '2026-06-01T09:30:00Z' }, '/completedAt'],
    [{ userId: 'x' }, '/userId'],
  ])('refuses invalid fields with a pointer to each (%#)', async (values, pointer) => {
    const problem = expectProblem(
      await ada.post('/v1/tasks', { title: 'x', ...values }),
      422,
      'request.invalid_body',
    );
    expect(problem['errors']).toEqual([{ pointer, message: expect.any(String) }]);
  });

  it("refuses an unknown conversation and another user's with the same answer", async () => {
    for (const conversationId of [
      (await newConversation(bob)).id,
      '00000000-0000-7000-8000-000000000000',
    ]) {
      const problem = expectProblem(
        await ada.post('/v1/tasks', { title: 'x', conversationId }),
        422,
        'task.conversation_not_found',
      );
      expect(problem['errors']).toEqual([
        { pointer: '/conversationId', message: expect.any(String) },
      ]);
      expectProblem(
        await ada.patch(pathOf(await create()), { conversationId }),
        422,
        'task.conversation_not_found',
      );
    }
  });
});

describe('changing a task', () => {
  it('changes only the fields that were sent, and counts up the version', async () => {
    const made = await create({
      description: 'first',
      dueAt: '2026-06-01T00:00:00Z',
      metadata: { a: 1 },
    });
    expect(await edit(made, { title: 'second', priority: 'low' })).toEqual({
      ...made,
      title: 'second',
      priority: 'low',
      version: 2,
      updatedAt: expect.stringMatching(TIME),
    });
    expect(
      await edit(made, {
        title: null,
        description: null,
        dueAt: null,
        priority: null,
        metadata: oddObject,
      }),
    ).toMatchObject({
      ...{
        title: 'second',
        description: null,
        dueAt: null,
        priority: 'low',
        metadata: oddObject,
        version: 3,
      },
    });
  });

  it('sets completedAt once, keeps it, and clears it when the task is reopened', async () => {
    const made = await create();
    const completed = await edit(made, { status: 'completed' });
    expect(completed).toMatchObject({
      status: 'completed',
      completedAt: expect.stringMatching(TIME),
    });
    expect(await edit(made, { status: 'completed', title: 'again' })).toMatchObject({
      title: 'again',
      completedAt: completed['completedAt'],
    });
    expect(await edit(made, { title: 'and again' })).toMatchObject({
      completedAt: completed['completedAt'],
    });
    expect(await edit(made, { status: 'in_progress' })).toMatchObject({
      status: 'in_progress',
      completedAt: null,
    });
    expect(await edit(made, { status: 'todo' })).toMatchObject({
      status: 'todo',
      completedAt: null,
    });
    expect(await create({ status: 'completed' })).toMatchObject({
      completedAt: expect.stringMatching(TIME),
    });
  });

  it('requires the version of If-Match', async () => {
    const made = await create();
    const { headers } = await ada
      .with({ 'if-match': '"1"' })
      .patch(pathOf(made), { status: 'completed' })
      .expect(200);
    expect(headers['etag']).toBe('"2"');
    const problem = expectProblem(
      await ada.with({ 'if-match': '"1"' }).patch(pathOf(made), { status: 'todo' }),
      412,
      'request.precondition_failed',
    );
    expect(problem).toMatchObject({ version: 2, etag: '"2"' });
    expectProblem(
      await ada.with({ 'if-match': '"1"' }).delete(pathOf(made)),
      412,
      'request.precondition_failed',
    );
    await ada.with({ 'if-none-match': '"2"' }).get(pathOf(made)).expect(304);
  });

  it('still names its purged conversation, and is found by it', async () => {
    const { id } = await newConversation(ada);
    const made = await create({ conversationId: id });
    expect(idsOf(await listed(`?filter[conversationId]=${id}`))).toEqual([made.id]);
    await ada.delete(`/v1/conversations/${id}?purge=true`).expect(200);
    expect((await ada.get(pathOf(made))).body).toEqual(made);
    expect(
      (await ada.patch(pathOf(made), { title: 'changed', conversationId: id }).expect(200)).body,
    ).toMatchObject({ conversationId: id });
    expectProblem(
      await ada.post('/v1/tasks', { title: 'another', conversationId: id }),
      422,
      'task.conversation_not_found',
    );
  });
});

describe('deleting a task', () => {
  it('hides it until it is restored', async () => {
    const made = await create({ status: 'completed' });
    await ada.delete(pathOf(made)).expect(204);
    for (const gone of [
      ada.get(pathOf(made)),
      ada.patch(pathOf(made), { title: 'x' }),
      ada.delete(pathOf(made)),
    ])
      await notThere(gone);
    expect(await listed()).toEqual([]);
    expect(idsOf(await listed('?filter[deletedAt][exists]=true'))).toEqual([made.id]);
    expect((await ada.post(`${pathOf(made)}/restore`).expect(200)).body).toMatchObject({
      completedAt: made['completedAt'],
      deletedAt: null,
    });
    expect(idsOf(await listed())).toEqual([made.id]);
  });

  it('with purge=true deletes it permanently, whether it was soft-deleted or not', async () => {
    for (const deletedBefore of [false, true]) {
      const made = await create();
      if (deletedBefore) await ada.delete(pathOf(made)).expect(204);
      await ada.delete(`${pathOf(made)}?purge=true`).expect(204);
      await notThere(ada.post(`${pathOf(made)}/restore`));
      expect(
        (await app.database.admin('select from threadkeep.task where id = $1', [made.id])).rowCount,
      ).toBe(0);
    }
  });
});

describe("another user's task", () => {
  it('answers 404 on every route', async () => {
    const made = await create();
    await notThere(bob.get(pathOf(made)));
    await notThere(bob.patch(pathOf(made), { title: 'x' }));
    await notThere(bob.delete(pathOf(made)));
    await notThere(bob.delete(`${pathOf(made)}?purge=true`));
    await notThere(bob.post(`${pathOf(made)}/restore`));
    expect((await ada.get(pathOf(made))).body).toEqual(made);
  });
});
