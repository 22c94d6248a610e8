// The store of agents: JSON values under namespaces and keys, as LangGraph's stores have them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ExpiringRows } from '../../src/platform/jobs/index.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

interface Item {
  id: string;
  namespace: string[];
  key: string;
  value: unknown;
  createdAt: string;
  updatedAt: string;
  expiresAt: string | null;
  score?: number | null;
}
interface Answer {
  get: (Item | null)[];
  search: Item[][];
  namespaces: string[][][];
}

let app: TestApp;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const newUser = (): Caller => app.actingFor(`keeper ${++users}`);
const batch = async (who: Caller, body: object): Promise<Answer> =>
  (await who.post('/v1/store/batch', body).expect(200)).body as Answer;
const read = async (who: Caller, body: object): Promise<Answer> =>
  (await who.post('/v1/store/read', body).expect(200)).body as Answer;
const put = (who: Caller, path: string, value: unknown, more: object = {}) => {
  const labels = path.split('/');
  const key = labels.pop();
  return batch(who, { put: [{ namespace: labels, key, value, ...more }] });
};
const keysOf = (items: Item[]): string[] => items.map(({ key }) => key);
const search = async (who: Caller, asked: object): Promise<Item[]> =>
  (await read(who, { search: [{ prefix: [], ...asked }] })).search[0]!;

describe('an item of the store', () => {
  it('is any JSON value, and comes back equal', async () => {
    const ada = newUser();
    const values = [{ a: { b: [1, null, 'ü'] } }, [1, 2], 'text', 1.5, false, {}, 0, ''];
    await batch(ada, {
      put: values.map((value, i) => ({ namespace: ['all'], key: String(i), value })),
    });
    const { get } = await read(ada, {
      get: values.map((_, i) => ({ namespace: ['all'], key: String(i) })),
    });
    expect(get.map((item) => item?.value)).toEqual(values);
    expect(get[0]).toMatchObject({ namespace: ['all'], key: '0', expiresAt: null });
  });

  it('keeps its id and time of creation when it is put again, and is no other item', async () => {
    const ada = newUser();
    await put(ada, 'users/tea', { likes: 'green' });
    const [first] = (await read(ada, { get: [{ namespace: ['users'], key: 'tea' }] })).get;
    await put(ada, 'users/tea', { likes: 'green' });
    await put(ada, 'users/tea', { likes: 'black' });
    const found = await search(ada, {});
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      id: first!.id,
      createdAt: first!.createdAt,
      value: { likes: 'black' },
    });
  });

  it('is null when it was deleted, was never there, or is of another user', async () => {
    const [ada, bob] = [newUser(), newUser()];
    await put(ada, 'users/tea', {});
    const asked = { get: [{ namespace: ['users'], key: 'tea' }] };
    expect((await read(bob, asked)).get).toEqual([null]);
    await batch(bob, { delete: asked.get });
    expect((await read(ada, asked)).get).not.toEqual([null]);
    await batch(ada, { delete: asked.get });
    expect((await read(ada, asked)).get).toEqual([null]);
  });

  it.each([
    ['a label with a point', { namespace: ['a.b'] }, '/put/0/namespace/0'],
    ['a label with a colon', { namespace: ['a:b'] }, '/put/0/namespace/0'],
    ['an empty label', { namespace: ['a', ''] }, '/put/0/namespace/1'],
    ['labels that are no texts', { namespace: [7] }, '/put/0/namespace/0'],
    ['no list of labels', { namespace: 7 }, '/put/0/namespace'],
    ['no label', { namespace: [] }, '/put/0/namespace'],
    ['the root of LangGraph', { namespace: ['langgraph', 'x'] }, '/put/0/namespace/0'],
    ['a label with U+0001', { namespace: ['a\u0001b'] }, '/put/0/namespace/0'],
    ['too long a path', { namespace: Array(5).fill('x'.repeat(250)) }, '/put/0/namespace'],
    ['no value', { value: null }, '/put/0/value'],
    ['too large a value', { value: { x: 'x'.repeat(70_000) } }, '/put/0/value'],
  ])('is refused with %s', async (_, given, pointer) => {
    const item = { namespace: ['a'], key: 'k', value: {}, ...given };
    const answer = await newUser().post('/v1/store/batch', { put: [item] });
    const { errors } = expectProblem(answer, 422, 'request.invalid_body') as unknown as {
      errors: { pointer: string }[];
    };
    expect(errors.map((error) => error.pointer)).toEqual([pointer]);
  });

  it('may have a root of LangGraph, points and colons where it is only looked for', async () => {
    const ada = newUser();
    const place = { namespace: ['langgraph', 'a.b:c'], key: 'k' };
    const answer = await batch(ada, { get: [place], search: [{ prefix: ['langgraph'] }] });
    expect(answer).toEqual({ get: [null], search: [[]], namespaces: [] });
    await batch(ada, { delete: [place] });
  });
});

