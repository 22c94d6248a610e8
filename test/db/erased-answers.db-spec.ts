// What erases remembered answers, where it could fail: under an owner that policies bind, while an answer is being made, and by the size.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { JobHandlers, type JobRun } from '../../src/platform/jobs/index.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { withClient } from '../support/database.js';
import { expectProblem } from '../support/problem.js';
import { eventually } from '../support/wait.js';

let app: TestApp;
let keys = 0;
const owner = `threadkeep_bound_${randomBytes(4).toString('hex')}`;
beforeAll(async () => {
  app = await createTestApp();
  // As where the migrations run as a role that is no superuser: forced policies bind it, and PostgreSQL 18 runs cascaded triggers as it.
  await app.database.admin(
    `create role ${owner} nologin; grant usage on schema threadkeep to ${owner}`,
  );
  await app.database.admin(`do $$ declare one text; begin
    for one in select format('%I', tablename) from pg_tables where schemaname = 'threadkeep' loop execute 'alter table threadkeep.' || one || ' owner to ${owner}'; end loop;
    for one in select oid::regprocedure::text from pg_proc where pronamespace = 'threadkeep'::regnamespace loop execute 'alter function ' || one || ' owner to ${owner}'; end loop;
  end $$`);
});
afterAll(async () => {
  const maintenance = String(
    Object.assign(new URL(app.database.adminUrl), { pathname: '/postgres' }),
  );
  await app.close();
  await withClient(maintenance, (client) => client.query(`drop role ${owner}`));
});

const keyed = (caller: Caller) => caller.with({ 'idempotency-key': `k${++keys}` });
const rows = async (text: string, values: unknown[] = []) =>
  (await app.database.admin(text, values)).rows;

describe('an answer is erased under an owner of the tables that policies bind', () => {
  it('with a conversation, for all that names it', async () => {
    const ada = app.actingFor('ada');
    const talk = keyed(ada);
    const { id } = (await talk.post('/v1/conversations', { title: 'private' }).expect(201)).body;
    const append = keyed(ada);
    await append
      .post(`/v1/conversations/${id}/messages`, { role: 'user', content: 'private' })
      .expect(201);
    await ada.delete(`/v1/conversations/${id}?purge=true`).expect(200);
    expectProblem(
      await talk.post('/v1/conversations', { title: 'private' }),
      410,
      'idempotency.erased',
    );
    expectProblem(
      await append.post(`/v1/conversations/${id}/messages`, { role: 'user', content: 'private' }),
      410,
      'idempotency.erased',
    );
    expect(
      await rows(`select from threadkeep.idempotency_key where body like '%private%'`),
    ).toEqual([]);
  });

  it.each([
    ['by the service', (id: string) => app.service.delete(`/v1/users/${id}`)],
    ['by the user', (id: string) => app.actingFor(id).delete('/v1/users/me')],
  ])('with a user who is removed %s, for the service', async (_, remove) => {
    const service = keyed(app.service);
    const values = { name: 'Somebody', email: `s${keys}@mail.example` };
    const { id } = (await service.post('/v1/users', values).expect(201)).body;
    await remove(id).expect(204);
    expectProblem(await service.post('/v1/users', values), 410, 'idempotency.erased');
    expect(
      await rows(`select from threadkeep.service_idempotency_key where body like '%Somebody%'`),
    ).toEqual([]);
  });

  it('when a thing goes into the bin, and stays so when it comes back', async () => {
    const ada = app.actingFor('ada');
    const task = keyed(ada);
    const { id } = (await task.post('/v1/tasks', { title: 'private' }).expect(201)).body;
    await ada.delete(`/v1/tasks/${id}`).expect(204);
    expectProblem(await task.post('/v1/tasks', { title: 'private' }), 410, 'idempotency.erased');
    await ada.post(`/v1/tasks/${id}/restore`).expect(200);
    expectProblem(await task.post('/v1/tasks', { title: 'private' }), 410, 'idempotency.erased');
    expect(await rows('select from threadkeep.task where id = $1', [id])).toHaveLength(1);
  });
});

describe('an answer of the release before, whose subjects nobody noted', () => {
  it('is replayed for an equal request, and goes with whatever the user removes', async () => {
    const bob = app.actingFor('bob');
    const one = keyed(bob);
    const first = (await one.post('/v1/tasks', { title: 'old' }).expect(201)).body;
    await app.database.admin(
      `with plain as (update threadkeep.idempotency_key set named = false, request_hash = sha256(convert_to(E'POST /v1/tasks\\n{"title":"old"}', 'UTF8')) where key = $1 returning key)
       delete from threadkeep.idempotency_subject s using plain where s.key = plain.key`,
      [`k${keys}`],
    );
    expect((await one.post('/v1/tasks', { title: 'old' }).expect(201)).body).toEqual(first);
    expectProblem(await one.post('/v1/tasks', { title: 'other' }), 422, 'idempotency.key_reused');
    const { id } = (await bob.post('/v1/tasks', { title: 'another' }).expect(201)).body;
    await bob.delete(`/v1/tasks/${id}?purge=true`).expect(204);
    expectProblem(await one.post('/v1/tasks', { title: 'old' }), 410, 'idempotency.erased');
  });
});

