import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { createFullUser, rowsOf } from '../support/full-user.js';
import { everyPage, idsOf } from '../support/pages.js';
import { expectProblem } from '../support/problem.js';
import { eventually } from '../support/wait.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app.close());

const createUser = async (values: object = {}) =>
  (await app.service.post('/v1/users', values).expect(201)).body;
const nobody = '01900000-0000-7000-8000-000000000000';

describe('creating a user', () => {
  it('stores the fields, and answers with the Location', async () => {
    const given = {
      externalId: 'ada',
      username: 'Ada.Lovelace',
      email: 'Ada@Example.org',
      name: 'Ada',
      settings: { theme: 'dark' },
    };
    const { body, headers } = await app.service.post('/v1/users', given).expect(201);
    expect(body).toEqual({
      ...given,
      issuer: null,
      subject: null,
      status: 'active',
      id: expect.any(String),
      version: 1,
      createdAt: expect.any(String),
      updatedAt: body.createdAt,
    });
    expect(headers).toMatchObject({ location: `/v1/users/${body.id}`, etag: '"1"' });
    const found = await app.service.get(headers['location'] as string).expect(200);
    expect(found.body).toEqual(body);
    expect(found.headers['etag']).toBe('"1"');
  });

  it('needs no fields', async () => {
    expect(await createUser()).toMatchObject({
      externalId: null,
      username: null,
      email: null,
      name: null,
      settings: {},
    });
    expect(
      await createUser({ externalId: null, email: null, name: null, settings: null }),
    ).toMatchObject({ externalId: null, settings: {} });
  });

  it('returns settings unchanged, with any keys and depth', async () => {
    const text =
      '{"constructor":{"prototype":[1]},"toString":null,"hasOwnProperty":{"":{" ":"\\u2028"}},"id":"x","nested":{"a":[[],{},[{"deep":[0.1,1e300,-5,true,false,null,"é😀עברית"]}]]},"$set":{"userId":1},"null":null}';
    const settings = JSON.parse(text) as Record<string, unknown>;
    const user = await createUser({ settings });
    expect(user.settings).toEqual(settings);
    expect((await app.service.get(`/v1/users/${user.id}`)).body.settings).toEqual(settings);
    const patched = await app.service
      .patch(`/v1/users/${user.id}`, { settings: { constructor: [settings] } })
      .expect(200);
    expect(patched.body.settings).toEqual({ ...settings, constructor: [settings] });
  });

  it('refuses a second user with the externalId, the username or the email address of another', async () => {
    await createUser({ externalId: 'once', username: 'Once', email: 'once@example.org' });
    expectProblem(
      await app.service.post('/v1/users', { username: 'oNCE' }),
      409,
      'user.username_taken',
    );
    expectProblem(
      await app.service.post('/v1/users', { externalId: 'once' }),
      409,
      'user.external_id_taken',
    );
    expectProblem(
      await app.service.post('/v1/users', { email: 'ONCE@example.ORG' }),
      409,
      'user.email_taken',
    );
    await createUser({ email: 'ada@münchen.example.org' });
    expectProblem(
      await app.service.post('/v1/users', { email: 'ADA@MÜNCHEN.example.org' }),
      409,
      'user.email_taken',
    );
    await createUser({ externalId: 'Once' });
  });

  it.each([
    [{ email: 'no address' }, '/email'],
    [{ email: 'f\ufeffu@example.org' }, '/email'],
    [{ externalId: '' }, '/externalId'],
    [{ externalId: 'x'.repeat(256) }, '/externalId'],
    [{ name: 'x'.repeat(201) }, '/name'],
    [{ name: 7 }, '/name'],
    [{ settings: [] }, '/settings'],
    [{ settings: { a: 'x'.repeat(65_536) } }, '/settings'],
    [{ id: nobody }, '/id'],
    [{ version: 2 }, '/version'],
    [[], ''],
  ])('refuses an invalid body with a pointer to each field (%#)', async (values, pointer) => {
    const problem = expectProblem(
      await app.service.post('/v1/users', values),
      422,
      'request.invalid_body',
    );
    expect(problem['errors']).toEqual([{ pointer, message: expect.any(String) }]);
  });
});

