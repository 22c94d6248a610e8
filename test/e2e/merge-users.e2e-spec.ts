// Two users become one: nothing is lost, nothing is read by a third, and the names go on.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SealedColumns } from '../../src/platform/vault/index.js';
import { giveAccount, mailSecret, openSession, PASSWORD } from '../support/accounts.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { createFullUser, rowsOf } from '../support/full-user.js';
import { now, SHAPES, signed, SUPABASE_SECRET } from '../support/issuers.js';
import { mergeCalls, sealedServer } from '../support/merges.js';
import { expectProblem } from '../support/problem.js';
import { eventually } from '../support/wait.js';

const [, shape] = Object.entries(SHAPES).find(([, { header }]) => header.alg === 'HS256')!;

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({
    JOB_CONCURRENCY: '2',
    JWT_ISSUERS: JSON.stringify([shape.entry('http://127.0.0.1:1')]),
    EGRESS_ALLOW: '127.0.0.1',
  });
});
afterAll(() => app?.close());

const calls = mergeCalls(() => app);
const { newUser, keyOf, stateOf, secretsOf } = calls;
const start = (to: string, body: object) => calls.start(`/v1/users/${to}/merge`, body);
const merge = (to: string, body: object) => calls.run(`/v1/users/${to}/merge`, body);

const preview = async (to: string, body: object) =>
  (await app.service.post(`/v1/users/${to}/merge`, { ...body, dryRun: true }).expect(200)).body as {
    rows: Record<string, number>;
    collisions: Record<string, unknown>[];
  };

const contentsOf = async (caller: Caller) => {
  const { body } = await caller.get('/v1/memories').expect(200);
  return (body.data as { content: string }[]).map(({ content }) => content).sort();
};

