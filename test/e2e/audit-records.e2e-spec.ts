// What the operator's audit log says of keys, users, secrets and erasure, and who can change it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { Admissions } from '../../src/platform/audit/index.js';
import { ExpirySweep } from '../../src/platform/jobs/expiry.job.js';
import type { JobRun } from '../../src/platform/jobs/job-handler.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { KeyUses } from '../../src/users/api-keys/key-uses.js';
import { SweepKeys } from '../../src/users/api-keys/sweep-keys.job.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { testRoles } from '../support/database.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

type Entry = Record<string, unknown> & { details: Record<string, unknown> };

const log = async (query = ''): Promise<Entry[]> =>
  (await app.service.get(`/v1/admin/audit-log?limit=100${query}`).expect(200)).body.data;
const about = (userId: string) => log(`&filter[userId]=${userId}`);
const ownKey = async () =>
  (await app.service.get(`/v1/api-keys?filter[name]=BOOTSTRAP_API_KEY`)).body.data[0].id as string;
const withKey = (key: string): Caller => app.anonymous.with({ authorization: `Bearer ${key}` });
const newKey = async (values: object) =>
  (await app.service.post('/v1/api-keys', values).expect(201)).body as { id: string; key: string };

/** As the jobs would run them, in one step. */
const run = (job: SweepKeys | ExpirySweep) =>
  app.app.get(ScopedDatabase).runAsSystem('a test', () =>
    job.run({}, {
      step: <T>(work: () => Promise<T>) => work(),
      report: () => undefined,
    } as unknown as JobRun),
  );