describe('a user in a path', () => {
  const at = (externalId: string) => `/v1/users/key:${encodeURIComponent(externalId)}`;

  it.each(['plain', 'a/b%c?d#e', 'Zoë 漢', 'key:twice', 'auth0|1f'])(
    'is named by the externalId %j',
    async (externalId) => {
      const { id } = await createUser({ externalId });
      expect((await app.service.get(at(externalId)).expect(200)).body).toMatchObject({ id });
      await app.service.get(`${at(externalId)}/usage`).expect(200);
      const renamed = await app.service.patch(at(externalId), { name: 'new' }).expect(200);
      expect(renamed.body).toMatchObject({ id, name: 'new' });
      await app.service.patch(at(externalId), { status: 'disabled' }).expect(200);
      await app.service.patch(at(externalId), { status: 'active' }).expect(200);
      await app.service.delete(`${at(externalId)}/sessions`).expect(204);
      await app.service.delete(at(externalId)).expect(204);
      expectProblem(await app.service.get(at(externalId)), 404, 'user.not_found');
      expectProblem(await app.service.get(`/v1/users/${id as string}`), 404, 'user.not_found');
    },
  );

  it('is 410 by the names of a user who was merged, and the other user stays', async () => {
    const [guest, account] = [
      await createUser({ externalId: 'merged guest' }),
      await createUser({ externalId: 'merged into' }),
    ];
    await app.database.admin(
      `update threadkeep.app_user set id = gen_random_uuid(), former_id = id, merged_into = $2 where id = $1`,
      [guest['id'], account['id']],
    );
    for (const answer of [
      await app.service.get(at('merged guest')),
      await app.service.patch(at('merged guest'), { status: 'disabled' }),
      await app.service.delete(`${at('merged guest')}/sessions`),
      await app.service.delete(at('merged guest')),
    ]) {
      const problem = expectProblem(answer, 410, 'user.merged');
      expect(problem['mergedInto']).toBe(account['id']);
    }
    // With the row that kept the names.
    await app.service.delete(at('merged into')).expect(204);
  });

  it('is made by nobody who only reads', async () => {
    expectProblem(await app.service.get(at('unseen')), 404, 'user.not_found');
    const { body } = await app.service.get('/v1/users?externalId=unseen').expect(200);
    expect(body).toMatchObject({ data: [] });
  });

  it.each(['', 'x'.repeat(256)])('cannot be named %j', async (externalId) => {
    const problem = expectProblem(
      await app.service.get(at(externalId)),
      400,
      'request.invalid_query',
    );
    expect(problem['errors']).toEqual([{ pointer: ':id', message: expect.any(String) }]);
  });

  it('is named by service keys only', async () => {
    await createUser({ externalId: 'named' });
    expectProblem(await app.actingFor('other').get(at('named')), 403, 'access.forbidden');
  });
});

describe('a username', () => {
  it.each([
    '',
    '.',
    '-ada',
    'ada lovelace',
    'ada@example.org',
    'Ada\u0301',
    'а',
    'a'.repeat(65),
    7,
  ])('cannot be %j', async (username) => {
    const problem = expectProblem(
      await app.service.post('/v1/users', { username }),
      422,
      'request.invalid_body',
    );
    expect(problem['errors']).toMatchObject([{ pointer: '/username' }]);
  });

  it('may have 64 characters', async () => {
    const username = `A-_.${'9'.repeat(60)}`;
    expect(await createUser({ username })).toMatchObject({ username });
  });
});