describe('merging a user with rows in every table', () => {
  let guest: Awaited<ReturnType<typeof createFullUser>>;
  let third: Awaited<ReturnType<typeof createFullUser>>;
  let account: string;
  let own: Caller;
  let before: Record<'guest' | 'account' | 'third', Record<string, number>>;
  let usedBefore: Record<string, number>;
  let configId: string;

  const usageOf = async (id: string) => {
    const { body } = await app.service.get(`/v1/users/${id}/usage`).expect(200);
    const usage = body.data as { quota: string; used: number }[];
    return Object.fromEntries(usage.map(({ quota, used }) => [quota, used]));
  };

  beforeAll(async () => {
    guest = await createFullUser(app, 'guest');
    third = await createFullUser(app, 'third');
    account = await newUser('account');
    own = await keyOf(account);
    await own.post('/v1/memories', { content: 'something to remember' }).expect(201);
    await own.post('/v1/memories', { content: 'the account likes tea' }).expect(201);
    await own.post('/v1/mcp-servers', sealedServer('own', 'own secret')).expect(201);
    await own.post('/v1/tasks', { title: 'of the account' }).expect(201);
    // What the process caches of the account before the merge must not be shown after it.
    expect(await contentsOf(own)).toHaveLength(2);
    await own.get('/v1/messages/search?q=something').expect(200);
    await own.post('/v1/memories/search', { query: 'remember' }).expect(200);
    configId = (await guest.own.get('/v1/agent-configs').expect(200)).body.data[0].id;
    const [ofGuest, ofAccount] = [await usageOf(guest.id), await usageOf(account)];
    usedBefore = Object.fromEntries(
      Object.entries(ofGuest).map(([quota, used]) => [quota, used + ofAccount[quota]!]),
    );
    before = {
      guest: await rowsOf(app, guest.id),
      account: await rowsOf(app, account),
      third: await rowsOf(app, third.id),
    };
  });

  /** One head of memories and one data key for each user. Mailed secrets name the user. */
  const movedRows = (table: string, ofBoth: number): unknown =>
    ({
      memory_head: 1,
      data_key: 1,
      mailed_secret: before.account['mailed_secret']!,
      merge_undo: ofBoth + 1,
      merge_undo_part: expect.any(Number),
    })[table] ?? ofBoth;

  it('has rows in every table, so that a new table without any is noticed here', () => {
    expect(Object.entries(before.guest).filter(([, count]) => count === 0)).toEqual([]);
  });

  it('tells in a dry run what would move, and moves nothing', async () => {
    const { rows, collisions } = await preview(account, { from: 'guest' });
    expect(rows).toMatchObject(before.guest);
    expect(collisions).toEqual([]);
    expect(await rowsOf(app, guest.id)).toEqual(before.guest);
  });

  it('moves each row, and leaves third users alone', async () => {
    await merge(account, { from: 'guest' });
    expect(new Set(Object.values(await rowsOf(app, guest.id)))).toEqual(new Set([0]));
    const after = await rowsOf(app, account);
    const expected = Object.entries(before.guest).map(([table, count]) => [
      table,
      movedRows(table, count + before.account[table]!),
    ]);
    expect(after).toEqual(Object.fromEntries(expected));
    expect(await rowsOf(app, third.id)).toEqual(before.third);
  });

  it('counts what both stored', async () => {
    expect(await usageOf(account)).toEqual(usedBefore);
  });

  it('lets the key of the guest act for the account', async () => {
    expect((await guest.own.get('/v1/users/me').expect(200)).body.id).toBe(account);
    await guest.own.post('/v1/tasks', { title: 'by the key of the guest' }).expect(201);
  });

  it('lets the name of the guest act for the account, and creates nobody', async () => {
    const named = app.actingFor('guest');
    expect((await named.get('/v1/users/me').expect(200)).body.id).toBe(account);
    await named.post('/v1/tasks', { title: 'by the name of the guest' }).expect(201);
    expectProblem(
      await app.service.post('/v1/users', { externalId: 'guest' }),
      409,
      'user.external_id_taken',
    );
    const { body } = await app.service.get('/v1/users?filter[externalId]=guest').expect(200);
    expect(body.data).toEqual([]);
  });

  it('answers 410 with the account for the id of the guest', async () => {
    for (const answer of [
      await app.service.get(`/v1/users/${guest.id}`),
      await app.service.patch(`/v1/users/${guest.id}`, { name: 'Ada' }),
      await app.service.delete(`/v1/users/${guest.id}`),
      await app.service.get(`/v1/users/${guest.id}/usage`),
      await app.actingFor(guest.id).get('/v1/users/me'),
      await app.actingFor(guest.id).post('/v1/tasks', { title: 'lost' }),
      await app.service.post(`/v1/users/${account}/merge`, { from: guest.id }),
    ]) {
      expectProblem(answer, 410, 'user.merged');
      expect(answer.body.mergedInto).toBe(account);
    }
  });

  it('opens the sealed values of both', async () => {
    const text = await secretsOf(account, configId);
    expect(text).toContain('Bearer x');
    expect(text).toContain('own secret');
  });

  it('finds the words and memories of both', async () => {
    const { body } = await own.get('/v1/messages/search?q=something').expect(200);
    expect(body.data).not.toEqual([]);
    expect(await contentsOf(own)).toEqual([
      'something to remember',
      'something to remember',
      'the account likes tea',
    ]);
    const found = await own.post('/v1/memories/search', { query: 'remember' }).expect(200);
    expect(found.body.data).toHaveLength(2);
  });

  it('reads contexts, manifests and the history of the guest', async () => {
    const { body } = await own.get('/v1/conversations?filter[title]=guest').expect(200);
    expect(body.data).not.toEqual([]);
    const path = `/v1/conversations/${body.data[0].id as string}`;
    await own.post(`${path}/context`, { budgetTokens: 1_000 }).expect(200);
    const manifests = await app.database.admin(
      `select conversation_id as talk, id from threadkeep.context_manifest where user_id = $1`,
      [account],
    );
    expect(manifests.rows).not.toEqual([]);
    for (const { talk, id } of manifests.rows as { talk: string; id: string }[])
      await own.get(`/v1/conversations/${talk}/context/${id}`).expect(200);
    await own.post(`${path}/messages`, { role: 'user', content: 'goes on' }).expect(201);
  });

  it('remembers the answer to an Idempotency-Key of the guest', async () => {
    const again = guest.own.with({ 'idempotency-key': 'key-of-guest' });
    const sent = { title: 'guest', agentConfigId: configId };
    const { headers } = await again.post('/v1/conversations', sent).expect(201);
    expect(headers['idempotent-replayed']).toBe('true');
  });

  it('records it for the operator', async () => {
    const recorded = async (userId: string, action: string) =>
      (
        await app.service
          .get(`/v1/admin/audit-log?filter[userId]=${userId}&filter[action]=${action}`)
          .expect(200)
      ).body.data as Record<string, unknown>[];
    expect(await recorded(guest.id, 'user.merge_requested')).toMatchObject([
      { subject: account, keyId: expect.any(String) },
    ]);
    expect(await recorded(guest.id, 'user.merged_into')).toMatchObject([{ subject: account }]);
    expect(await recorded(account, 'user.merged_from')).toMatchObject([
      { subject: guest.id, details: { conversation: before.guest['conversation'] } },
    ]);
  });

  it('is not repeated by a job that runs again', async () => {
    const jobs = await app.database.admin(
      `update threadkeep.job set status = 'queued', wake_at = now(), due_at = now(),
         payload = jsonb_build_object('from', $1::text, 'to', $2::text, 'rename', false)
        where name = 'user.merge' returning id`,
      [guest.id, account],
    );
    const counted = await rowsOf(app, account);
    await eventually(
      async () => (await stateOf(jobs.rows[0]!['id'] as string))['status'] === 'completed',
    );
    expect(await rowsOf(app, account)).toEqual(counted);
  });

  it('erases everything of both with the account', async () => {
    await app.service.delete(`/v1/users/${account}`).expect(204);
    expect(new Set(Object.values(await rowsOf(app, account)))).toEqual(new Set([0]));
    const { rows } = await app.database.admin(
      `select from threadkeep.app_user where external_id = 'guest' or former_id = $1`,
      [guest.id],
    );
    expect(rows).toEqual([]);
    expect(await rowsOf(app, third.id)).toEqual(before.third);
  });
});

