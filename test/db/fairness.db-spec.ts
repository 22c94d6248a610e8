// One user's locked row, or slow questions, and everybody else: counted in connections and in who is answered first.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type supertest from 'supertest';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase, statement } from '../../src/platform/database/index.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { withClient } from '../support/database.js';
import { expectProblem } from '../support/problem.js';
import { eventually } from '../support/wait.js';

const SLEEP = statement('test.sleep_unfairly', 'select pg_sleep($1)', { slow: true });

/** Backends of the application that wait for a row, and those that sleep. */
const LOCKED = `select count(*)::int as count from pg_stat_activity
  where datname = current_database() and application_name = 'threadkeep' and wait_event_type = 'Lock'`;
const ASLEEP = `select count(*)::int as count from pg_stat_activity
  where datname = current_database() and application_name = 'threadkeep' and wait_event = 'PgSleep'`;

interface Settled {
  status: number;
  body: { code?: string };
}

/** Requests under way, as many as there are, and those of them that have been answered. */
class Requests {
  readonly answered: Settled[] = [];
  private readonly all: Promise<unknown>[] = [];

  send(request: supertest.Test): void {
    this.all.push(request.then(({ status, body }) => this.answered.push({ status, body })));
  }

  async ended(): Promise<Settled[]> {
    await Promise.all(this.all);
    return this.answered;
  }
}

let keys = 0;
const keyed = (caller: Caller): Caller => caller.with({ 'idempotency-key': `key-${keys++}` });

/** What others do meanwhile, one of each way to the database. */
async function everythingOf(caller: Caller, conversation: string): Promise<void> {
  const path = `/v1/conversations/${conversation}`;
  const message = { role: 'user', content: 'Hello' };
  await caller.get('/v1/users/me').expect(200);
  await caller.get(path).expect(200);
  await caller.patch(path, { title: 'mine' }).expect(200);
  await caller.get('/v1/conversations?q=mine&count=true').expect(200);
  await caller.get(`${path}/messages?filter[role]=user&count=true`).expect(200);
  await caller.post('/v1/tasks', { title: 'a task' }).expect(201);
  await keyed(caller).post('/v1/tasks', { title: 'a task' }).expect(201);
  await caller.post(`${path}/messages`, message).expect(201);
  await keyed(caller).post(`${path}/messages`, message).expect(201);
  await caller.post(`${path}/context`).expect(200);
  await caller.get(`${path}/messages`).expect(200);
}

describe.each([
  ['of the default size', { DB_POOL_SIZE: '5', DB_POOL_OVERFLOW: '15' }, 6],
  ['of five', { DB_POOL_SIZE: '5', DB_POOL_OVERFLOW: '0' }, 2],
  ['of two', { DB_POOL_SIZE: '2', DB_POOL_OVERFLOW: '0' }, 1],
])('while a row of one user is locked, a pool %s', (_title, pool, share) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({
      ...pool,
      DB_LOCK_TIMEOUT: '60',
      DB_STATEMENT_TIMEOUT: '60',
      DB_POOL_TIMEOUT: '60',
    });
  });
  afterAll(() => app.close());

  it.each([20, 100])(
    'serves everybody else, however many requests wait for it: %i',
    async (count) => {
      const [ada, bob] = [app.actingFor(`ada-${count}`), app.actingFor(`bob-${count}`)];
      const created = await Promise.all(
        [ada, bob].map((user) => user.post('/v1/conversations').expect(201)),
      );
      const [hers, his] = created.map(({ body }) => body.id as string);
      const path = `/v1/conversations/${hers}`;
      const message = { role: 'user', content: 'Hello' };
      const requests = new Requests();
      await withClient(app.database.adminUrl, async (holder) => {
        await holder.query('begin');
        await holder.query('select from threadkeep.conversation where id = $1 for update', [hers]);
        for (let n = 0; n < count; n++) {
          if (n % 3 === 0) requests.send(ada.post(`${path}/messages`, message));
          else if (n % 3 === 1) requests.send(keyed(ada).post(`${path}/messages`, message));
          else requests.send(ada.patch(path, { title: `title ${n}` }));
        }
        const held = async () => (await app.database.admin(LOCKED)).rows[0]!['count'] as number;
        await eventually(async () => (await held()) >= share);
        for (let round = 0; round < 3; round++) await everythingOf(bob, his!);
        expect(await held()).toBeLessThanOrEqual(share);
        expect(requests.answered).toEqual([]);
        await holder.query('commit');
      });
      expect(
        (await requests.ended()).filter(({ status }) => status !== 200 && status !== 201),
      ).toEqual([]);
      const { body } = await ada.get(`${path}/messages?limit=100`).expect(200);
      expect(body.data).toHaveLength(2 * Math.floor(count / 3) + Math.min(2, count % 3));
    },
  );
});

