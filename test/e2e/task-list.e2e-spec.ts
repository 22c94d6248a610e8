import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { everyPage, type Item } from '../support/pages.js';
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
const listed = async (path = '') => (await everyPage(ada, `/v1/tasks${path}`)).flat();
const titles = async (path: string) => (await listed(path)).map(({ title }) => title);
const fromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

describe('the lists of due tasks', () => {
  beforeEach(async () => {
    for (const [title, days] of Object.entries({
      soon: 2,
      late: -1,
      later: -3,
      nextWeek: 8,
      today: 0.1,
    }))
      await create({ title, dueAt: fromNow(days) });
    await create({ title: 'done late', dueAt: fromNow(-2), status: 'completed' });
    await create({ title: 'done soon', dueAt: fromNow(3), status: 'completed' });
    await create({ title: 'some day' });
    await ada.delete(pathOf(await create({ title: 'deleted', dueAt: fromNow(-1) }))).expect(204);
  });

  it('show overdue tasks that are not completed, earliest due first', async () => {
    expect(await titles('/overdue?limit=1')).toEqual(['later', 'late']);
    expect(await titles('/overdue?sort=-dueAt')).toEqual(['late', 'later']);
    expect(await titles('/overdue?filter[title]=late')).toEqual(['late']);
  });

  it('show tasks due within the next days, earliest due first', async () => {
    expect(await titles('/upcoming?limit=1')).toEqual(['today', 'soon']);
    expect(await titles('/upcoming?days=1')).toEqual(['today']);
    expect(await titles('/upcoming?days=366&sort=-dueAt')).toEqual(['nextWeek', 'soon', 'today']);
    expect((await ada.get('/v1/tasks/upcoming?days=9&count=true&limit=1')).body.total).toBe(3);
  });

  it('accept only a cursor of the same list', async () => {
    const { nextCursor } = (await ada.get('/v1/tasks/upcoming?days=9&limit=1').expect(200)).body;
    await ada.get(`/v1/tasks/upcoming?days=9&cursor=${nextCursor}`).expect(200);
    for (const path of ['upcoming?days=8&', 'upcoming?', 'overdue?', '?sort=dueAt&'])
      expectProblem(
        await ada.get(`/v1/tasks/${path}cursor=${nextCursor}`.replace('/?', '?')),
        400,
        'request.invalid_query',
      );
  });

  it.each(['days=0', 'days=367', 'days=1.5', 'days=', 'days=1&days=2', 'day=1'])(
    'refuse %s',
    async (query) => {
      const { errors } = expectProblem(
        await ada.get(`/v1/tasks/upcoming?${query}`),
        400,
        'request.invalid_query',
      );
      expect(errors).toEqual([{ pointer: `?${query.split('=')[0]}`, message: expect.any(String) }]);
    },
  );
});

describe('the list of tasks', () => {
  beforeEach(async () => {
    await create({
      title: 'Water the plants',
      description: 'roses',
      priority: 'low',
      dueAt: '2026-03-01T00:00:00Z',
    });
    await create({ title: 'Call mother', description: 'äpfel', priority: 'high' });
    await create({
      title: 'Rose pruning',
      priority: 'medium',
      dueAt: '2026-02-01T00:00:00Z',
      metadata: { garden: true },
    });
  });

  it('is sorted by last change, or by priority in its meaning', async () => {
    expect(await titles('?limit=1')).toEqual(['Rose pruning', 'Call mother', 'Water the plants']);
    expect(await titles('?limit=1&sort=priority')).toEqual([
      'Water the plants',
      'Rose pruning',
      'Call mother',
    ]);
    expect(await titles('?limit=1&sort=-priority,dueAt')).toEqual([
      'Call mother',
      'Rose pruning',
      'Water the plants',
    ]);
  });

  it('has tasks without a due time last, in any page size', async () => {
    expect(await titles('?limit=1&sort=dueAt')).toEqual([
      'Rose pruning',
      'Water the plants',
      'Call mother',
    ]);
    expect(await titles('?limit=1&sort=-dueAt')).toEqual([
      'Call mother',
      'Water the plants',
      'Rose pruning',
    ]);
  });

  it.each([
    ['filter[priority]=low', ['Water the plants']],
    ['filter[priority][gte]=medium', ['Rose pruning', 'Call mother']],
    ['filter[priority][in]=low,high', ['Call mother', 'Water the plants']],
    ['filter[status]=completed', []],
    ['filter[dueAt][exists]=false', ['Call mother']],
    ['filter[dueAt][lt]=2026-02-15T00:00:00Z', ['Rose pruning']],
    ['filter[metadata]={"garden":true}', ['Rose pruning']],
    ['filter[title][contains]=ROSE', ['Rose pruning']],
    ['q=rose', ['Rose pruning', 'Water the plants']],
    ['q=calling', ['Call mother']],
    ['q=rose -water', ['Rose pruning']],
    ['q=ÄPFEL', ['Call mother']],
  ])('answers %s', async (query, found) => {
    expect(await titles(`?${encodeURI(query)}`)).toEqual(found);
  });

  it('refuses an unknown priority', async () => {
    const { errors } = expectProblem(
      await ada.get('/v1/tasks?filter[priority]=2'),
      400,
      'request.invalid_query',
    );
    expect(errors).toEqual([
      { pointer: '?filter[priority]', message: 'must be one of low, medium, high' },
    ]);
  });
});