describe('names that both users have', () => {
  async function pair(write: (caller: Caller) => Promise<unknown>): Promise<[string, string]> {
    const [from, to] = [await newUser(randomUUID()), await newUser(randomUUID())];
    await write(app.actingFor(from));
    await write(app.actingFor(to));
    return [from, to];
  }

  it.each([
    ['conversation', (c: Caller) => c.post('/v1/conversations', { key: 'chat' }).expect(201)],
    ['agent_config', (c: Caller) => c.post('/v1/agent-configs', { name: 'chat' }).expect(201)],
    ['mcp_server', (c: Caller) => c.post('/v1/mcp-servers', sealedServer('chat', 's')).expect(201)],
  ])('of a %s are refused, or renamed when that is asked for', async (table, write) => {
    const [from, to] = await pair(write);
    const { collisions } = await preview(to, { from });
    expect(collisions).toEqual([
      { table, key: expect.any(String), count: 1, examples: ['chat'], canRename: true },
    ]);
    const refused = await app.service.post(`/v1/users/${to}/merge`, { from });
    expectProblem(refused, 409, 'user.merge_collides');
    expect(refused.body.collisions).toEqual(collisions);
    await merge(to, { from, onCollision: 'rename' });
    const column = table === 'conversation' ? 'key' : 'name';
    const { rows } = await app.database.admin(
      `select ${column} as name from threadkeep.${table} where user_id = $1 order by 1`,
      [to],
    );
    expect(rows).toEqual([{ name: 'chat' }, { name: expect.stringMatching(/^chat-[0-9a-f]{8}$/) }]);
  });

  it('of a block are refused, because contexts find blocks by their label', async () => {
    const [from, to] = await pair((c) => c.put('/v1/memory-blocks/persona', { content: 'x' }));
    const { collisions } = await preview(to, { from });
    expect(collisions).toMatchObject([{ key: 'memory__fingerprint', canRename: false }]);
    expectProblem(
      await app.service.post(`/v1/users/${to}/merge`, { from, onCollision: 'rename' }),
      409,
      'user.merge_collides',
    );
  });
});

describe('what a merge needs', () => {
  it('is two users who exist, differ and are active', async () => {
    const [one, other] = [await newUser('one'), await newUser('other')];
    const asked = (to: string, from: string) =>
      app.service.post(`/v1/users/${to}/merge`, { from, dryRun: true });
    expectProblem(await asked(one, 'one'), 409, 'user.not_mergeable');
    expectProblem(await asked(one, 'nobody at all'), 404, 'user.not_found');
    expectProblem(await asked(randomUUID(), 'one'), 404, 'user.not_found');
    await app.service.patch(`/v1/users/${other}`, { status: 'disabled' }).expect(200);
    expectProblem(await asked(one, 'other'), 409, 'user.not_mergeable');
    expectProblem(await asked(other, 'one'), 409, 'user.not_mergeable');
  });

  it('is a service key with the scope admin', async () => {
    const [one] = [await newUser('asks for itself'), await newUser('wanted')];
    expectProblem(
      await (await keyOf(one)).post(`/v1/users/${one}/merge`, { from: 'wanted' }),
      403,
      'access.forbidden',
    );
  });

  it('is that no job works on a filter of one of them', async () => {
    const [to, from] = [await newUser('busy'), await newUser('waits')];
    const job = randomUUID();
    await app.database.admin(
      `insert into threadkeep.job (id, user_id, name, max_attempts, payload)
       values ($1, $2, 'water.plants', 8, '{"filter":{}}')`,
      [job, to],
    );
    const merging = await start(to, { from });
    await eventually(async () => (await stateOf(merging))['error'] !== null);
    await app.service.get(`/v1/users/${from}`).expect(200);
    await app.database.admin(`delete from threadkeep.job where id = $1`, [job]);
    await eventually(async () => (await stateOf(merging))['status'] === 'completed');
  });
});

