import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { everyPage, idsOf } from '../support/pages.js';
import { expectProblem } from '../support/problem.js';
import { eventually } from '../support/wait.js';

let app: TestApp;
let ada: string;
let bob: string;
beforeAll(async () => {
  app = await createTestApp();
  ada = (await app.service.post('/v1/users', { externalId: 'ada' }).expect(201)).body.id;
  bob = (await app.service.post('/v1/users', { externalId: 'bob' }).expect(201)).body.id;
});
afterAll(() => app.close());

interface Made {
  id: string;
  key: string;
  caller: Caller;
  body: Record<string, unknown>;
}

const withKey = (key: string, of = app) => of.anonymous.with({ authorization: `Bearer ${key}` });

async function createKey(values: object = {}): Promise<Made> {
  const { body } = await app.service.post('/v1/api-keys', values).expect(201);
  return { id: body.id, key: body.key, caller: withKey(body.key), body };
}

const revoke = (id: string) => app.service.delete(`/v1/api-keys/${id}`);

describe('a service key', () => {
  it('administers users, and acts for any of them', async () => {
    const { caller, body, key } = await createKey({ name: 'second' });
    expect(body).toEqual({
      id: expect.any(String),
      kind: 'service',
      userId: null,
      name: 'second',
      hint: key.slice(-4),
      readOnly: false,
      scopes: ['act', 'read', 'write', 'admin', 'keys', 'secrets', 'import'],
      createdAt: expect.any(String),
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
      key: expect.stringMatching(/^tk_[A-Za-z0-9_-]{43}$/),
    });
    await caller.get('/v1/users').expect(200);
    expect((await caller.with({ 'threadkeep-user': 'ada' }).get('/v1/users/me')).body.id).toBe(ada);
    expect((await caller.with({ 'threadkeep-user': bob }).get('/v1/users/me')).body.id).toBe(bob);
  });

  it('must name a user to read conversations', async () => {
    expectProblem(await app.service.get('/v1/conversations'), 400, 'access.user_required');
  });

  it('cannot administer while it acts for a user', async () => {
    for (const path of ['/v1/users', `/v1/users/${bob}`, '/v1/api-keys'])
      expectProblem(await app.actingFor('ada').get(path), 403, 'access.forbidden');
  });
});