describe('finding users', () => {
  it('keeps those with a username, in capitals or not, and those with a status', async () => {
    const disabled = await createUser({ username: 'Mary.Shelley', status: 'disabled' });
    const pending = await createUser({ username: 'percy', status: 'pending' });
    const found = async (filter: object) =>
      (
        await app.service.get(
          `/v1/users?limit=100&filter=${encodeURIComponent(JSON.stringify(filter))}`,
        )
      ).body.data.map(({ id }: { id: string }) => id);
    expect(await found({ username: 'mary.SHELLEY' })).toEqual([disabled.id]);
    expect(await found({ username: { contains: 'SHELL' } })).toEqual([disabled.id]);
    expect(await found({ status: 'disabled' })).toEqual([disabled.id]);
    expect(await found({ status: { in: ['disabled', 'pending'] } })).toEqual([
      pending.id,
      disabled.id,
    ]);
    const active = await found({ status: 'active' });
    expect(active.length).toBeGreaterThan(0);
    expect(active).not.toContain(disabled.id);
    const searched = await app.service.get('/v1/users?q=shelley').expect(200);
    expect(idsOf(searched.body.data)).toEqual([disabled.id]);
    expectProblem(
      await app.service.get('/v1/users?filter={"status":"gone"}'),
      400,
      'request.invalid_query',
    );
  });

  it('finds exactly the user with an externalId', async () => {
    const ada = await createUser({ externalId: 'find/ada & co' });
    await createUser({ externalId: 'find/bob' });
    expect(
      (await app.service.get(`/v1/users?externalId=${encodeURIComponent('find/ada & co')}`)).body,
    ).toEqual({ data: [ada], nextCursor: null });
    expect((await app.service.get('/v1/users?externalId=nobody')).body).toEqual({
      data: [],
      nextCursor: null,
    });
  });

  it('lists each user once, newest first, in pages', async () => {
    const created: string[] = [];
    for (let i = 0; i < 7; i++) created.push((await createUser()).id);
    const pages = await everyPage(app.service, '/v1/users?limit=3');
    const listed = idsOf(pages.flat());
    expect(pages.slice(0, -1).every((page) => page.length === 3)).toBe(true);
    expect(listed.slice(0, 7)).toEqual(created.reverse());
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed).toHaveLength(
      Number(
        (await app.database.admin('select count(*) from threadkeep.app_user')).rows[0]!['count'],
      ),
    );
  });

  it('refuses a foreign cursor and unknown parameters', async () => {
    const forged = (...values: unknown[]) =>
      Buffer.from(JSON.stringify(values)).toString('base64url');
    for (const cursor of [
      'x',
      forged('2026-02-30T00:00:00.000Z', nobody),
      forged('0000-01-01T00:00:00.000Z', nobody),
      forged('2026-01-01T00:00:00.000Z', 'x'),
      forged(nobody),
    ]) {
      expectProblem(
        await app.service.get(`/v1/users?cursor=${cursor}`),
        400,
        'request.invalid_query',
      );
    }
    expectProblem(await app.service.get('/v1/users?constructor=1'), 400, 'request.invalid_query');
    expectProblem(await app.service.get('/v1/users?limit=101'), 400, 'request.invalid_query');
  });

  it('answers 404 for an unknown id, and 400 for an invalid one', async () => {
    for (const call of [
      app.service.get,
      (path: string) => app.service.patch(path, { name: 'x' }),
      app.service.delete,
    ]) {
      expectProblem(await call(`/v1/users/${nobody}`), 404, 'user.not_found');
      expectProblem(await call('/v1/users/ada'), 400, 'request.invalid_query');
    }
  });
});