describe('what a merged user had removed or was known by', () => {
  it('is not imported again into the account', async () => {
    const [from, to] = [await newUser('removes'), await newUser('keeps')];
    const talk = (importKey: string) => ({
      importKey,
      messages: [{ role: 'user', content: 'hello' }],
    });
    for (const [user, key] of [
      [from, 'gone'],
      [to, 'gone, too'],
    ] as const) {
      const caller = app.actingFor(user);
      const { body } = await caller.post('/v1/conversations/import', talk(key)).expect(201);
      await caller
        .delete(`/v1/conversations/${body.conversation.id as string}?purge=true`)
        .expect(200);
    }
    await merge(to, { from });
    for (const key of ['gone', 'gone, too'])
      expectProblem(
        await app.actingFor(to).post('/v1/conversations/import', talk(key)),
        410,
        'conversation.deleted_import',
      );
  });

  it('is found by a merge after the next merge', async () => {
    const [a, b, c] = [await newUser('first'), await newUser('second'), await newUser('last')];
    await app.actingFor('first').post('/v1/tasks', { title: 'of the first' }).expect(201);
    await merge(b, { from: a });
    await merge(c, { from: b });
    const { body } = await app.actingFor('first').get('/v1/tasks').expect(200);
    expect(body.data).toMatchObject([{ title: 'of the first' }]);
    const gone = await app.service.get(`/v1/users/${a}`);
    expectProblem(gone, 410, 'user.merged');
    expect(gone.body.mergedInto).toBe(c);
  });

  it('lets a token of an outside issuer act for the account', async () => {
    const secret = new TextEncoder().encode(SUPABASE_SECRET);
    const token = await signed(
      { ...shape.payload('guest-of-issuer'), exp: now() + 600 },
      shape.header,
      secret,
    );
    const caller = app.anonymous.with({ authorization: `Bearer ${token}` });
    const from = (await caller.get('/v1/users/me').expect(200)).body.id as string;
    const to = await newUser('account of the token');
    await merge(to, { from });
    expect((await caller.get('/v1/users/me').expect(200)).body.id).toBe(to);
  });
});