describe("a user's API key", () => {
  it('acts for that user on every route', async () => {
    const { caller, body } = await createKey({ userId: ada, name: null });
    expect(body).toMatchObject({ kind: 'user', userId: ada, name: null });
    expect((await caller.get('/v1/users/me')).body.id).toBe(ada);
    const conversation = (await caller.post('/v1/conversations').expect(201)).body;
    await app.actingFor('ada').get(`/v1/conversations/${conversation.id}`).expect(200);
    await app.actingFor('bob').get(`/v1/conversations/${conversation.id}`).expect(404);
  });

  it('may name its own user in the header, by id or externalId', async () => {
    const { caller } = await createKey({ userId: ada });
    for (const reference of [ada, ada.toUpperCase(), 'ada', ' ada ']) {
      expect(
        (await caller.with({ 'threadkeep-user': reference }).get('/v1/users/me').expect(200)).body
          .id,
      ).toBe(ada);
    }
  });

  it('cannot name another user, existing or not', async () => {
    const { caller } = await createKey({ userId: ada });
    for (const reference of ['bob', bob, 'nobody', '01900000-0000-7000-8000-000000000000']) {
      expectProblem(
        await caller.with({ 'threadkeep-user': reference }).get('/v1/users/me'),
        403,
        'access.forbidden',
      );
    }
    expect((await app.service.get('/v1/users?externalId=nobody')).body.data).toEqual([]);
  });

  it('cannot administer users or keys', async () => {
    const { caller, id } = await createKey({ userId: ada });
    expectProblem(await caller.get('/v1/users'), 403, 'access.forbidden');
    expectProblem(await caller.get(`/v1/users/${ada}`), 403, 'access.forbidden');
    expectProblem(await caller.post('/v1/api-keys', { userId: ada }), 403, 'access.forbidden');
    expectProblem(await caller.delete(`/v1/api-keys/${id}`), 403, 'access.forbidden');
  });

  it('is created by externalId or id, and for as long as it says', async () => {
    for (const user of ['ada', ` ada `, ada, 'external:ada']) {
      const { body } = await createKey({ user, expiresIn: '1h' });
      expect(body).toMatchObject({ kind: 'user', userId: ada });
      const left = Date.parse(body['expiresAt'] as string) - Date.now();
      expect(Math.abs(left - 3_600_000)).toBeLessThan(600_000);
    }
    for (const [expiresIn, seconds] of [
      ['90s', 90],
      ['99999d', 99_999 * 86_400],
    ] as const) {
      const { body } = await createKey({ user: 'ada', expiresIn });
      const left = Date.parse(body['expiresAt'] as string) - Date.now();
      expect(Math.abs(left - seconds * 1_000)).toBeLessThan(600_000);
    }
  });

  it('is created with its user, who is one for racing requests', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => app.service.post('/v1/api-keys', { user: 'new with a key' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ body }) => body.userId)).size).toBe(1);
    const { key, userId } = answers[0]!.body;
    const own = app.anonymous.with({ authorization: `Bearer ${key}` });
    expect((await own.get('/v1/users/me').expect(200)).body).toMatchObject({
      id: userId,
      externalId: 'new with a key',
    });
    const refused = await app.service.post('/v1/api-keys', {
      user: 'none with a refused key',
      scopes: ['admin'],
    });
    expectProblem(refused, 422, 'api_key.invalid_scope');
    const { body } = await app.service.get('/v1/users?externalId=none with a refused key');
    expect(body.data).toEqual([]);
  });

  it('is not created with its user by a key that could not write as that user', async () => {
    const { caller } = await createKey({ scopes: ['keys', 'act', 'read'] });
    const refused = await caller.post('/v1/api-keys', { user: 'made by a reader' });
    expect(expectProblem(refused, 403, 'access.scope_missing')['scope']).toBe('write');
    await caller.post('/v1/api-keys', { user: 'ada', scopes: ['read'] }).expect(201);
    const { body } = await app.service.get('/v1/users?externalId=made by a reader');
    expect(body.data).toEqual([]);
  });

  it.each([
    [{ user: null }, '/user'],
    [{ user: '' }, '/user'],
    [{ user: 'undefined' }, '/user'],
    [{ user: 'ada', expiresIn: '0h' }, '/expiresIn'],
    [{ user: 'ada', expiresIn: '1 hour' }, '/expiresIn'],
    [{ user: 'ada', expiresIn: '123456s' }, '/expiresIn'],
    [{ user: 'ada', expiresIn: 3600 }, '/expiresIn'],
  ])('is not created of %j', async (values, pointer) => {
    const answer = await app.service.post('/v1/api-keys', values);
    expect(expectProblem(answer, 422, 'request.invalid_body')['errors']).toMatchObject([
      { pointer },
    ]);
  });

  it.each([
    { user: 'ada', userId: '01900000-0000-7000-8000-000000000000' },
    { user: 'ada', expiresIn: '1h', expiresAt: '2999-01-01T00:00:00Z' },
  ])('is not created of two fields that say the same: %j', async (values) => {
    expectProblem(await app.service.post('/v1/api-keys', values), 422, 'api_key.ambiguous');
  });

  it('cannot be created for a user who does not exist', async () => {
    expectProblem(
      await app.service.post('/v1/api-keys', { user: '01900000-0000-7000-8000-000000000000' }),
      404,
      'user.not_found',
    );
    expectProblem(
      await app.service.post('/v1/api-keys', { userId: '01900000-0000-7000-8000-000000000000' }),
      404,
      'user.not_found',
    );
    expectProblem(
      await app.service.post('/v1/api-keys', { userId: 'ada' }),
      422,
      'request.invalid_body',
    );
  });
});

