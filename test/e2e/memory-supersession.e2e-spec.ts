// A new memory takes the place of others: their validity ends in the same transaction.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let who: Caller;
let users = 0;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());
beforeEach(() => {
  who = app.actingFor(`mover ${++users}`);
});

const remember = async (content: string, more: object = {}, by = who) =>
  (await by.post('/v1/memories', { content, ...more })).body;
const read = async (id: string, query = '') => (await who.get(`/v1/memories/${id}${query}`)).body;
const versions = async (id: string) => (await who.get(`/v1/memories/${id}/history`)).body.data;
const total = async () => (await who.get('/v1/memories?count=true&limit=1')).body.total;
const UNKNOWN = '00000000-0000-7000-8000-00000000abcd';
const MAY = '2026-05-01T00:00:00.000Z';

describe('a memory that supersedes others', () => {
  it('ends their validity when its own begins, and both name each other', async () => {
    const old = await remember('Lives in Oslo', {
      validFrom: '2020-01-01',
      metadata: { by: 'form' },
    });
    const sent = { content: 'Lives in Bergen', validFrom: '2026-05-01', supersedes: [old.id] };
    const { body } = await who.post('/v1/memories', sent).expect(201);
    expect(body).toMatchObject({ supersedes: [old.id], supersededBy: null, validTo: null });
    expect(await read(old.id)).toEqual({
      ...old,
      validTo: MAY,
      supersededBy: body.id,
      version: 2,
      revision: body.revision,
      updatedAt: body.updatedAt,
    });
    expect(await read(body.id)).toEqual(body);
    const { data } = (await who.get('/v1/memories?fields=supersedes,supersededBy')).body;
    expect(data).toContainEqual({ supersedes: [], supersededBy: body.id });
    expect(data).toContainEqual({ supersedes: [old.id], supersededBy: null });
    const hits = (await who.post('/v1/memories/search', { query: 'Bergen' })).body.data;
    expect(hits[0].memory).toEqual(body);
  });

  it('ends their validity now when it has no validFrom, or at an earlier end that they have', async () => {
    const open = await remember('Works at the library');
    const ended = await remember('Worked at the pier', { validTo: '2021-01-01' });
    const body = await remember('Works at the moon base', { supersedes: [open.id, ended.id] });
    expect(await read(open.id)).toMatchObject({ validTo: body.updatedAt, supersededBy: body.id });
    expect(await read(ended.id)).toMatchObject({
      validTo: '2021-01-01T00:00:00.000Z',
      supersededBy: body.id,
    });
  });

  it('adds a version to each, which history, asOf and a rollback know', async () => {
    const old = await remember('Lives in Oslo', { tags: ['home'] });
    const body = await remember('Lives in Bergen', { supersedes: [old.id], reason: 'moved' });
    expect(await versions(old.id)).toMatchObject([
      { version: 2, action: 'update', reason: null, revision: body.revision },
      { version: 1, action: 'create', supersededAt: body.updatedAt },
    ]);
    expect(await read(old.id, `?asOf=${body.revision - 1}`)).toEqual(old);
    const diff = await who.get(`/v1/memories/diff?from=${body.revision - 1}`);
    expect(diff.body.data.map(({ change }: { change: string }) => change).sort()).toEqual([
      'created',
      'updated',
    ]);
    await who.post('/v1/memories/rollback', { asOf: body.revision - 1 }).expect(200);
    expect(await read(old.id)).toMatchObject({ validTo: null, supersededBy: null, tags: ['home'] });
    await who.get(`/v1/memories/${body.id}`).expect(404);
    await who.post(`/v1/memories/${old.id}/rollback`, { version: 2 }).expect(200);
    expect(await read(old.id)).toMatchObject({ supersededBy: body.id, validTo: body.updatedAt });
  });

  it('is one more of the same when it is sent again, and changes nothing else', async () => {
    const old = await remember('Lives in Oslo');
    const sent = { content: 'Lives in Bergen', supersedes: [old.id] };
    const first = await who.post('/v1/memories', sent).expect(201);
    const closed = await read(old.id);
    const again = await who.post('/v1/memories', sent).expect(200);
    expect(again.body).toMatchObject({ id: first.body.id, strength: 2, supersedes: [old.id] });
    expect(await read(old.id)).toEqual(closed);
    const keyed = who.with({ 'idempotency-key': randomUUID() });
    const third = { content: 'Lives in Rome', supersedes: [first.body.id] };
    const answers = [
      await keyed.post('/v1/memories', third),
      await keyed.post('/v1/memories', third),
    ];
    expect(answers[1]!.body).toEqual(answers[0]!.body);
    expect(await versions(first.body.id)).toHaveLength(3);
  });

  it('is sent many times at once, and the others get one version', async () => {
    const old = await remember('Lives in Oslo');
    const sent = { content: 'Lives in Bergen', supersedes: [old.id] };
    const told = await Promise.all(
      Array.from({ length: 10 }, () => who.post('/v1/memories', sent)),
    );
    expect(told.map(({ status, body }) => (status < 300 ? 'done' : body))).toEqual(
      told.map(() => 'done'),
    );
    expect(new Set(told.map(({ body }) => body.id)).size).toBe(1);
    expect(await versions(old.id)).toHaveLength(2);
  });

  it('that is known already supersedes them, too', async () => {
    const bergen = await remember('Lives in Bergen');
    const oslo = await remember('Lives in Oslo');
    const sent = { content: 'Lives in Bergen.', supersedes: [oslo.id, bergen.id] };
    const { body } = await who.post('/v1/memories', sent).expect(200);
    expect(body).toMatchObject({ id: bergen.id, supersedes: [oslo.id], validTo: null });
    expect(await read(oslo.id)).toMatchObject({ supersededBy: bergen.id });
  });

  it('is valid again when it supersedes what has superseded it', async () => {
    const oslo = await remember('Lives in Oslo', { validFrom: '2020-01-01' });
    const bergen = await remember('Lives in Bergen', { validFrom: MAY, supersedes: [oslo.id] });
    const back = { content: 'Lives in Oslo', validFrom: '2026-08-01', supersedes: [bergen.id] };
    const { body } = await who.post('/v1/memories', back).expect(200);
    const august = '2026-08-01T00:00:00.000Z';
    expect(body).toMatchObject({
      id: oslo.id,
      validFrom: august,
      validTo: null,
      supersededBy: null,
    });
    expect(await read(bergen.id)).toMatchObject({ validFrom: MAY, validTo: august });
    await who.post('/v1/memories', { content: 'Lives in Bergen' }).expect(200);
    expect(await read(bergen.id)).toMatchObject({ validTo: august, supersededBy: oslo.id });
  });

  it('that is known already ends them now, and not when it was told first', async () => {
    await remember('Uses Vim', { validFrom: '2020-01-01' });
    const emacs = await remember('Uses Emacs', { validFrom: '2024-01-01' });
    const sent = { content: 'Uses Vim', supersedes: [emacs.id] };
    const { body } = await who.post('/v1/memories', sent).expect(200);
    expect((await read(emacs.id)).validTo).toBe(body.updatedAt);
  });

  it('is no longer named by one whose end somebody sets', async () => {
    const old = await remember('Lives in Oslo');
    await remember('Lives in Bergen', { supersedes: [old.id] });
    await who.patch(`/v1/memories/${old.id}`, { importance: 1 }).expect(200);
    expect((await read(old.id)).supersededBy).not.toBeNull();
    const { body } = await who.patch(`/v1/memories/${old.id}`, { validTo: null }).expect(200);
    expect(body).toMatchObject({ validTo: null, supersededBy: null });
  });
});