describe('a batch', () => {
  it('reads what was before it, and the last put of a key stays', async () => {
    const ada = newUser();
    const place = { namespace: ['users'], key: 'tea' };
    const { get, search: found } = await batch(ada, {
      get: [place],
      search: [{ prefix: ['users'] }],
      put: [
        { ...place, value: { n: 1 } },
        { ...place, value: { n: 2 } },
      ],
    });
    expect([get, found]).toEqual([[null], [[]]]);
    expect((await read(ada, { get: [place] })).get[0]!.value).toEqual({ n: 2 });
  });

  it('with the same key is done once, and its answer is gone with what it shows', async () => {
    const ada = newUser();
    const place = { namespace: ['users'], key: 'tea' };
    await batch(ada, { put: [{ ...place, value: { n: 1 } }] });
    const again = ada.with({ 'idempotency-key': `batch-${users}` });
    const body = { get: [place], put: [{ ...place, value: { n: 2 } }] };
    const first = await batch(again, body);
    expect(await batch(again, body)).toEqual(first);
    await batch(ada, { delete: [place] });
    expectProblem(await again.post('/v1/store/batch', body), 410, 'idempotency.erased');
  });

  it('writes all of it or nothing', async () => {
    const ada = newUser();
    const good = { namespace: ['a'], key: 'k', value: 1 };
    await ada.post('/v1/store/batch', { put: [good, { ...good, key: '' }] }).expect(422);
    expect(await search(ada, {})).toEqual([]);
  });

  it('keeps items apart whose keys have the sign behind labels', async () => {
    const ada = newUser();
    const places = [
      { namespace: ['a'], key: 'b\u0001c' },
      { namespace: ['a', 'b'], key: 'c' },
    ];
    await batch(ada, { put: places.map((place, value) => ({ ...place, value })) });
    const { get } = await read(ada, { get: places });
    expect(get.map((item) => item?.value)).toEqual([0, 1]);
  });

  const item = { namespace: ['n'], key: 'k' };
  const TOO_MANY = { get: Array(100).fill(item), search: [{ prefix: [], limit: 29 }] };
  it.each([
    ['deletions beside items', { delete: [item], get: [item] }, '/delete', 'batch'],
    ['deletions beside a search', { delete: [item], search: [{ prefix: [] }] }, '/delete', 'batch'],
    ['deletions beside namespaces', { delete: [item], namespaces: [{}] }, '/delete', 'batch'],
    ['129 items', TOO_MANY, '/search', 'batch'],
    ['129 items', TOO_MANY, '/search', 'read'],
  ])('is refused with %s', async (_, body, pointer, path) => {
    const answer = await newUser().post(`/v1/store/${path}`, body);
    expect(expectProblem(answer, 422, 'request.invalid_body')).toMatchObject({
      errors: [{ pointer }],
    });
  });

  it('may ask for 128 items, and delete beside empty lists of reads', async () => {
    const ada = newUser();
    await read(ada, { get: Array(100).fill(item), search: [{ prefix: [], limit: 28 }] });
    await batch(ada, { get: [], search: null, delete: [item] });
  });

  it('creates nobody when it only reads', async () => {
    const nobody = newUser();
    expect(await read(nobody, { search: [{ prefix: [] }] })).toMatchObject({ search: [[]] });
  });
});