describe('changing a user', () => {
  it('changes only the fields that were sent', async () => {
    const user = await createUser({ name: 'Ada', email: 'change@example.org', settings: { a: 1 } });
    const { body, headers } = await app.service
      .patch(`/v1/users/${user.id}`, { name: 'Ada L.' })
      .expect(200);
    expect(body).toEqual({ ...user, name: 'Ada L.', version: 2, updatedAt: expect.any(String) });
    expect(headers['etag']).toBe('"2"');
  });

  it('clears fields with null, except settings', async () => {
    const user = await createUser({
      externalId: 'emptied',
      name: 'Ada',
      email: 'emptied@example.org',
      settings: { a: 1 },
    });
    const { body } = await app.service
      .patch(`/v1/users/${user.id}`, { externalId: null, name: null, email: null, settings: null })
      .expect(200);
    expect(body).toMatchObject({ externalId: null, name: null, email: null, settings: { a: 1 } });
  });

  it('merges settings: null removes a field, an object is merged, another value replaces', async () => {
    const settings = { locale: 'en', list: [1, 2], view: { theme: 'dark', size: 3 } };
    const { id } = await createUser({ settings });
    const change = { locale: null, list: [3], view: { size: null, wide: true }, timeZone: 'UTC' };
    const { body } = await app.service.patch(`/v1/users/${id}`, { settings: change }).expect(200);
    expect(body.settings).toEqual({
      list: [3],
      view: { theme: 'dark', wide: true },
      timeZone: 'UTC',
    });
    const own = await app
      .actingFor(id)
      .patch('/v1/users/me', { settings: { view: 1 } })
      .expect(200);
    expect(own.body.settings).toEqual({ list: [3], view: 1, timeZone: 'UTC' });
  });

  it('keeps what parallel edits of settings say, and refuses settings that become too large', async () => {
    const { id } = await createUser();
    const names = Array.from({ length: 20 }, (_, n) => `field${n}`);
    await Promise.all(
      names.map((name) =>
        app.service.patch(`/v1/users/${id}`, { settings: { [name]: true } }).expect(200),
      ),
    );
    const half = 'x'.repeat(40_000);
    await app.service.patch(`/v1/users/${id}`, { settings: { half } }).expect(200);
    const problem = expectProblem(
      await app.service.patch(`/v1/users/${id}`, { settings: { other: half } }),
      422,
      'request.invalid_body',
    );
    expect(problem['errors']).toMatchObject([{ pointer: '/settings' }]);
    const { body } = await app.service.get(`/v1/users/${id}`).expect(200);
    expect(Object.keys(body.settings).sort()).toEqual([...names, 'half'].sort());
  });

  it('answers 412 or 404 before it looks at what settings would become', async () => {
    const half = 'x'.repeat(40_000);
    const { id } = await createUser({ settings: { half } });
    await app.service.patch(`/v1/users/${id}`, { name: 'second' }).expect(200);
    const older = app.service.with({ 'if-match': '"1"' });
    expectProblem(
      await older.patch(`/v1/users/${id}`, { settings: { other: half } }),
      412,
      'request.precondition_failed',
    );
    expectProblem(
      await app.service.patch(`/v1/users/${nobody}`, { settings: { other: half } }),
      404,
      'user.not_found',
    );
  });

  it('answers 412 with the current version for an older If-Match', async () => {
    const user = await createUser({ name: 'first' });
    const path = `/v1/users/${user.id}`;
    await app.service.with({ 'if-match': '"1"' }).patch(path, { name: 'second' }).expect(200);
    const problem = expectProblem(
      await app.service.with({ 'if-match': '"1"' }).patch(path, { name: 'lost' }),
      412,
      'request.precondition_failed',
    );
    expect(problem['version']).toBe(2);
    expect((await app.service.get(path)).body.name).toBe('second');
  });

  it("refuses another user's externalId, username and email address", async () => {
    await createUser({ externalId: 'taken', username: 'taken', email: 'taken@example.org' });
    const { id } = await createUser();
    expectProblem(
      await app.service.patch(`/v1/users/${id}`, { username: 'Taken' }),
      409,
      'user.username_taken',
    );
    expectProblem(
      await app.service.patch(`/v1/users/${id}`, { externalId: 'taken' }),
      409,
      'user.external_id_taken',
    );
    expectProblem(
      await app.service.patch(`/v1/users/${id}`, { email: 'Taken@example.org' }),
      409,
      'user.email_taken',
    );
  });

  it('renames at once: the new externalId names the user, the old one nobody', async () => {
    const { id } = await createUser({ externalId: 'old-name' });
    expect((await app.actingFor('old-name').get('/v1/users/me')).body.id).toBe(id);
    await app.service.patch(`/v1/users/${id}`, { externalId: 'new-name' }).expect(200);
    expect((await app.actingFor('new-name').get('/v1/users/me')).body.id).toBe(id);
    expectProblem(await app.actingFor('old-name').get('/v1/users/me'), 404, 'user.not_found');
  });
});

