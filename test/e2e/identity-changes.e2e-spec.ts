// What one process changes about a key or a name is true for the next statement of every other.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import {
  createLogins,
  createTestDatabase,
  type TestDatabase,
  withClient,
} from '../support/database.js';
import { expectProblem } from '../support/problem.js';
import { eventually } from '../support/wait.js';

const ROUNDS = 10;

describe.each([
  ['on direct connections', 'false'],
  ['behind a transaction pooler', 'true'],
])('a change of identity in another process, %s', (_title, DB_TRANSACTION_POOLER) => {
  let database: TestDatabase;
  let here: TestApp;
  let there: TestApp;
  let url: string;
  let logins: string[];
  beforeAll(async () => {
    database = await createTestDatabase();
    const urls = await createLogins(database);
    url = urls.DATABASE_URL;
    logins = Object.values(urls).map((url) => new URL(url).username);
    here = await createTestApp({ ...urls, DB_TRANSACTION_POOLER, JOB_CONCURRENCY: '1' }, database);
    there = await createTestApp({ ...urls, DB_TRANSACTION_POOLER, JOB_CONCURRENCY: '1' }, database);
  });
  afterAll(async () => {
    await Promise.all([here?.close(), there?.close()]);
    await database.drop();
    for (const login of logins)
      await withClient(process.env['TEST_ADMIN_URL']!, (client) =>
        client.query(`drop role ${login}`),
      );
  });

  const created = async (externalId: string) =>
    (await here.service.post('/v1/users', { externalId }).expect(201)).body.id as string;
  const keyFor = async (values: object) =>
    (await here.service.post('/v1/api-keys', values).expect(201)).body as {
      id: string;
      key: string;
    };
  const elsewhere = (key: string) => there.anonymous.with({ authorization: `Bearer ${key}` });

  it('stops a revoked key of a user for reads and writes, and rolls the writes back', async () => {
    const userId = await created('reader');
    for (let round = 0; round < ROUNDS; round++) {
      const { id, key } = await keyFor({ userId });
      const caller = elsewhere(key);
      const talk = (await caller.post('/v1/conversations').expect(201)).body.id as string;
      await caller.get('/v1/conversations').expect(200);
      await here.service.delete(`/v1/api-keys/${id}`).expect(204);
      const append = () =>
        caller.post(`/v1/conversations/${talk}/messages`, { role: 'user', content: 'late' });
      const last = [
        () => caller.get('/v1/conversations'),
        append,
        () => caller.with({ 'idempotency-key': `k${round}` }).post('/v1/conversations'),
      ];
      for (const send of last.slice(round % 3))
        expectProblem(await send(), 401, 'access.unauthenticated');
      const { rows } = await database.admin(
        'select last_seq from threadkeep.conversation where id = $1',
        [talk],
      );
      expect(rows).toEqual([{ last_seq: 0 }]);
    }
  });

  it('stops a revoked service key, with and without a user', async () => {
    await created('served');
    for (let round = 0; round < ROUNDS; round++) {
      const { id, key } = await keyFor({});
      const [service, acting] = [
        elsewhere(key),
        elsewhere(key).with({ 'threadkeep-user': 'served' }),
      ];
      await service.get('/v1/users').expect(200);
      await acting.get('/v1/conversations').expect(200);
      await here.service.delete(`/v1/api-keys/${id}`).expect(204);
      const last = [
        () => service.get('/v1/users'),
        () => acting.get('/v1/conversations'),
        () => acting.post('/v1/conversations'),
      ];
      expectProblem(await last[round % 3]!(), 401, 'access.unauthenticated');
    }
  });

  it('lets the key and the name of a merged user act for the other until the merge is undone, and never for nobody', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const name = `merged ${round}`;
      const [from, to] = [await created(name), await created(`${name} account`)];
      const { key } = await keyFor({ userId: from });
      const callers = [
        elsewhere(key),
        there.actingFor(name).with({ authorization: `Bearer ${here.serviceKey}` }),
      ];
      for (const caller of callers)
        expect((await caller.get('/v1/users/me').expect(200)).body.id).toBe(from);
      const merge = `/v1/users/${to}/merge`;
      for (const [path, owner] of [
        [merge, to],
        [`${merge}/undo`, from],
      ] as const) {
        const { jobId } = (await here.service.post(path, { from }).expect(202)).body;
        await eventually(async () => {
          const job = await here.service.get(`/v1/admin/jobs/${jobId as string}`).expect(200);
          return job.body.status === 'completed';
        });
        for (const caller of callers) {
          const first = await caller.post('/v1/tasks', { title: 'first' });
          if (first.status !== 201) expectProblem(first, 409, 'access.user_changed');
          await caller.post('/v1/tasks', { title: 'again' }).expect(201);
          expect((await caller.get('/v1/users/me').expect(200)).body.id).toBe(owner);
        }
      }
    }
  });

  it('never resolves a reassigned externalId to its former user', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const name = `passed on ${round}`;
      const [before, after] = [await created(name), await created(`${name} later`)];
      const acting = there.actingFor(name).with({ authorization: `Bearer ${here.serviceKey}` });
      expect((await acting.get('/v1/users/me')).body.id).toBe(before);
      await here.service.patch(`/v1/users/${before}`, { externalId: `${name} before` }).expect(200);
      await here.service.patch(`/v1/users/${after}`, { externalId: name }).expect(200);
      const first =
        round % 2 ? await acting.post('/v1/conversations') : await acting.get('/v1/users/me');
      if (first.status === 409)
        expect(expectProblem(first, 409, 'access.user_changed')['code']).toBe(
          'access.user_changed',
        );
      else
        expect([first.body.id, first.status]).toEqual(
          round % 2 ? [first.body.id, 201] : [after, 200],
        );
      expect((await acting.get('/v1/users/me').expect(200)).body.id).toBe(after);
      const { rows } = await database.admin(
        'select from threadkeep.conversation where user_id = $1',
        [before],
      );
      expect(rows).toEqual([]);
    }
  });

  it("stops requests of a deleted user, also by that user's key", async () => {
    const id = await created('leaving');
    const { key } = await keyFor({ userId: id });
    const acting = there.actingFor('leaving').with({ authorization: `Bearer ${here.serviceKey}` });
    await acting.get('/v1/users/me').expect(200);
    await elsewhere(key).get('/v1/users/me').expect(200);
    await here.service.delete(`/v1/users/${id}`).expect(204);
    expectProblem(await elsewhere(key).get('/v1/conversations'), 401, 'access.unauthenticated');
    expect([404, 409]).toContain((await acting.get('/v1/users/me')).status);
  });

  it("stops requests of a disabled user, also by that user's key, and rolls the writes back", async () => {
    const id = await created('disabled');
    const { key } = await keyFor({ userId: id });
    const acting = there.actingFor('disabled').with({ authorization: `Bearer ${here.serviceKey}` });
    const own = elsewhere(key);
    for (let round = 0; round < ROUNDS; round++) {
      await eventually(async () => (await own.get('/v1/users/me')).status === 200);
      await acting.get('/v1/users/me').expect(200);
      await here.service.patch(`/v1/users/${id}`, { status: 'disabled' }).expect(200);
      const [byKey, byService] =
        round % 2 ? ['get' as const, 'post' as const] : ['post' as const, 'get' as const];
      expectProblem(await own[byKey]('/v1/conversations'), 401, 'access.unauthenticated');
      expectProblem(await acting[byService]('/v1/conversations'), 403, 'access.user_not_active');
      await here.service.patch(`/v1/users/${id}`, { status: 'active' }).expect(200);
    }
    const { rows } = await database.admin(
      'select from threadkeep.conversation where user_id = $1',
      [id],
    );
    expect(rows).toEqual([]);
  });

  it('does not fail or look up requests of other users', async () => {
    const id = await created('renamed again and again');
    await created('bystander');
    const acting = there
      .actingFor('bystander')
      .with({ authorization: `Bearer ${here.serviceKey}` });
    await acting.get('/v1/users/me').expect(200);
    for (let n = 0; n < 30; n++) {
      await here.service.patch(`/v1/users/${id}`, { externalId: `renamed ${n}` }).expect(200);
      await acting.get('/v1/conversations').expect(200);
    }
  });

  it('keeps the cache after a forged notification', async () => {
    const { PrincipalCache } = await import('../../src/users/authentication/principal-cache.js');
    const caller = elsewhere(here.serviceKey);
    await caller.get('/v1/users').expect(200);
    const cache = there.app.get(PrincipalCache);
    const known = cache.principal(here.serviceKey);
    expect(known).toBeTruthy();
    await withClient(url, async (client) => {
      for (const payload of [
        '',
        '4096',
        '-1',
        'x'.repeat(7_000),
        ...Array.from({ length: 4096 }, (_, slot) => String(slot)),
      ]) {
        await client.query('select pg_notify($1, $2)', ['threadkeep_principals', payload]);
      }
    });
    await caller.get('/v1/users').expect(200);
    // The one that is announced last, and true, is heard after all of them.
    if (DB_TRANSACTION_POOLER === 'false') {
      const { id, key } = await keyFor({});
      await elsewhere(key).get('/v1/users').expect(200);
      await here.service.delete(`/v1/api-keys/${id}`).expect(204);
      await eventually(async () => cache.principal(key) === undefined, 10_000);
      expect(cache.principal(here.serviceKey)).toBe(known);
    }
  });

  it('the serving login cannot decrease or delete an identity counter', async () => {
    const { id } = await keyFor({});
    const slot = Number.parseInt(id.slice(-3), 16);
    await withClient(url, async (client) => {
      const number = async () =>
        (
          await client.query<{ number: number }>(
            'select number from threadkeep.identity_epoch where slot = $1',
            [slot],
          )
        ).rows[0]!.number;
      const before = await number();
      await client.query('update threadkeep.identity_epoch set number = 0 where slot = $1', [slot]);
      expect(await number()).toBe(before + 1);
      for (const text of [
        'delete from threadkeep.identity_epoch',
        'insert into threadkeep.identity_epoch values (1, 1)',
        'update threadkeep.identity_epoch set slot = slot',
      ]) {
        await expect(client.query(text)).rejects.toMatchObject({ code: '42501' });
      }
    });
  });
});