describe('a search of the store', () => {
  it('finds a prefix of labels, not of letters', async () => {
    const ada = newUser();
    for (const path of ['users/1/a', 'users/10/b', 'users/1/x/c', 'userss/1/d', 'users/e'])
      await put(ada, path, {});
    const under = async (...prefix: string[]) => keysOf(await search(ada, { prefix })).sort();
    expect(await under('users', '1')).toEqual(['a', 'c']);
    expect(await under('users')).toEqual(['a', 'b', 'c', 'e']);
    expect(await under('user')).toEqual([]);
    expect(await under()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await under('u%', '_')).toEqual([]);
  });

  it.each<[object, string[]]>([
    [{ kind: 'tea' }, ['a', 'b']],
    [{ kind: { $eq: 'tea' }, n: { $gt: 1 } }, ['b']],
    [{ n: { $gte: 1, $lt: 3 } }, ['a', 'b']],
    [{ n: { $lte: 1 } }, ['a']],
    [{ kind: { $ne: 'tea' } }, ['c', 'd', 'e']],
    [{ kind: { $in: ['tea', 'milk'] } }, ['a', 'b', 'c']],
    [{ kind: { $nin: ['tea', 'milk'] } }, ['d', 'e']],
    [{ when: { $gt: '2026-01-15' } }, ['c']],
    [{ n: '1' }, []],
    [{ n: { $gt: '0' } }, []],
    [{ deep: { x: [1] } }, ['d']],
    [{ flag: null }, ['d']],
    [{}, ['a', 'b', 'c', 'd', 'e']],
  ])('filters by %j', async (filter, expected) => {
    const ada = newUser();
    await batch(ada, {
      put: Object.entries({
        a: { kind: 'tea', n: 1 },
        b: { kind: 'tea', n: 2 },
        c: { kind: 'milk', n: 10, when: '2026-02-01' },
        d: { deep: { x: [1] }, flag: null },
        e: 'a text',
      }).map(([key, value]) => ({ namespace: ['n'], key, value })),
    });
    expect(keysOf(await search(ada, { filter })).sort()).toEqual(expected);
  });

  it('refuses operators that it does not know, and operands that none could pass', async () => {
    for (const filter of [{ n: { $like: 'x' } }, { n: { $gt: {} } }, { n: { $in: 'x' } }])
      await newUser()
        .post('/v1/store/read', { search: [{ prefix: [], filter }] })
        .expect(422);
  });

  it('gives pages, last changed first', async () => {
    const ada = newUser();
    for (const key of ['a', 'b', 'c']) await put(ada, `n/${key}`, {});
    await put(ada, 'n/a', { again: true });
    expect(keysOf(await search(ada, { limit: 2 }))).toEqual(['a', 'c']);
    expect(keysOf(await search(ada, { limit: 2, offset: 2 }))).toEqual(['b']);
  });

  it('puts what has words of the question first, with a score, and the others behind it', async () => {
    const ada = newUser();
    await put(ada, 'n/tea', { says: 'Ada likes drinking green tea' });
    await put(ada, 'n/bike', { says: 'She rides bikes' });
    await put(ada, 'n/hidden', { says: 'green tea' }, { index: [] });
    await put(ada, 'n/part', { title: 'a drink', body: 'rides' }, { index: ['title'] });
    const found = await search(ada, { query: 'What does she drink? Tea & milk!' });
    expect(found.map(({ key, score }) => [key, score! > 0])).toEqual([
      ['tea', true],
      ['part', true],
      ['hidden', false],
      ['bike', false],
    ]);
    expect(found[2]!.score).toBeNull();
    expect(keysOf(await search(ada, { query: 'rode a bike', limit: 1 }))).toEqual(['bike']);
  });
});