describe('a user who is not active', () => {
  it.each(['disabled', 'pending'])('is acted for by nobody while %s', async (status) => {
    const { id, externalId } = await createUser({ externalId: `not active: ${status}` });
    const { key } = (await app.service.post('/v1/api-keys', { userId: id }).expect(201)).body;
    const own = app.anonymous.with({ authorization: `Bearer ${key}` });
    await own.post('/v1/conversations', { title: 'kept' }).expect(201);
    await app.actingFor(externalId).get('/v1/conversations').expect(200);

    await app.service.patch(`/v1/users/${id}`, { status }).expect(200);
    expectProblem(await own.get('/v1/users/me'), 401, 'access.unauthenticated');
    expectProblem(await own.post('/v1/conversations'), 401, 'access.unauthenticated');
    for (const name of [externalId, id]) {
      const acting = app.actingFor(name);
      expectProblem(await acting.get('/v1/users/me'), 403, 'access.user_not_active');
      expectProblem(await acting.post('/v1/conversations'), 403, 'access.user_not_active');
    }
    // A key that is made meanwhile waits like the others.
    const later = (await app.service.post('/v1/api-keys', { userId: id }).expect(201)).body.key;
    const withLater = app.anonymous.with({ authorization: `Bearer ${later}` });
    expectProblem(await withLater.get('/v1/users/me'), 401, 'access.unauthenticated');
    await app.service.get(`/v1/users/${id}`).expect(200);

    await app.service.patch(`/v1/users/${id}`, { status: 'active' }).expect(200);
    // A token that was unknown is asked for again after a second.
    await eventually(async () => (await own.get('/v1/users/me')).status === 200);
    await eventually(async () => (await withLater.get('/v1/users/me')).status === 200);
    const { body } = await app.actingFor(externalId).get('/v1/conversations').expect(200);
    expect(body.data).toMatchObject([{ title: 'kept' }]);
  });

  it('is not made again by a request in its name, and can be deleted', async () => {
    const { id } = await createUser({ externalId: 'barred', status: 'disabled' });
    expectProblem(
      await app.actingFor('barred').post('/v1/conversations'),
      403,
      'access.user_not_active',
    );
    const { body } = await app.service.get('/v1/users?externalId=barred').expect(200);
    expect(idsOf(body.data)).toEqual([id]);
    await app.service.delete(`/v1/users/${id}`).expect(204);
  });

  it('is for the key of another user like a name that nobody has', async () => {
    await createUser({ externalId: 'hidden while active' });
    const hidden = await createUser({ externalId: 'hidden', status: 'disabled' });
    const eve = await createUser({ externalId: 'curious' });
    const { key } = (await app.service.post('/v1/api-keys', { userId: eve.id }).expect(201)).body;
    const own = app.anonymous.with({ authorization: `Bearer ${key}` });
    const answers = await Promise.all(
      ['hidden', hidden.id, 'hidden while active', 'nobody at all'].map(async (name) => {
        const { status, body } = await own.with({ 'threadkeep-user': name }).get('/v1/users/me');
        return { status, code: body.code, title: body.title, detail: body.detail };
      }),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 403, code: 'access.forbidden' });
  });

  it('cannot let itself in, nor take another status', async () => {
    const { id } = await createUser({ externalId: 'own status' });
    expectProblem(
      await app.actingFor('own status').patch('/v1/users/me', { status: 'pending' }),
      422,
      'request.invalid_body',
    );
    expectProblem(
      await app.service.patch(`/v1/users/${id}`, { status: 'gone' }),
      422,
      'request.invalid_body',
    );
    await app.service.patch(`/v1/users/${id}`, { status: null }).expect(200);
    expect((await app.service.get(`/v1/users/${id}`)).body.status).toBe('active');
  });
});