describe('superseding what is not there', () => {
  it('is refused with a pointer for an unknown, foreign, removed or expired memory, and nothing is written', async () => {
    const own = await remember('Lives in Oslo');
    const foreign = await remember('Lives in Oslo', {}, app.actingFor('somebody else'));
    const removed = await remember('Lived at sea');
    await who.delete(`/v1/memories/${removed.id}`).expect(204);
    const expired = await remember('Lives in a tent', { expiresAt: '2020-01-01T00:00:00Z' });
    const missing = [UNKNOWN, foreign.id, removed.id, expired.id];
    const sent = { content: 'Lives in Bergen', supersedes: [own.id, ...missing] };
    const { errors } = expectProblem(
      await who.post('/v1/memories', sent),
      422,
      'memory.superseded_not_found',
    ) as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual(
      missing.map((_, i) => `/supersedes/${i + 1}`),
    );
    expect([await total(), await read(own.id)]).toEqual([1, own]);
  });

  it('is refused for more than 20, for one named twice, and for what begins later', async () => {
    const ids = Array.from({ length: 21 }, () => randomUUID());
    for (const supersedes of [ids, [ids[0], ids[0]], ['x'], 'x'])
      expectProblem(
        await who.post('/v1/memories', { content: 'x', supersedes }),
        422,
        'request.invalid_body',
      );
    const later = await remember('Will live in Rome', { validFrom: '2090-01-01' });
    const sent = { content: 'Will live in Paris', supersedes: [later.id] };
    const { errors } = expectProblem(
      await who.post('/v1/memories', sent),
      422,
      'memory.invalid_span',
    ) as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/supersedes/0']);
    expect(await total()).toBe(1);
  });
});