describe('namespaces', () => {
  it('are listed once each, by prefix, suffix and depth', async () => {
    const ada = newUser();
    for (const path of ['a/b/c/1', 'a/b/c/2', 'a/x/c/1', 'a/b/1', 'd/c/1', 'ab/c/1'])
      await put(ada, path, {});
    const list = async (asked: object) =>
      (await read(ada, { namespaces: [asked] })).namespaces[0]!.map((labels) => labels.join('/'));
    expect(await list({})).toEqual(['a/b', 'a/b/c', 'a/x/c', 'ab/c', 'd/c']);
    expect(await list({ prefix: ['a'] })).toEqual(['a/b', 'a/b/c', 'a/x/c']);
    expect(await list({ prefix: ['*', '*', 'c'] })).toEqual(['a/b/c', 'a/x/c']);
    expect(await list({ prefix: ['a', '*', 'c'] })).toEqual(['a/b/c', 'a/x/c']);
    expect(await list({ suffix: ['c'] })).toEqual(['a/b/c', 'a/x/c', 'ab/c', 'd/c']);
    expect(await list({ suffix: ['b', '*'] })).toEqual(['a/b/c']);
    expect(await list({ prefix: ['a'], suffix: ['x', 'c'] })).toEqual(['a/x/c']);
    expect(await list({ maxDepth: 2 })).toEqual(['a/b', 'a/x', 'ab/c', 'd/c']);
    expect(await list({ limit: 2, offset: 1 })).toEqual(['a/b/c', 'a/x/c']);
  });
});

describe('an item that expires', () => {
  const expireNow = (key: string) =>
    app.database.admin(
      `update threadkeep.store_item set expires_at = now() - interval '1 second' where key = $1`,
      [key],
    );

  it('is not read after its time, and begins anew when it is put', async () => {
    const ada = newUser();
    await put(ada, 'n/short', { n: 1 }, { ttlMinutes: 5 });
    const [before] = await search(ada, {});
    expect(Date.parse(before!.expiresAt!) - Date.parse(before!.createdAt)).toBe(300_000);
    await expireNow('short');
    const asked = { get: [{ namespace: ['n'], key: 'short' }], namespaces: [{}] };
    expect(await read(ada, asked)).toMatchObject({ get: [null], namespaces: [[]] });
    expect(await search(ada, {})).toEqual([]);
    await put(ada, 'n/short', { n: 2 });
    const [after] = await search(ada, {});
    expect(after).toMatchObject({ value: { n: 2 }, expiresAt: null });
    expect(after!.createdAt > before!.createdAt).toBe(true);
  });

  it('lives on when a batch that reads it refreshes it, and not without', async () => {
    const ada = newUser();
    await put(ada, 'n/read', {}, { ttlMinutes: 5 });
    const soon = `update threadkeep.store_item set expires_at = now() + interval '1 minute' where key = 'read'`;
    await app.database.admin(soon);
    const place = { namespace: ['n'], key: 'read' };
    const minutesLeft = async () =>
      (Date.parse((await read(ada, { get: [place] })).get[0]!.expiresAt!) - Date.now()) / 60_000;
    await batch(ada, { get: [place] });
    expect(await minutesLeft()).toBeLessThan(2);
    await batch(ada, { search: [{ prefix: ['n'] }], refreshTtl: true });
    expect(await minutesLeft()).toBeGreaterThan(4);
  });

  it('is removed by the sweep', async () => {
    await put(newUser(), 'n/swept', {}, { ttlMinutes: 5 });
    await put(newUser(), 'n/stays', {}, { ttlMinutes: 5 });
    await expireNow('swept');
    const sweeps = app.app.get(ExpiringRows).all;
    await app.app.get(ScopedDatabase).runAsSystem('test', async () => {
      for (const sweep of sweeps) await sweep(100);
    });
    const { rows } = await app.database.admin(
      `select key from threadkeep.store_item where key in ('swept', 'stays')`,
    );
    expect(rows).toEqual([{ key: 'stays' }]);
  });
});