describe('deleting a user', () => {
  it.each([
    ['by a service key', (id: string) => app.service.delete(`/v1/users/${id}`)],
    ['by the user', (_id: string, own: Caller) => own.delete('/v1/users/me')],
  ])('%s deletes everything that the user owns, and nothing else', async (who, remove) => {
    const ada = await createFullUser(app, `ada removed ${who}`);
    const bob = await createFullUser(app, `bob kept ${who}`);
    const before = await rowsOf(app, bob.id);
    expect(Object.entries(await rowsOf(app, ada.id)).filter(([, count]) => count === 0)).toEqual(
      [],
    );
    await remove(ada.id, ada.own).expect(204);
    expectProblem(await ada.own.get('/v1/users/me'), 401, 'access.unauthenticated');
    expectProblem(await app.service.get(`/v1/users/${ada.id}`), 404, 'user.not_found');
    expect(new Set(Object.values(await rowsOf(app, ada.id)))).toEqual(new Set([0]));
    expect(await rowsOf(app, bob.id)).toEqual(before);
    await bob.own.get('/v1/users/me').expect(200);
  });
});

describe('the user of a request', () => {
  const callers: [string, (user: { id: string; externalId: string }) => Promise<Caller>][] = [
    [
      'a key of the user',
      async ({ id }) =>
        app.anonymous.with({
          authorization: `Bearer ${(await app.service.post('/v1/api-keys', { userId: id })).body.key}`,
        }),
    ],
    ['a service key with the externalId', async ({ externalId }) => app.actingFor(externalId)],
    ['a service key with the id', async ({ id }) => app.actingFor(id)],
  ];

  it.each(callers)('can be read, changed and deleted by %s', async (who, callerOf) => {
    const ada = await createUser({ externalId: `ada acts by ${who}` });
    const bob = await createUser({ externalId: `bob looks on ${who}` });
    const caller = await callerOf(ada);
    const read = await caller.get('/v1/users/me').expect(200);
    expect(read.body).toEqual(ada);
    await caller
      .with({ 'if-none-match': read.headers['etag'] as string })
      .get('/v1/users/me')
      .expect(304);
    const { body } = await caller
      .with({ 'if-match': '"1"' })
      .patch('/v1/users/me', { name: 'Ada', settings: { constructor: 1 } })
      .expect(200);
    expect(body).toMatchObject({
      id: ada.id,
      name: 'Ada',
      settings: { constructor: 1 },
      version: 2,
    });
    expectProblem(
      await caller.with({ 'if-match': '"1"' }).patch('/v1/users/me', { name: 'x' }),
      412,
      'request.precondition_failed',
    );
    await caller.delete('/v1/users/me').expect(204);
    expectProblem(await app.service.get(`/v1/users/${ada.id}`), 404, 'user.not_found');
    expect((await app.service.get(`/v1/users/${bob.id}`)).body).toEqual(bob);
  });

  it('cannot change its own externalId or email', async () => {
    await createUser({ externalId: 'fixed' });
    expectProblem(
      await app.actingFor('fixed').patch('/v1/users/me', { externalId: 'other' }),
      422,
      'request.invalid_body',
    );
    expectProblem(
      await app.actingFor('fixed').patch('/v1/users/me', { email: 'other@example.org' }),
      422,
      'request.invalid_body',
    );
  });
});
