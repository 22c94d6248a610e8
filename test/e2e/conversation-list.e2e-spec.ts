import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { everyPage, idsOf } from '../support/pages.js';
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
  await create(bob, { title: 'of Bob', tags: ['x'] });
});
afterAll(() => app.close());

const create = async (as: Caller, values: object = {}): Promise<string> =>
  (await as.post('/v1/conversations', values).expect(201)).body.id;
const createMany = async (count: number, values: (i: number) => object = () => ({})) => {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.unshift(await create(ada, values(i)));
  return ids;
};
const say = (id: string) =>
  ada.post(`/v1/conversations/${id}/messages`, { role: 'user', content: 'x' }).expect(201);
const listed = async (query = '') => (await everyPage(ada, `/v1/conversations?${query}`)).flat();

describe('the list of conversations', () => {
  it('is empty for a user without conversations', async () => {
    expect((await ada.get('/v1/conversations').expect(200)).body).toEqual({
      data: [],
      nextCursor: null,
    });
  });

  it('shows each conversation as GET /v1/conversations/:id does', async () => {
    const id = await create(ada, { title: 't', tags: ['a'], metadata: { constructor: [1] } });
    await say(id);
    expect(await listed()).toEqual([(await ada.get(`/v1/conversations/${id}`)).body]);
  });

  it.each([1, 2, 5, 7, 100])(
    'shows each conversation once, newest first, in pages of %s',
    async (limit) => {
      const ids = await createMany(7);
      const pages = await everyPage(ada, `/v1/conversations?limit=${limit}`);
      expect(idsOf(pages.flat())).toEqual(ids);
      expect(pages).toHaveLength(Math.ceil(7 / limit));
    },
  );

  it('has pages of 20 by default', async () => {
    await createMany(21);
    expect((await everyPage(ada, '/v1/conversations')).map((page) => page.length)).toEqual([20, 1]);
  });

  it('is sorted by the last message or edit, newest first', async () => {
    const [c, b, a] = (await createMany(3)) as [string, string, string];
    await say(a);
    expect(idsOf(await listed())).toEqual([a, c, b]);
    await ada.patch(`/v1/conversations/${b}`, { title: 'x' }).expect(200);
    expect(idsOf(await listed())).toEqual([b, a, c]);
    expect((await listed()).map(({ updatedAt }) => updatedAt)).toEqual(
      (await listed())
        .map(({ updatedAt }) => updatedAt)
        .sort()
        .reverse(),
    );
  });

  it('shows no conversation twice while others become active between pages', async () => {
    const ids = await createMany(6);
    const first = await ada.get('/v1/conversations?limit=2').expect(200);
    await say(ids[0]!);
    await say(ids[1]!);
    const fresh = await create(ada);
    const rest = await everyPage(ada, `/v1/conversations?limit=2&cursor=${first.body.nextCursor}`);
    expect(idsOf(rest.flat())).toEqual(ids.slice(2));
    expect(idsOf(await listed())).toEqual([fresh, ids[1], ids[0], ...ids.slice(2)]);
  });

  it('pages correctly through conversations that changed in the same millisecond', async () => {
    const ids = await createMany(5);
    await app.database.admin(
      `update threadkeep.conversation set updated_at = '2026-01-01T00:00:00.123Z' where id = any ($1)`,
      [ids],
    );
    expect(idsOf((await everyPage(ada, '/v1/conversations?limit=2')).flat())).toEqual(
      [...ids].sort().reverse(),
    );
  });
});

describe('the filters of the list of conversations', () => {
  it('filter by status and tag, alone and together, on every page', async () => {
    const ids = await createMany(8, (i) => ({ tags: i % 2 ? ['odd', 'number'] : ['number'] }));
    const archived = ids.filter((_, i) => i % 4 < 2);
    for (const id of [...archived].reverse())
      await ada.patch(`/v1/conversations/${id}`, { status: 'archived' }).expect(200);
    const odd = new Set(ids.filter((_, i) => i % 2 === 0));
    expect(new Set(idsOf(await listed('limit=1&tag=odd')))).toEqual(odd);
    expect(idsOf(await listed('limit=1&status=archived'))).toEqual(archived);
    expect(idsOf(await listed('limit=1&status=active'))).toEqual(
      ids.filter((id) => !archived.includes(id)),
    );
    expect(idsOf(await listed('limit=1&status=archived&tag=odd'))).toEqual(
      archived.filter((id) => odd.has(id)),
    );
    expect(await listed('tag=number')).toHaveLength(8);
    expect(await listed('tag=Odd')).toEqual([]);
    expect(await listed('tag=x')).toEqual([]);
  });

  it('show deleted conversations only with status=deleted, last deleted first', async () => {
    const ids = await createMany(4, (i) => ({ tags: i === 0 ? ['first'] : [] }));
    for (const id of [ids[2]!, ids[3]!]) await ada.delete(`/v1/conversations/${id}`).expect(204);
    expect(idsOf(await listed('limit=1&status=deleted'))).toEqual([ids[3], ids[2]]);
    expect(idsOf(await listed('status=deleted&tag=first'))).toEqual([ids[3]]);
    expect(idsOf(await listed())).toEqual(ids.slice(0, 2));
  });
});

describe('the list of conversations refuses', () => {
  it.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'limit=1&limit=2',
    'status=gone',
    'tag=',
    `tag=${'x'.repeat(101)}`,
    'tag=%00',
    'offset=10001',
    'offset=1&cursor=x',
    'user_id=1',
    'toString=1',
    'Limit=1',
    'cursor=',
    'cursor=garbage',
    `cursor=${'x'.repeat(501)}`,
    `cursor=${Buffer.from('["2026-01-01T00:00:00.000Z"]').toString('base64url')}`,
    `cursor=${Buffer.from('["2026-01-01","01900000-0000-7000-8000-000000000000"]').toString('base64url')}`,
    `cursor=${Buffer.from('["2026-02-30T00:00:00.000Z","01900000-0000-7000-8000-000000000000"]').toString('base64url')}`,
    `cursor=${Buffer.from('["2026-01-01T00:00:00.000Z","x"]').toString('base64url')}`,
    `cursor=${Buffer.from('["infinity","01900000-0000-7000-8000-000000000000"]').toString('base64url')}`,
  ])('%s', async (query) => {
    const problem = expectProblem(
      await ada.get(`/v1/conversations?${query}`),
      400,
      'request.invalid_query',
    );
    expect(problem['errors']).toEqual([
      { pointer: `?${query.split('=')[0]}`, message: expect.any(String) },
    ]);
  });

  it('a cursor of another list or another user', async () => {
    const ids = await createMany(3);
    const { body } = await ada.get('/v1/conversations?limit=1');
    await say(ids[2]!);
    await say(ids[2]!);
    const messages = await ada.get(`/v1/conversations/${ids[2]}/messages?limit=1`);
    expectProblem(
      await ada.get(`/v1/conversations?cursor=${messages.body.nextCursor}`),
      400,
      'request.invalid_query',
    );
    expectProblem(
      await bob.get(`/v1/conversations?cursor=${body.nextCursor}`),
      400,
      'request.invalid_query',
    );
  });
});