describe('statements that may take long', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({
      DB_POOL_SIZE: '8',
      DB_POOL_OVERFLOW: '0',
      DB_USER_SLOW_STATEMENTS: '2',
      DB_USER_CONNECTIONS: '3',
      DB_SHORT_WORK_CONNECTIONS: '3',
      DB_USER_SLOW_WAITING: '4',
      DB_LIST_TIMEOUT: '0.5',
    });
  });
  afterAll(() => app.close());

  const userOf = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
  const sleeping = (n: number): Promise<unknown> =>
    app.app
      .get(RequestContexts)
      .runAsUser(userOf(n), () => app.app.get(ScopedDatabase).read(SLEEP, [60]))
      .catch((error: Error) => error);
  const asleep = async () => (await app.database.admin(ASLEEP)).rows[0]!['count'] as number;
  /** As often as there may be more: those who wait begin when others end. */
  async function wakeAll(work: Promise<unknown>[]): Promise<void> {
    const ended = Promise.all(work).then(() => true);
    const wake = `select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`;
    await eventually(async () => {
      await app.database.admin(wake);
      return Promise.race([ended, new Promise<false>((resolve) => setImmediate(resolve, false))]);
    });
  }

  it('run a few at a time of one user, the next ones wait, and one too many is refused', async () => {
    const work = Array.from({ length: 9 }, () => sleeping(1));
    await eventually(async () => (await asleep()) === 2);
    const refused = await Promise.all(work.slice(6));
    expect(refused.map((error) => (error as { code?: string }).code)).toEqual(
      Array(3).fill('request.too_much_at_once'),
    );
    expect(await asleep()).toBe(2);
    await wakeAll(work);
  });

  it('of all users together leave connections to short work', async () => {
    const work = Array.from({ length: 12 }, (_, n) => sleeping(n));
    await eventually(async () => (await asleep()) === 5);
    for (const user of ['ada', 'bob', 'eve']) {
      const { body } = await keyed(app.actingFor(user)).post('/v1/conversations').expect(201);
      await app.actingFor(user).get(`/v1/conversations/${body.id}`).expect(200);
    }
    expect(await asleep()).toBe(5);
    await wakeAll(work);
  });

  it('tell a client when to come back', async () => {
    const ada = app.actingFor('ada');
    const id = (await ada.get('/v1/users/me').expect(200)).body.id as string;
    await withClient(app.database.adminUrl, async (holder) => {
      await holder.query('begin');
      await holder.query('lock table threadkeep.task in access exclusive mode');
      const requests = new Requests();
      for (let n = 0; n < 10; n++) requests.send(ada.get('/v1/tasks?q=milk'));
      const refused = await eventually(async () => requests.answered.length > 0).then(
        () => requests.answered,
      );
      expect(refused[0]).toMatchObject({ status: 429, body: { code: 'request.too_much_at_once' } });
      const answer = await ada.get('/v1/tasks?q=milk');
      expectProblem(answer, 429, 'request.too_much_at_once');
      expect(answer.headers['retry-after']).toBe('1');
      await app.actingFor('bob').get('/v1/conversations?q=milk').expect(200);
      await holder.query('rollback');
      await requests.ended();
    });
    expect(id).toBeDefined();
  });

  it('are cut sooner when they are a list that is filtered, sorted or counted', async () => {
    await withClient(app.database.adminUrl, async (holder) => {
      await holder.query('begin');
      await holder.query('lock table threadkeep.task in access exclusive mode');
      const bob = app.actingFor('bob');
      for (const query of ['q=milk', 'filter[priority]=high', 'sort=createdAt', 'offset=1']) {
        expectProblem(await bob.get(`/v1/tasks?${query}`), 503, 'server.timeout');
      }
      await holder.query('rollback');
    });
    await app.actingFor('bob').get('/v1/tasks?q=milk&count=true').expect(200);
  });
});