describe('the audit log of the service', () => {
  it('records who did what, with a request id that clients cannot choose', async () => {
    const keyId = await ownKey();
    const ada = (
      await app.service
        .with({ 'x-request-id': 'of-somebody-else' })
        .post('/v1/users', { externalId: 'ada' })
        .expect(201)
    ).body.id as string;
    const { id } = await newKey({ userId: ada, scopes: ['read'] });
    await app.service.delete(`/v1/api-keys/${id}`).expect(204);
    await app.service.delete(`/v1/api-keys/${id}`).expect(204);
    await app.service.patch(`/v1/users/${ada}`, { externalId: 'ada lovelace' }).expect(200);
    await app.service.patch(`/v1/users/${ada}`, { status: 'disabled' }).expect(200);
    await app.service.delete(`/v1/users/${ada}`).expect(204);
    const entries = await about(ada);
    expect(entries.map(({ action }) => action)).toEqual([
      'user.removed',
      'user.status_changed',
      'user.renamed',
      'api_key.revoked',
      'api_key.created',
      'user.created',
    ]);
    for (const entry of entries)
      expect(entry).toMatchObject({
        keyId,
        userId: ada,
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
    expect(entries.at(-1)).toMatchObject({
      clientRequestId: 'of-somebody-else',
      details: { automatic: false },
    });
    expect(entries[4]).toMatchObject({ subject: id, details: { scopes: ['read'] } });
    expect(entries[1]).toMatchObject({ details: { status: 'disabled' } });
    expect(JSON.stringify(entries)).not.toContain('lovelace');
  });

  it('records that a user was created by a first write, and deleted itself', async () => {
    await app.actingFor('by herself').post('/v1/conversations').expect(201);
    const { id } = (await app.actingFor('by herself').get('/v1/users/me')).body;
    await app.actingFor('by herself').delete('/v1/users/me').expect(204);
    expect((await about(id)).map(({ action, details }) => [action, details])).toEqual([
      ['user.removed', {}],
      ['user.created', { automatic: true }],
    ]);
  });

  it('records nothing of a transaction that was rolled back', async () => {
    await app.service.post('/v1/users', { externalId: 'taken' }).expect(201);
    // The first use of the key is recorded half a second after it: not between the two looks.
    await app.app.get(KeyUses).flush();
    const before = (await log()).length;
    await app.service.post('/v1/users', { externalId: 'taken' }).expect(409);
    await app.service.delete(`/v1/users/${uuidv7()}`).expect(404);
    await app.service.post('/v1/api-keys', { userId: uuidv7() }).expect(404);
    expect((await log()).length).toBe(before);
  });

  it('records what was erased, and how many rows', async () => {
    const eve = app.actingFor('eve');
    const talk = (await eve.post('/v1/conversations', { title: 'a secret' }).expect(201)).body.id;
    const memory = (
      await eve.post('/v1/memories', { content: 'Is allergic to peanuts' }).expect(201)
    ).body.id;
    const { id } = (await eve.get('/v1/users/me')).body;
    await eve.delete(`/v1/conversations/${talk}?purge=true`).expect(200);
    await eve.delete(`/v1/memories/${memory}`).expect(204);
    expect((await about(id)).slice(0, 2)).toMatchObject([
      { action: 'data.erased', details: { what: 'memory', count: 1, why: 'forget' } },
      { action: 'data.erased', details: { what: 'conversation', count: 1, why: 'purge' } },
    ]);
  });

  it('records that an agent configuration was shared', async () => {
    const { id } = (
      await app.service
        .post('/v1/admin/agent-configs', { name: 'house', model: { provider: 'p', name: 'm' } })
        .expect(201)
    ).body;
    await app.service.post(`/v1/admin/agent-configs/${id}/share`).expect(200);
    expect(await log(`&filter[subject]=${id}`)).toMatchObject([
      { action: 'agent_config.shared', keyId: await ownKey() },
    ]);
  });

  it('counts refused requests by reason, network and key', async () => {
    const { id, key } = await newKey({ scopes: ['read'] });
    await app.app.get(Admissions).flush();
    for (let i = 0; i < 3; i++) await app.anonymous.get('/v1/users').expect(401);
    for (let i = 0; i < 2; i++)
      expectProblem(await withKey(key).get('/v1/users'), 403, 'access.scope_missing');
    for (let i = 0; i < 500; i++)
      app.app
        .get(Admissions)
        .refused('access.unauthenticated', `2001:db8:${i.toString(16)}::1`, null);
    await app.app.get(Admissions).flush();
    const local = await log('&filter[action]=access.refused&filter[address]=127.0.0.0/24');
    expect(local).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          keyId: null,
          address: '127.0.0.0/24',
          details: expect.objectContaining({ reason: 'access.unauthenticated', count: 3 }),
        }),
        expect.objectContaining({
          keyId: id,
          details: expect.objectContaining({ reason: 'access.scope_missing', count: 2 }),
        }),
      ]),
    );
    const { rows } = await app.database.admin(
      `select count(*)::integer as rows, sum((details ->> 'count')::integer)::integer as requests
         from threadkeep.audit_record where action = 'access.refused' and address <> '127.0.0.0/24'`,
    );
    expect(rows[0]!['requests']).toBe(500);
    expect(rows[0]!['rows']).toBeLessThanOrEqual(101);
  });

  it('records the first use of a key from each network, and its last use to the minute', async () => {
    const { id, key } = await newKey({});
    const uses = app.app.get(KeyUses);
    for (let i = 0; i < 3; i++) await withKey(key).get('/v1/users').expect(200);
    uses.note(id, '192.0.2.7');
    uses.note(id, '192.0.2.8');
    await uses.flush();
    const entries = await log(`&filter[keyId]=${id}&filter[action]=api_key.used_from_new_address`);
    expect(entries.map(({ address }) => address).sort()).toEqual(['127.0.0.0/24', '192.0.2.0/24']);
    const lastUsedAt = async () =>
      (await app.service.get(`/v1/api-keys?filter[id]=${id}`)).body.data[0].lastUsedAt as string;
    const first = await lastUsedAt();
    expect(first).toMatch(/Z$/);
    uses.note(id, '198.51.100.1');
    await uses.flush();
    expect(await lastUsedAt()).toBe(first);
  });

  it('cannot be changed by the serving roles, and only old records are deleted', async () => {
    await app.service.post('/v1/users', { externalId: 'kept on record' }).expect(201);
    const { app: serving, system } = testRoles();
    const as = (role: string, text: string) =>
      app.database.admin(`begin; set local role ${role}; ${text}; commit`);
    for (const role of [serving, system]) {
      await expect(
        as(role, `update threadkeep.audit_record set action = 'x'`),
      ).rejects.toMatchObject({ code: '42501' });
      await expect(as(role, 'truncate threadkeep.audit_record')).rejects.toMatchObject({
        code: '42501',
      });
    }
    await expect(as(serving, 'delete from threadkeep.audit_record')).rejects.toMatchObject({
      code: '42501',
    });
    await expect(as(serving, 'select * from threadkeep.audit_record')).rejects.toMatchObject({
      code: '42501',
    });
    const before = (await log()).length;
    await as(system, 'delete from threadkeep.audit_record');
    expect((await log()).length).toBe(before);
    await app.database.admin(
      `insert into threadkeep.audit_record (id, action, created_at) values ($1, 'old', now() - interval '400 days'), ($2, 'newer', now() - interval '300 days')`,
      [uuidv7(), uuidv7()],
    );
    await run(app.app.get(ExpirySweep));
    expect(
      (await log('&filter[createdAt][lt]=2026-06-01T00:00:00Z')).map(({ action }) => action),
    ).not.toContain('old');
    expect((await log('&filter[action]=newer')).length).toBe(1);
  });
});

describe('the sweep of API keys', () => {
  it('deletes keys that were revoked or expired longer ago than the retention time', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, async () => (await newKey({})).id));
    const age = (id: string, set: string) =>
      app.database.admin(
        `update threadkeep.api_key set created_at = now() - interval '500 days', ${set} where id = $1`,
        [id],
      );
    await age(ids[0]!, `revoked_at = now() - interval '91 days'`);
    await age(ids[1]!, `expires_at = now() - interval '91 days'`);
    await age(ids[2]!, `revoked_at = now() - interval '89 days'`);
    await age(ids[3]!, `last_used_at = now() - interval '400 days'`);
    await run(app.app.get(SweepKeys));
    const left = (await app.service.get('/v1/api-keys?limit=100')).body.data.map(
      ({ id }: { id: string }) => id,
    );
    expect(ids.map((id) => left.includes(id))).toEqual([false, false, true, true]);
  });
});
