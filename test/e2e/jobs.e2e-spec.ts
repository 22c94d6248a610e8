import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Caller } from '../support/app.js';
import { gate, JobsWorld } from '../support/jobs.js';
import { idsOf } from '../support/pages.js';
import { expectProblem } from '../support/problem.js';
import { eventually } from '../support/wait.js';

let world: JobsWorld;
let users = 0;
let ada: Caller & { id: string };
let bob: Caller & { id: string };
beforeAll(async () => {
  // Directly, always: the queue in PostgreSQL listens, and a transaction pooler knows no LISTEN.
  world = await JobsWorld.start({ DELETED_RETENTION_DAYS: '7', DB_TRANSACTION_POOLER: 'false' });
});
beforeEach(async () => {
  users++;
  [ada, bob] = [await newCaller(`ada ${users}`), await newCaller(`bob ${users}`)];
});
afterAll(() => world.close());

async function newCaller(externalId: string): Promise<Caller & { id: string }> {
  const { id } = (await world.app.service.post('/v1/users', { externalId }).expect(201)).body as {
    id: string;
  };
  return Object.assign(world.app.actingFor(externalId), { id });
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const enqueue = (by: { id: string }, name: string, options = {}, payload = {}) =>
  world.asUser(by.id, () => world.jobs.enqueue(name, payload, options));
const inAnHour = () => ({ delaySeconds: 3_600 });
/** The next run of a job of the system, brought forward. */
async function runNow(name: string): Promise<void> {
  const { rows } = await world.database.admin(
    `select id from threadkeep.job where name = $1 and status = 'queued'`,
    [name],
  );
  await world.makeDue(rows[0]!['id'] as string);
  await world.until(rows[0]!['id'] as string, 'completed');
}

describe('the status of a job', () => {
  it('shows its user how far it is, until it is done', async () => {
    const [half, end] = [gate(), gate()];
    const name = world.handle(
      async (_, job) => {
        await job.step(async () => job.report(3, 4));
        half.open();
        await end.opened;
      },
      { checkpointed: true },
    );
    const id = await enqueue(ada, name);
    await half.opened;
    const { body } = await ada.get(`/v1/jobs/${id}`).expect(200);
    expect(body).toEqual({
      ...{ id, name, status: 'running', attempts: 1, progress: { done: 3, total: 4 }, error: null },
      ...{
        dueAt: expect.stringMatching(TIME),
        createdAt: expect.stringMatching(TIME),
        startedAt: expect.stringMatching(TIME),
        finishedAt: null,
      },
    });
    end.open();
    await world.until(id, 'completed');
    expect((await ada.get(`/v1/jobs/${id}`)).body).toMatchObject({
      status: 'completed',
      finishedAt: expect.stringMatching(TIME),
    });
  });

  it('shows why it failed', async () => {
    const name = world.handle(() => Promise.reject(new Error('the sky fell')), { attempts: 1 });
    const id = await enqueue(ada, name);
    await world.until(id, 'failed');
    expect((await ada.get(`/v1/jobs/${id}`)).body).toMatchObject({
      status: 'failed',
      error: { reason: 'Error: the sky fell' },
    });
  });

  it("is not there for another user, nor in another user's list", async () => {
    const name = world.handle(async () => undefined);
    const id = await enqueue(ada, name, inAnHour());
    for (const one of [id, randomUUID()])
      expectProblem(await bob.get(`/v1/jobs/${one}`), 404, 'job.not_found');
    expect((await bob.get('/v1/jobs').expect(200)).body).toEqual({ data: [], nextCursor: null });
    expect(idsOf((await ada.get('/v1/jobs').expect(200)).body.data)).toEqual([id]);
  });

  it("of the system's jobs is shown to those who run the service, and to no user", async () => {
    const { data } = (
      await world.app.service
        .get('/v1/admin/jobs?filter[name]=retention.sweep&filter[userId][exists]=false')
        .expect(200)
    ).body;
    expect(data).toEqual([
      expect.objectContaining({
        name: 'retention.sweep',
        userId: null,
        key: 'retention.sweep',
        maxAttempts: 8,
      }),
    ]);
    expectProblem(await ada.get(`/v1/jobs/${data[0].id}`), 404, 'job.not_found');
    expectProblem(await ada.get('/v1/admin/jobs'), 403, 'access.forbidden');
    expectProblem(await ada.get(`/v1/admin/jobs/${data[0].id}`), 403, 'access.forbidden');
  });
});

describe('a dead letter', () => {
  const deadLetter = async (options = {}) => {
    const id = await enqueue(
      ada,
      world.handle(() => Promise.reject(new Error('no')), { attempts: 1 }),
      options,
    );
    await world.until(id, 'failed');
    return id;
  };

  it('is found by those who run the service, and tried again when they say so', async () => {
    const id = await deadLetter();
    expect(
      idsOf(
        (
          await world.app.service
            .get(`/v1/admin/jobs?filter[status]=failed&filter[userId]=${ada.id}`)
            .expect(200)
        ).body.data,
      ),
    ).toEqual([id]);
    const { body } = await world.app.service.post(`/v1/admin/jobs/${id}/retry`).expect(200);
    expect(body).toMatchObject({
      id,
      status: 'queued',
      attempts: 1,
      maxAttempts: 9,
      finishedAt: null,
    });
    await eventually(async () => (await world.row(id))!.attempts > 1);
  });

  it('keeps what it works on while it can be tried again, and no longer', async () => {
    const handler = () => world.handle(() => Promise.reject(new Error('no')), { attempts: 1 });
    const [old, recent] = [
      await enqueue(ada, handler(), {}, { secret: 'old' }),
      await enqueue(ada, handler(), {}, { secret: 'recent' }),
    ];
    for (const [id, hours] of [
      [old, 73],
      [recent, 71],
    ] as const) {
      await world.until(id, 'failed');
      await world.database.admin(
        `update threadkeep.job set finished_at = now() - make_interval(hours => $2) where id = $1`,
        [id, hours],
      );
    }
    const retry = (id: string) => world.app.service.post(`/v1/admin/jobs/${id}/retry`);
    expect(expectProblem(await retry(old), 409, 'job.too_old')).toMatchObject({
      detail: 'It failed more than 72 hours ago.',
    });
    const payloadOf = async (id: string) =>
      (await world.database.admin('select payload from threadkeep.job where id = $1', [id]))
        .rows[0]!['payload'];
    await runNow('expiry.sweep');
    expect([await payloadOf(old), await payloadOf(recent)]).toEqual([{}, { secret: 'recent' }]);
    await retry(recent).expect(200);
  });

  it('is left alone when it is none, or when another job does its work by now', async () => {
    const waiting = await enqueue(
      ada,
      world.handle(async () => undefined),
      inAnHour(),
    );
    expect(
      expectProblem(
        await world.app.service.post(`/v1/admin/jobs/${waiting}/retry`),
        409,
        'job.not_failed',
      ),
    ).toMatchObject({ detail: 'It is queued.' });
    expectProblem(
      await world.app.service.post(`/v1/admin/jobs/${randomUUID()}/retry`),
      404,
      'job.not_found',
    );
    const id = await deadLetter({ key: 'k' });
    const { rows } = await world.database.admin('select name from threadkeep.job where id = $1', [
      id,
    ]);
    await enqueue(ada, rows[0]!['name'] as string, { key: 'k', ...inAnHour() });
    expectProblem(
      await world.app.service.post(`/v1/admin/jobs/${id}/retry`),
      409,
      'job.superseded',
    );
  });
});

describe('readiness', () => {
  const jobs = async () =>
    (await world.app.anonymous.get('/health/ready').expect(200)).body.details.jobs as {
      status: string;
      oldestSeconds: number;
    };

  it('says how long the first job has been due, and is degraded when that is long', async () => {
    await eventually(async () => (await jobs()).oldestSeconds === 0);
    expect(await jobs()).toMatchObject({ status: 'up', transport: 'postgres' });
    const insert = (due: string) =>
      world.database.admin(
        `insert into threadkeep.job (id, name, max_attempts, due_at, wake_at) values (gen_random_uuid(), 'test.unknown', 8, now() - $1::interval, now() + interval '1 hour')`,
        [due],
      );
    await insert('100 seconds');
    expect(await jobs()).toMatchObject({ status: 'up', oldestSeconds: expect.any(Number) });
    await insert('400 seconds');
    expect(await jobs()).toMatchObject({ status: 'degraded', effect: 'jobs are late' });
    expect((await jobs()).oldestSeconds).toBeGreaterThanOrEqual(400);
    expect((await world.app.anonymous.get('/metrics')).text).toMatch(
      /^threadkeep_jobs_oldest_seconds 4\d\d/m,
    );
    await world.database.admin(`delete from threadkeep.job where name = 'test.unknown'`);
  });
});

describe('rows that were deleted', () => {
  const made = async (by: Caller, kind: string) =>
    (
      await by
        .post(`/v1/${kind}`, {
          ...(kind === 'conversations' ? {} : { title: 'x' }),
          ...(kind === 'events' ? { start: '2026-01-01' } : {}),
        })
        .expect(201)
    ).body.id as string;
  const count = async (table: string, userId: string) =>
    (await world.database.admin(`select from threadkeep.${table} where user_id = $1`, [userId]))
      .rowCount;
  const TABLES = { conversations: 'conversation', tasks: 'task', events: 'event' };
  /** One that is deleted long ago, one that is deleted lately, and one that is not. */
  async function fill(by: Caller & { id: string }): Promise<void> {
    for (const [kind, table] of Object.entries(TABLES)) {
      const [old, late] = [await made(by, kind), await made(by, kind), await made(by, kind)];
      if (kind === 'conversations')
        await by
          .post(`/v1/conversations/${old}/messages`, { role: 'user', content: 'to be forgotten' })
          .expect(201);
      for (const id of [old, late]) await by.delete(`/v1/${kind}/${id}`).expect(204);
      await world.database.admin(
        `update threadkeep.${table} set deleted_at = now() - interval '8 days' where id = $1`,
        [old],
      );
      await world.database.admin(
        `update threadkeep.${table} set deleted_at = now() - interval '6 days' where id = $1`,
        [late],
      );
    }
  }

  it('can be restored for as long as is configured, and are gone for good after that', async () => {
    await fill(ada);
    await fill(bob);
    await runNow('retention.sweep');
    for (const { id } of [ada, bob]) {
      await eventually(
        async () =>
          (
            await world.database.admin(
              `select from threadkeep.job where user_id = $1 and name = 'retention.purge' and status = 'completed'`,
              [id],
            )
          ).rowCount === 1,
      );
      for (const table of Object.values(TABLES))
        expect([table, await count(table, id)]).toEqual([table, 2]);
      expect(await count('message', id)).toBe(0);
    }
    const { data } = (await ada.get('/v1/jobs')).body;
    expect(data).toEqual([
      expect.objectContaining({
        name: 'retention.purge',
        status: 'completed',
        progress: { done: 3, total: 3 },
      }),
    ]);
  });

  it('are purged in batches', async () => {
    await world.database.admin(
      `insert into threadkeep.task (user_id, id, title, deleted_at) select $1, gen_random_uuid(), 'x', now() - interval '1 year' from generate_series(1, 1203)`,
      [ada.id],
    );
    await runNow('retention.sweep');
    await eventually(async () => (await count('task', ada.id)) === 0);
    await eventually(async () => (await ada.get('/v1/jobs')).body.data[0]?.status === 'completed');
    expect((await ada.get('/v1/jobs')).body.data[0].progress).toEqual({ done: 1203, total: 1203 });
    expect(
      (await world.app.service.get(`/v1/admin/jobs?filter[userId]=${bob.id}`)).body.data,
    ).toEqual([]);
  });
});

describe('what has expired', () => {
  it('is removed: answers that cannot be replayed any more, and jobs that ended long ago', async () => {
    await ada.with({ 'idempotency-key': 'old' }).post('/v1/conversations').expect(201);
    await ada.with({ 'idempotency-key': 'new' }).post('/v1/conversations').expect(201);
    for (const key of ['old', 'new'])
      await world.app.service.with({ 'idempotency-key': key }).post('/v1/users').expect(201);
    for (const table of ['idempotency_key', 'service_idempotency_key']) {
      await world.database.admin(
        `update threadkeep.${table} set created_at = now() - interval '25 hours' where key = 'old'`,
      );
    }
    const name = world.handle(async () => undefined);
    const [old, recent] = [await enqueue(ada, name), await enqueue(ada, name)];
    for (const id of [old, recent]) await world.until(id, 'completed');
    await world.database.admin(
      `update threadkeep.job set finished_at = now() - interval '8 days' where id = $1`,
      [old],
    );
    await runNow('expiry.sweep');
    for (const table of ['idempotency_key', 'service_idempotency_key']) {
      expect((await world.database.admin(`select key from threadkeep.${table}`)).rows).toEqual([
        { key: 'new' },
      ]);
    }
    expect([await world.row(old), (await world.row(recent))?.id]).toEqual([undefined, recent]);
  });
});