describe('users with passwords', () => {
  const OTHER_PASSWORD = 'four herons under a bridge';
  const userWith = async (values: object) =>
    (await app.service.post('/v1/users', values).expect(201)).body.id as string;
  const login = (name: string, password: string) =>
    app.anonymous.post('/v1/auth/login', { login: name, password });
  const refresh = (refreshToken: string) =>
    app.anonymous.post('/v1/auth/refresh', { refreshToken });
  /** The user as whom somebody signs in. */
  const signedIn = async (name: string, password: string) => {
    const { accessToken } = (await login(name, password).expect(200)).body;
    const own = app.anonymous.with({ authorization: `Bearer ${accessToken as string}` });
    return (await own.get('/v1/users/me').expect(200)).body as Record<string, unknown>;
  };
  const refusedLogin = async (name: string, password: string) =>
    expectProblem(await login(name, password), 401, 'account.login_failed');
  const passwordsOf = async (userId: string) => (await rowsOf(app, userId))['account'];

  it('give the account their password and the names it goes with, when it has none', async () => {
    const from = await userWith({ email: 'Moves@mail.example', username: 'moves' });
    const to = await userWith({ externalId: 'gets a password', username: 'stays' });
    await giveAccount(app.database, from);
    await app.database.admin(
      `update threadkeep.account set verified_email = 'moves@mail.example' where user_id = $1`,
      [from],
    );
    await merge(to, { from });
    for (const name of ['moves@mail.example', 'moves', 'stays'])
      expect(await signedIn(name, PASSWORD)).toMatchObject({
        id: to,
        externalId: 'gets a password',
        email: 'Moves@mail.example',
        username: 'stays',
      });
    const { rows } = await app.database.admin(
      `select verified_email as email from threadkeep.account where user_id = $1`,
      [to],
    );
    expect(rows).toEqual([{ email: 'moves@mail.example' }]);
    for (const taken of [{ email: 'moves@mail.example' }, { username: 'Moves' }])
      expect((await app.service.post('/v1/users', taken)).status).toBe(409);
  });

  it('keep the password of the account, when both have one', async () => {
    const from = await userWith({ email: 'second@mail.example', username: 'second' });
    const to = await userWith({ email: 'first@mail.example' });
    await giveAccount(app.database, from);
    await giveAccount(app.database, to);
    await app.service.put(`/v1/users/${to}/password`, { password: OTHER_PASSWORD }).expect(204);
    const lost = await mailSecret(app.database, from, 'reset', 'second@mail.example');
    const kept = await mailSecret(app.database, to, 'reset', 'first@mail.example');
    expect((await preview(to, { from })).collisions).toEqual([]);
    await merge(to, { from });
    expect(await passwordsOf(to)).toBe(1);
    for (const name of ['first@mail.example', 'second@mail.example', 'second']) {
      expect(await signedIn(name, OTHER_PASSWORD)).toMatchObject({
        id: to,
        email: 'first@mail.example',
        username: null,
      });
      await refusedLogin(name, PASSWORD);
    }
    const reset = (secret: string) =>
      app.anonymous.post('/v1/auth/reset', { secret, password: 'nine otters in a canoe' });
    expectProblem(await reset(lost), 404, 'account.secret_invalid');
    expect((await reset(kept)).status).toBe(204);
  });

  it('leave an account alone, when they have no password', async () => {
    const from = await userWith({ email: 'contact@mail.example', username: 'contact' });
    const to = await userWith({ username: 'with.password' });
    await giveAccount(app.database, to);
    await merge(to, { from });
    expect(await signedIn('contact@mail.example', PASSWORD)).toMatchObject({
      id: to,
      email: null,
      username: 'with.password',
    });
  });

  it('lose their sessions, and those of the account go on', async () => {
    const from = await userWith({ username: 'signed.in' });
    const to = await userWith({ username: 'goes.on' });
    await giveAccount(app.database, from);
    await giveAccount(app.database, to);
    const ended = (await login('signed.in', PASSWORD).expect(200)).body;
    const own = app.anonymous.with({ authorization: `Bearer ${ended.accessToken as string}` });
    await own.get('/v1/users/me').expect(200);
    const goesOn = await openSession(app.database, to, 'a browser');
    await merge(to, { from });
    expectProblem(await own.get('/v1/users/me'), 401, 'access.unauthenticated');
    expectProblem(
      await own.post('/v1/tasks', { title: 'of nobody' }),
      401,
      'access.unauthenticated',
    );
    expectProblem(await refresh(ended.refreshToken as string), 401, 'account.session_ended');
    const { body } = await refresh(goesOn.refreshToken).expect(200);
    expect(body).toMatchObject({ userId: to, sessionId: goesOn.id });
    const { rows } = await app.database.admin(
      `select id from threadkeep.user_session where user_id = $1 and ended_at is null`,
      [to],
    );
    expect(rows).toEqual([{ id: goesOn.id }]);
  });
});

describe('columns of bytes', () => {
  /** Columns of users that hold no sealed values. */
  const OTHERS = [
    'account.verified_hmac',
    'api_key.hash',
    'app_user.email_hmac',
    'app_user.tombstone_key',
    'checkpoint.data',
    'checkpoint.metadata_data',
    'checkpoint_value.data',
    'checkpoint_write.data',
    'data_key.wrapped',
    'deleted_import.digest',
    'idempotency_key.request_hash',
    'mailed_secret.hash',
    'memory.fingerprint',
    'message.last_write',
    'message_embedding.vector',
    'user_session.hash',
    'user_session.last_turn',
    'user_session.turn',
    'user_session.turn_key',
  ];

  it('are sealed anew in a merge, or hold nothing sealed', async () => {
    const { rows } = await app.database.admin(
      `select c.table_name || '.' || c.column_name as name from information_schema.columns c
        where c.table_schema = 'threadkeep' and c.data_type = 'bytea' and (c.table_name = 'app_user' or exists (
          select from information_schema.columns o where o.table_schema = c.table_schema
             and o.table_name = c.table_name and o.column_name = 'user_id')) order by 1`,
    );
    const columns = app.app.get(SealedColumns).list();
    const named = (isText: boolean) =>
      columns
        .filter((one) => (one.isText ?? false) === isText)
        .map(({ table, column }) => `${table}.${column}`);
    expect(rows.map(({ name }) => name)).toEqual([...OTHERS, ...named(false)].sort());
    expect(named(true).sort()).toEqual([
      'conversation.title',
      'idempotency_key.body',
      'memory.content',
      'memory.reason',
      'message.content',
      'message_draft.metadata',
      'message_piece.content',
      'model_call.reply',
      'model_call.request',
      'summary.content',
      'turn.input',
      'turn.options',
    ]);
  });
});