describe('a batch that supersedes', () => {
  it('ends each memory once, at its earliest end, and is answered in its final state', async () => {
    const [one, two, known] = [
      await remember('Lives in Oslo'),
      await remember('Has a cat'),
      await remember('Has a dog'),
    ];
    const memories = [
      { content: 'Lives in Rome', validFrom: '2026-06-01', supersedes: [one.id] },
      { content: 'Lives in Bergen', validFrom: '2026-05-01', supersedes: [one.id, two.id] },
      { content: 'Has a dog' },
      { content: 'Has a parrot', supersedes: [known.id] },
    ];
    const { data } = (await who.post('/v1/memories', { memories }).expect(201)).body;
    expect(await read(one.id)).toMatchObject({ validTo: MAY, supersededBy: data[1].id });
    expect(await read(two.id)).toMatchObject({ validTo: MAY, supersededBy: data[1].id });
    expect(data[2]).toMatchObject({ id: known.id, supersededBy: data[3].id, strength: 2 });
    expect(data).toEqual(await Promise.all(data.map(({ id }: { id: string }) => read(id))));
    expect(await versions(one.id)).toHaveLength(2);
    await who.post('/v1/memories', { memories }).expect(201);
    expect(await versions(one.id)).toHaveLength(2);
    expect(await versions(two.id)).toHaveLength(2);
  });

  it('is answered with the revision and time under which another one was closed', async () => {
    const [a, c] = [await remember('Lives in Oslo'), await remember('Likes tea')];
    const memories = [
      { content: 'Lives in Bergen', supersedes: [a.id] },
      { content: 'Lives in Oslo' },
      { content: 'Likes tea' },
    ];
    const { data } = (await who.post('/v1/memories', { memories }).expect(201)).body;
    expect([data[1], data[2].id]).toEqual([await read(a.id), c.id]);
  });

  it('is refused as a whole with a pointer to the memory', async () => {
    const memories = [{ content: 'fine' }, { content: 'not so', supersedes: [UNKNOWN] }];
    const { errors } = expectProblem(
      await who.post('/v1/memories', { memories }),
      422,
      'memory.superseded_not_found',
    ) as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/memories/1/supersedes/0']);
    expect(await total()).toBe(0);
  });
});