describe('a read-only API key', () => {
  it('can read, and is refused for every write before it happens', async () => {
    const { id } = (
      await app.actingFor('ada').post('/v1/conversations', { title: 'kept' }).expect(201)
    ).body;
    const { caller } = await createKey({ userId: ada, readOnly: true });
    const path = `/v1/conversations/${id}`;
    for (const read of [
      '/v1/conversations',
      path,
      `${path}/messages`,
      `${path}/messages/search?q=x`,
      '/v1/messages/search?q=x',
      '/v1/users/me',
    ]) {
      await caller.get(read).expect(200);
    }
    const writes = [
      caller.post('/v1/conversations', {}),
      caller.patch(path, { title: 'changed' }),
      caller.delete(path),
      caller.post(`${path}/messages`, { role: 'user', content: 'x' }),
      caller.post(`${path}/fork`),
      caller.post(`${path}/restore`),
      caller.patch('/v1/users/me', { name: 'x' }),
      caller.delete('/v1/users/me'),
    ];
    for (const write of writes) expectProblem(await write, 403, 'access.read_only');
    expect((await caller.get(path)).body).toMatchObject({ title: 'kept', version: 1, lastSeq: 0 });
  });

  it('can be a service key', async () => {
    const { caller } = await createKey({ readOnly: true });
    await caller.get('/v1/users').expect(200);
    await caller.with({ 'threadkeep-user': 'ada' }).get('/v1/conversations').expect(200);
    expectProblem(await caller.post('/v1/users'), 403, 'access.read_only');
    expectProblem(
      await caller.with({ 'threadkeep-user': 'ada' }).post('/v1/conversations'),
      403,
      'access.read_only',
    );
  });
});