describe('an answer that is being made', () => {
  it('is made again without what was erased meanwhile', async () => {
    const cleo = app.actingFor('cleo');
    const { id } = (await cleo.post('/v1/memories', { content: 'Likes gooseberries' }).expect(201))
      .body;
    const search = keyed(cleo);
    // The user's row is held as by another removal, so that the answer cannot be saved before the memory has gone.
    await withClient(app.database.adminUrl, async (client: pg.Client) => {
      await client.query('begin');
      await client.query(
        `update threadkeep.app_user set last_erasure = pg_current_xact_id()::text::bigint where external_id = 'cleo'`,
      );
      const answer = search
        .post('/v1/memories/search', { query: 'gooseberries' })
        .then((response) => response);
      await eventually(
        async () =>
          (
            await rows(
              `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%last_erasure%'`,
            )
          ).length > 0,
      );
      await client.query(
        `update threadkeep.memory set content = null, tags = '{}', fingerprint = null, superseded_at = now() where id = $1`,
        [id],
      );
      // Every removal moves the counters of the user's memories, by which searches know of it.
      await client.query(
        `update threadkeep.memory_head h set revision = h.revision + 1, moment = clock_timestamp()
           from threadkeep.memory m where m.id = $1 and h.user_id = m.user_id`,
        [id],
      );
      await client.query('commit');
      const { status, body } = await answer;
      expect([status, body.data]).toEqual([200, []]);
    });
    expect(
      await rows(`select from threadkeep.idempotency_key where body like '%gooseberries%'`),
    ).toEqual([]);
    await search
      .post('/v1/memories/search', { query: 'gooseberries' })
      .expect(200)
      .expect('idempotent-replayed', 'true');
  });
});

describe('what is kept of an answer', () => {
  it('has none of the content of messages, nor of a context, and gives the same bytes again', async () => {
    const dora = app.actingFor('dora');
    const { id } = (await dora.post('/v1/conversations').expect(201)).body;
    const messages = [0, 1, 2].map((n) => ({
      role: 'user',
      content:
        n === 1 ? [{ type: 'text', text: 'zqkept', z: 1, a: 2 }] : `zqkept ${n}`.repeat(1_000),
      metadata: { z: n, a: { '1': 'x', b: [] } },
    }));
    for (const [path, body] of [
      [`/v1/conversations/${id}/messages`, { messages }],
      [`/v1/conversations/${id}/context`, { budgetTokens: 50_000 }],
    ] as const) {
      const one = keyed(dora);
      const first = await one.post(path, body);
      const again = await one
        .post(path, body)
        .expect(first.status)
        .expect('idempotent-replayed', 'true');
      expect(again.text).toBe(first.text);
      const [kept] = await rows(
        'select octet_length(body) as bytes, body from threadkeep.idempotency_key where key = $1',
        [`k${keys}`],
      );
      expect(kept!['body']).not.toContain('zqkept');
      expect(kept!['bytes']).toBeLessThan(500);
    }
  });

  it('is hashed under a key: its hash is not that of the request', async () => {
    await keyed(app.actingFor('dora')).post('/v1/tasks', { title: 'pin 1234' }).expect(201);
    const plain = `sha256(convert_to(E'POST /v1/tasks\\n{"title":"pin 1234"}', 'UTF8'))`;
    expect(
      await rows(
        `select request_hash = ${plain} as plain, octet_length(request_hash) as bytes from threadkeep.idempotency_key where key = $1`,
        [`k${keys}`],
      ),
    ).toEqual([{ plain: false, bytes: 32 }]);
  });
});

describe('manifests of contexts', () => {
  it('are removed when they are older than their retention, and no others are', async () => {
    const eve = app.actingFor('eve');
    const { id } = (await eve.post('/v1/conversations').expect(201)).body;
    await eve
      .post(`/v1/conversations/${id}/messages`, { role: 'user', content: 'Hello' })
      .expect(201);
    const manifestOf = async (tokens: number) =>
      (await eve.post(`/v1/conversations/${id}/context`, { budgetTokens: tokens }).expect(200)).body
        .manifestId as string;
    const [old, young] = [await manifestOf(1_000), await manifestOf(2_000)];
    await app.database.admin(
      `update threadkeep.context_manifest set created_at = now() - case id when $1 then interval '91 days' else interval '89 days' end where conversation_id = $2`,
      [old, id],
    );
    const database = app.app.get(ScopedDatabase);
    const job = {
      id,
      attempt: 1,
      signal: new AbortController().signal,
      report: () => {},
      keep: () => {},
      again: () => undefined,
      step: <T>(work: () => Promise<T>) => database.transaction(work),
    } satisfies JobRun;
    await app.app
      .get(RequestContexts)
      .runIn({ kind: 'system', reason: 'a test' }, () =>
        app.app.get(JobHandlers).get('context.manifest_expiry').run({}, job),
      );
    expectProblem(
      await eve.get(`/v1/conversations/${id}/context/${old}`),
      404,
      'context.manifest_not_found',
    );
    await eve.get(`/v1/conversations/${id}/context/${young}`).expect(200);
  });
});
