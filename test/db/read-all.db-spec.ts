// Several reads in one round trip: each has the scope, and the order is kept.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { RequestContexts } from '../../src/platform/context/index.js';
import {
  ownedStatement,
  type Read,
  ScopedDatabase,
  statement,
} from '../../src/platform/database/index.js';
import { createTestApp, type TestApp } from '../support/app.js';

const TITLES = ownedStatement<{ title: string }>(
  'test.all_titles',
  `select title from threadkeep.conversation where user_id = $1`,
);
const WHO = statement<{ number: number; userId: string; readOnly: string }>(
  'test.all_who',
  `select $1::integer as number, current_setting('app.user_id', true) as "userId",
     current_setting('transaction_read_only') as "readOnly"`,
);
const SLOW_WHO = statement<{ number: number; userId: string }>(
  'test.all_slow_who',
  `select $1::integer as number, current_setting('app.user_id', true) as "userId"`,
  { slow: true },
);
const MANY = statement<{ n: number }>(
  'test.all_many',
  'select generate_series(1, $1::integer) as n',
);
const NONE = statement('test.all_none', 'select 1 as one where false');
const BROKEN = statement('test.all_broken', 'select 1 / ($1::integer - $1::integer) as never');

const who = (number: number): Read<{ number: number; userId: string }> => ({
  query: WHO,
  values: [number],
});

describe('reads that are sent together', () => {
  let app: TestApp;
  let database: ScopedDatabase;
  let ada: string;
  let bea: string;
  beforeAll(async () => {
    app = await createTestApp();
    database = app.app.get(ScopedDatabase);
    [ada, bea] = (await Promise.all(
      ['ada', 'bea'].map(async (name) => {
        await app
          .actingFor(name)
          .post('/v1/conversations', { title: `of ${name}` })
          .expect(201);
        return (await app.actingFor(name).get('/v1/users/me').expect(200)).body.id as string;
      }),
    )) as [string, string];
  });
  afterAll(() => app.close());

  const as = <T>(userId: string, work: () => Promise<T>) =>
    app.app.get(RequestContexts).runAsUser(userId, work);

  it('answer the rows of each in their order, the first time and later', async () => {
    for (let times = 0; times < 3; times++) {
      const [first, many, none, last] = await as(ada, () =>
        database.readAll([
          who(1),
          { query: MANY, values: [3] },
          { query: NONE, values: [] },
          who(2),
        ]),
      );
      expect([first, many, none, last]).toMatchObject([
        [{ number: 1, userId: ada }],
        [{ n: 1 }, { n: 2 }, { n: 3 }],
        [],
        [{ number: 2, userId: ada }],
      ]);
    }
  });

  it('are each bound to their user, and see no row of another, in any mixture', async () => {
    const asked = Array.from({ length: 200 }, (_, i) => (i % 3 ? ada : bea));
    const answers = await Promise.all(
      asked.map((user) =>
        as(user, () => database.readAll([{ query: TITLES, values: [] }, who(1), who(2)])),
      ),
    );
    answers.forEach(([titles, ...rest], i) => {
      expect(titles).toEqual([{ title: asked[i] === ada ? 'of ada' : 'of bea' }]);
      expect(rest.map(([row]) => row!.userId)).toEqual([asked[i], asked[i]]);
    });
  });

  it('are one transaction, sent at once, when they are prepared', async () => {
    const reads = () => as(ada, () => database.readAll([who(1), who(2), who(3)]));
    // Each of the connections prepares them.
    await Promise.all(Array.from({ length: 8 }, reads));
    const query = jest.spyOn(pg.Client.prototype, 'query');
    await reads();
    const all = query.mock.calls.map((call, i) => ({
      text: (call[0] as unknown as { text?: string }).text,
      client: query.mock.contexts[i],
    }));
    query.mockRestore();
    // A pipeline has no text of its own. Jobs in the background use other connections meanwhile.
    const pipeline = all.find(({ text }) => text === '');
    const sent = pipeline ? all.filter(({ client }) => client === pipeline.client) : all;
    const begins = sent.filter(({ text }) => text?.startsWith('begin'));
    expect(begins.length || sent.length).toBe(1);
  });

  it('fail together with the error of the one that fails, and leave the connection usable', async () => {
    for (let times = 0; times < 3; times++) {
      await expect(
        as(ada, () => database.readAll([who(1), { query: BROKEN, values: [1] }, who(2)])),
      ).rejects.toMatchObject({ code: '22012' });
      expect((await as(ada, () => database.readAll([who(1), who(2)]))).flat()).toHaveLength(2);
    }
  });

  it('with a slow one go to the pool, and see the same', async () => {
    const [first, second] = await as(ada, () =>
      database.readAll([who(1), { query: SLOW_WHO, values: [2] }]),
    );
    expect([first, second]).toMatchObject([
      [{ number: 1, userId: ada, readOnly: 'on' }],
      [{ number: 2, userId: ada }],
    ]);
  });

  it('join an open transaction and see what it wrote', async () => {
    const rename = ownedStatement(
      'test.all_rename',
      `update threadkeep.conversation set title = 'renamed' where user_id = $1`,
    );
    const read = as(bea, () =>
      database.transaction(async () => {
        await database.write(rename, []);
        return database.readAll([{ query: TITLES, values: [] }, who(1)]);
      }),
    );
    expect(await read).toMatchObject([[{ title: 'renamed' }], [{ userId: bea }]]);
  });

  it('may be none, or one', async () => {
    expect(await as(ada, () => database.readAll([]))).toEqual([]);
    expect(await as(ada, () => database.readAll([who(7)]))).toMatchObject([[{ number: 7 }]]);
  });

  it('are refused without a scope', async () => {
    expect(() => database.readAll([who(1), who(2)])).toThrow('scope');
  });
});