/** Everything the database holds, as text. */
async function dump(): Promise<string> {
  const tables = await app.database.admin(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('threadkeep', 'public')`,
  );
  const texts = tables.rows.map(
    async ({ name }) =>
      (
        await app.database.admin(
          `select coalesce(string_agg(t::text, E'\\n'), '') as text from ${name as string} t`,
        )
      ).rows[0]!['text'],
  );
  return (await Promise.all(texts)).join('\n');
}

describe('the secret of an API key', () => {
  it('is shown once, and only its hash is stored', async () => {
    const { id, key } = await createKey({ name: 'to be searched for' });
    const { body, text } = await app.service.get('/v1/api-keys');
    expect(body.data.find((item: { id: string }) => item.id === id)).not.toHaveProperty('key');
    expect(text).not.toContain(key);
    const stored = await dump();
    expect(stored).toContain('to be searched for');
    expect(stored).toContain(createHash('sha256').update(key).digest('hex'));
    for (const secret of [key, key.slice(3), Buffer.from(key).toString('hex'), app.serviceKey])
      expect(stored).not.toContain(secret);
  });
});

describe('the list of API keys', () => {
  it('shows all keys, newest first, also filtered by user', async () => {
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.unshift((await createKey({ userId: i % 2 ? bob : ada })).id);
    const listed = idsOf((await everyPage(app.service, '/v1/api-keys?limit=2')).flat());
    expect(listed.slice(0, 5)).toEqual(made);
    expect(new Set(listed).size).toBe(listed.length);
    const ofBob = (await everyPage(app.service, `/v1/api-keys?limit=1&userId=${bob}`)).flat();
    expect(idsOf(ofBob)).toEqual([made[1], made[3]]);
    expect(ofBob.every(({ userId }) => userId === bob)).toBe(true);
  });

  it('refuses an invalid userId and a foreign cursor', async () => {
    expectProblem(await app.service.get('/v1/api-keys?userId=bob'), 400, 'request.invalid_query');
    expectProblem(await app.service.get('/v1/api-keys?cursor=bob'), 400, 'request.invalid_query');
  });
});

describe('revoking an API key', () => {
  it("refuses the key's next request, and no other key's", async () => {
    const revoked = await createKey({ userId: ada });
    const kept = await createKey({ userId: ada });
    await revoked.caller.get('/v1/users/me').expect(200);
    await revoke(revoked.id).expect(204);
    expectProblem(await revoked.caller.get('/v1/users/me'), 401, 'access.unauthenticated');
    await kept.caller.get('/v1/users/me').expect(200);
    const listed = (await everyPage(app.service, '/v1/api-keys')).flat();
    expect(listed.find(({ id }) => id === revoked.id)).toMatchObject({
      revokedAt: expect.stringMatching(/Z$/),
    });
    expect(listed.find(({ id }) => id === kept.id)).toMatchObject({ revokedAt: null });
  });

  it('can be repeated, and done with the key itself', async () => {
    const { id, caller } = await createKey();
    await caller.delete(`/v1/api-keys/${id}`).expect(204);
    expectProblem(await caller.get('/v1/users'), 401, 'access.unauthenticated');
    await revoke(id).expect(204);
    expectProblem(await revoke('01900000-0000-7000-8000-000000000000'), 404, 'api_key.not_found');
  });

  it('reaches every other process on the same database within a second', async () => {
    const other = await createTestApp({}, app.database);
    try {
      const { id, key, caller } = await createKey({ userId: ada });
      const elsewhere = withKey(key, other);
      await elsewhere.get('/v1/users/me').expect(200);
      await caller.get('/v1/users/me').expect(200);
      await revoke(id).expect(204);
      await eventually(async () => (await elsewhere.get('/v1/users/me')).status === 401, 20_000);
    } finally {
      await other.close();
    }
  });
});

describe('the scopes of an API key', () => {
  it('default to all of its kind, also for keys from before scopes existed', async () => {
    const kinds = [{}, { readOnly: true }, { userId: ada }, { userId: ada, readOnly: true }];
    for (const kind of kinds) {
      const { id, body } = await createKey(kind);
      await app.database.admin('update threadkeep.api_key set scopes = null where id = $1', [id]);
      const listed = (await app.service.get(`/v1/api-keys?filter[id]=${id}`)).body.data[0];
      expect(listed).toMatchObject({ scopes: body['scopes'], readOnly: body['readOnly'] });
    }
  });

  it('are refused when unknown or not allowed for the kind of key', async () => {
    expectProblem(
      await app.service.post('/v1/api-keys', { userId: ada, scopes: ['read', 'admin'] }),
      422,
      'api_key.invalid_scope',
    );
    for (const scopes of [[], ['all'], ['read', 'read'], 'read', [1]])
      expectProblem(
        await app.service.post('/v1/api-keys', { scopes }),
        422,
        'request.invalid_body',
      );
  });

  it('never exceed those of the key that creates it', async () => {
    const { caller } = await createKey({ scopes: ['keys', 'read', 'act'] });
    const make = (values: object) => caller.post('/v1/api-keys', values);
    expect((await make({}).expect(201)).body.scopes).toEqual(['act', 'read', 'keys']);
    expect((await make({ userId: ada }).expect(201)).body.scopes).toEqual(['read']);
    for (const scope of ['write', 'admin', 'secrets', 'import']) {
      expect(
        expectProblem(await make({ scopes: ['read', scope] }), 403, 'access.scope_missing')[
          'scope'
        ],
      ).toBe(scope);
    }
    const { id } = await createKey();
    expect(
      expectProblem(await caller.post(`/v1/api-keys/${id}/rotate`), 403, 'access.scope_missing')[
        'scope'
      ],
    ).toBe('write');
    const alone = (await createKey({ scopes: ['keys', 'read'] })).caller;
    expect(
      expectProblem(await alone.post('/v1/api-keys', { userId: ada }), 403, 'access.scope_missing')[
        'scope'
      ],
    ).toBe('act');
  });

  it('decide whether secrets are returned', async () => {
    const path = '/v1/agent-configs/01900000-0000-7000-8000-000000000000/effective?secrets=true';
    const all = ['act', 'read', 'write', 'admin', 'keys', 'import'];
    const acting = async (scopes: string[]) =>
      (await createKey({ scopes })).caller.with({ 'threadkeep-user': 'ada' });
    expect(
      expectProblem(await (await acting(all)).get(path), 403, 'access.scope_missing')['scope'],
    ).toBe('secrets');
    expectProblem(
      await (await acting([...all, 'secrets'])).get(path),
      404,
      'agent_config.not_found',
    );
  });
});

describe('an API key that expires', () => {
  it("is refused from then on by the database's clock, also where it is cached", async () => {
    expectProblem(
      await app.service.post('/v1/api-keys', { expiresAt: '2020-01-01T00:00:00Z' }),
      422,
      'api_key.expiry_in_past',
    );
    const { caller, id, body } = await createKey({ expiresAt: '2100-01-01T00:00:00+01:00' });
    expect(body).toMatchObject({ expiresAt: '2099-12-31T23:00:00.000Z' });
    await caller.get('/v1/users').expect(200);
    await app.database.admin(
      `update threadkeep.api_key set expires_at = clock_timestamp() + interval '400 milliseconds' where id = $1`,
      [id],
    );
    await eventually(async () => (await caller.get('/v1/users')).status === 401, 20_000);
    const { rows } = await app.database.admin(
      'select expires_at <= clock_timestamp() as over from threadkeep.api_key where id = $1',
      [id],
    );
    expect(rows).toEqual([{ over: true }]);
  });
});

describe('rotating an API key', () => {
  const rotate = (id: string, body: object = {}) =>
    app.service.post(`/v1/api-keys/${id}/rotate`, body);
  const found = async (id: string) =>
    (await app.service.get(`/v1/api-keys?filter[id]=${id}`)).body.data[0];

  it('creates a key with the same scopes, and both work during the overlap', async () => {
    const old = await createKey({ userId: ada, name: 'phone', scopes: ['read'] });
    const { body } = await rotate(old.id, { overlapSeconds: 600 }).expect(201);
    expect(body).toMatchObject({
      name: 'phone',
      userId: ada,
      scopes: ['read'],
      expiresAt: null,
      key: expect.stringMatching(/^tk_/),
    });
    await old.caller.get('/v1/users/me').expect(200);
    await withKey(body.key).get('/v1/users/me').expect(200);
    const left = Date.parse((await found(old.id)).expiresAt) - Date.now();
    expect(left).toBeGreaterThan(540_000);
    expect(left).toBeLessThan(660_000);
  });

  it('ends the old key at once without an overlap, and never extends it', async () => {
    const old = await createKey({ expiresAt: '2100-01-01T00:00:00Z' });
    await old.caller.get('/v1/users').expect(200);
    const { body } = await rotate(old.id, { overlapSeconds: 0 }).expect(201);
    expectProblem(await old.caller.get('/v1/users'), 401, 'access.unauthenticated');
    expect(body.expiresAt).toMatch(/^2(099|100)-/);
    expectProblem(await rotate(old.id), 409, 'api_key.not_live');
    const short = await createKey({ expiresAt: new Date(Date.now() + 60_000).toISOString() });
    const until = (await found(short.id)).expiresAt;
    await rotate(short.id, { overlapSeconds: 3_600 }).expect(201);
    expect((await found(short.id)).expiresAt).toBe(until);
  });

  it('happens once for one Idempotency-Key, and shows the secret once', async () => {
    const { id } = await createKey();
    const send = () =>
      app.service
        .with({ 'idempotency-key': `rotate ${id}`.replace(' ', '-') })
        .post(`/v1/api-keys/${id}/rotate`)
        .expect(201);
    const [first, second] = [(await send()).body, (await send()).body];
    expect(second).toEqual({ ...first, key: null });
  });

  it('is refused for an unknown key and an invalid overlap', async () => {
    expectProblem(await rotate('01900000-0000-7000-8000-000000000000'), 404, 'api_key.not_found');
    const { id } = await createKey();
    for (const overlapSeconds of [-1, 1.5, 2_592_001, '60'])
      expectProblem(await rotate(id, { overlapSeconds }), 422, 'request.invalid_body');
  });
});

describe('a request without a valid credential', () => {
  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer garbage',
    `Bearer tk_${'x'.repeat(43)}`,
    `Bearer tk_${'x'.repeat(43)} again`,
    `Basic dGtfOg==`,
    `tk_${'x'.repeat(43)}`,
    `Bearer ${'x'.repeat(8_000)}`,
    'Bearer tk_é',
  ])('is answered 401 with WWW-Authenticate (%#)', async (authorization) => {
    const caller =
      authorization === undefined
        ? app.anonymous
        : app.anonymous.with({ authorization: Buffer.from(authorization).toString('latin1') });
    for (const path of ['/v1/users', '/v1/conversations', '/v1/users/me']) {
      const response = await caller.get(path);
      expectProblem(response, 401, 'access.unauthenticated');
      expect(response.headers['www-authenticate']).toBe('Bearer');
    }
  });

  it('may write the scheme Bearer in any case', async () => {
    await app.anonymous
      .with({ authorization: `bEARER ${app.serviceKey}` })
      .get('/v1/users')
      .expect(200);
  });
});
