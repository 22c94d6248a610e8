// A merge that is undone leaves both users as they were, with what each wrote since.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { ExpirySweep } from '../../src/platform/jobs/expiry.job.js';
import type { JobRun } from '../../src/platform/jobs/index.js';
import { SealedColumns } from '../../src/platform/vault/index.js';
import { giveAccount, openSession, PASSWORD, PASSWORD_HASH } from '../support/accounts.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { createFullUser, rowsOf } from '../support/full-user.js';
import { contentsOf as contentsOfHits, search } from '../support/memories.js';
import { mergeCalls, sealedServer } from '../support/merges.js';
import { expectProblem } from '../support/problem.js';
import { eventually } from '../support/wait.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ JOB_CONCURRENCY: '2', MERGE_UNDO_DAYS: '3' });
});
afterAll(() => app?.close());

const { newUser, keyOf, stateOf, start, run, secretsOf } = mergeCalls(() => app);
const merge = (to: string, from: string, more: object = {}) =>
  run(`/v1/users/${to}/merge`, { from, ...more });
const undo = (to: string, from: string) => run(`/v1/users/${to}/merge/undo`, { from });
const refused = async (to: string, from: string) =>
  expectProblem(
    await app.service.post(`/v1/users/${to}/merge/undo`, { from, dryRun: true }),
    409,
    'user.not_undoable',
  );

const create = async (caller: Caller, path: string, body: object = {}) =>
  (await caller.post(path, body).expect(201)).body as { id: string };
const select = async (text: string, ...values: unknown[]) =>
  (await app.database.admin(text, values)).rows;

/** What an undo does not bring back as it was, or what is another value with the same meaning. */
const CHANGED: Record<string, string[]> = {
  api_key: ['last_used_at'],
  memory: ['revision'],
  memory_embedding: ['arrival'],
  memory_head: ['revision', 'moment', 'purged', 'embedded', 'embedded_to', 'embedded_by'],
  data_key: ['wrapped', 'created_at'],
  user_session: ['ended_at'],
};

type Rows = Record<string, unknown[]>;

/** All rows of a user, in each table. */
async function contentsOf(userId: string): Promise<Rows> {
  const sealed = app.app.get(SealedColumns).list();
  const contents: Rows = {};
  for (const table of Object.keys(await rowsOf(app, userId))) {
    const without = [
      ...(CHANGED[table] ?? []),
      ...sealed.filter((one) => one.table === table).map(({ column }) => column),
    ];
    const rows = await select(
      `select to_jsonb(t) - $2::text[] as row from threadkeep.${table} t where user_id = $1 order by 1`,
      userId,
      without,
    );
    contents[table] = rows.map(({ row }) => row);
  }
  return contents;
}

const userRow = async (id: string) =>
  (
    await select(
      `select to_jsonb(u) - '{version,updated_at,last_erasure,tombstone_key,former_tombstone_keys}'::text[]
         as row from threadkeep.app_user u where id = $1`,
      id,
    )
  )[0]!['row'];

describe('undoing the merge of a user with rows in every table', () => {
  let guest: Awaited<ReturnType<typeof createFullUser>>;
  let third: Awaited<ReturnType<typeof createFullUser>>;
  let account: string;
  let own: Caller;
  let configId: string;
  let before: Record<'guest' | 'account' | 'third', Rows>;
  let usersBefore: unknown[];
  let fingerprints: unknown[];
  const named = `select id, fingerprint from threadkeep.memory where user_id = any ($1) order by id`;

  beforeAll(async () => {
    guest = await createFullUser(app, 'guest');
    third = await createFullUser(app, 'third');
    account = await newUser({ externalId: 'account', email: 'account@mail.example' });
    own = await keyOf(account);
    for (const caller of [own, guest.own]) {
      await create(caller, '/v1/memories', { content: 'something to remember twice' });
      await create(caller, '/v1/memories', {
        kind: 'episode',
        content: 'they met',
        validFrom: '2026-01-02T03:04:05.678Z',
      });
      await create(caller, '/v1/conversations', { key: 'chat' });
      await create(caller, '/v1/agent-configs', {
        name: 'a name that both of them have given '.repeat(3),
      });
      await create(
        caller,
        '/v1/mcp-servers',
        sealedServer('mine', `secret of ${caller === own ? 'account' : 'guest'}`),
      );
    }
    await create(own, '/v1/memories', { content: 'the account likes tea' });
    await own.post('/v1/memories/search', { query: 'remember' }).expect(200);
    await giveAccount(app.database, account);
    await openSession(app.database, account, 'the browser of the account');
    configId = (
      await guest.own.get('/v1/agent-configs?filter[name]=something%20to%20run').expect(200)
    ).body.data[0].id;
    before = {
      guest: await contentsOf(guest.id),
      account: await contentsOf(account),
      third: await contentsOf(third.id),
    };
    fingerprints = await select(named, [guest.id, account]);
    usersBefore = [await userRow(guest.id), await userRow(account)];
    await merge(account, 'guest', { onCollision: 'rename' });
  });

  it('tells in a dry run what would go back, and gives nothing back', async () => {
    const { body } = await app.service
      .post(`/v1/users/${account}/merge/undo`, { from: 'guest', dryRun: true })
      .expect(200);
    const rows = Object.fromEntries(
      Object.entries(before.guest).map(([table, { length }]) => [table, length]),
    );
    // Steps restore what there is once for each user, and the merge has removed mailed secrets.
    const others = { account: 0, data_key: 0, memory_head: 0, mailed_secret: 0 };
    expect(body.rows).toMatchObject({ ...rows, ...others });
    expect(body.takenNames).toEqual([]);
    expect((await rowsOf(app, guest.id))['conversation']).toBe(0);
  });

  it('gives each row back, and leaves third users alone', async () => {
    await undo(account, guest.id);
    const { mailed_secret, ...expected } = before.guest;
    const { mailed_secret: left, ...found } = await contentsOf(guest.id);
    expect(found).toEqual(expected);
    expect([mailed_secret, left]).toEqual([[expect.anything()], []]);
    expect(await contentsOf(account)).toEqual(before.account);
    expect(await contentsOf(third.id)).toEqual(before.third);
    expect([await userRow(guest.id), await userRow(account)]).toEqual(usersBefore);
  });

  it('recognises memories of both that are the same', async () => {
    expect(await select(named, [guest.id, account])).toEqual(fingerprints);
    for (const caller of [own, guest.own]) {
      const again = { content: 'something to remember twice' };
      expect((await caller.post('/v1/memories', again).expect(200)).body.strength).toBe(2);
    }
  });

  it('opens the sealed values of each, and of no other', async () => {
    const [ofGuest, shared] = [
      await secretsOf(guest.id, configId),
      await create(own, '/v1/agent-configs', { name: 'of the account' }),
    ];
    expect(ofGuest).toContain('secret of guest');
    expect(ofGuest).not.toContain('secret of account');
    const ofAccount = await secretsOf(account, shared.id);
    expect(ofAccount).toContain('secret of account');
    expect(ofAccount).not.toContain('secret of guest');
  });

  it('finds the words and memories of each, and of no other', async () => {
    const found = async (caller: Caller) =>
      [
        (await caller.post('/v1/memories/search', { query: 'remember' }).expect(200)).body.data,
        (await caller.get('/v1/messages/search?q=something').expect(200)).body.data,
      ].map(({ length }) => length as number);
    expect(await found(own)).toEqual([1, 0]);
    expect(await found(guest.own)).toEqual([2, 2]);
  });

  it('lets the key and the name of the guest act for the guest again', async () => {
    for (const caller of [guest.own, app.actingFor('guest'), app.actingFor(guest.id)])
      expect((await caller.get('/v1/users/me').expect(200)).body.id).toBe(guest.id);
    expect((await own.get('/v1/users/me').expect(200)).body.id).toBe(account);
    await app.service.get(`/v1/users/${guest.id}`).expect(200);
  });

  it('keeps nothing of it but audit records', async () => {
    expect(await select(`select from threadkeep.merge_undo where from_id = $1`, guest.id)).toEqual(
      [],
    );
    const recorded = async (userId: string, action: string) =>
      (
        await app.service
          .get(`/v1/admin/audit-log?filter[userId]=${userId}&filter[action]=${action}`)
          .expect(200)
      ).body.data as Record<string, unknown>[];
    expect(await recorded(account, 'user.merge_undo_requested')).toMatchObject([
      { subject: guest.id, keyId: expect.any(String) },
    ]);
    expect(await recorded(account, 'user.merge_undone')).toMatchObject([
      { subject: guest.id, details: { conversation: before.guest['conversation']!.length } },
    ]);
    expect(await recorded(guest.id, 'user.merge_undone')).toMatchObject([{ subject: account }]);
  });

  it('is not repeated by a job that runs again', async () => {
    const [job] = await select(
      `update threadkeep.job set status = 'queued', wake_at = now(), due_at = now(),
         payload = jsonb_build_object('from', $1::text, 'to', $2::text)
        where name = 'user.undo_merge' returning id`,
      guest.id,
      account,
    );
    const counted = await rowsOf(app, account);
    await eventually(async () => (await stateOf(job!['id'] as string))['status'] === 'completed');
    expect(await rowsOf(app, account)).toEqual(counted);
  });

  it('can be merged and undone again', async () => {
    const [ofGuest, ofAccount] = [await contentsOf(guest.id), await contentsOf(account)];
    await merge(account, 'guest', { onCollision: 'rename' });
    await undo(account, 'guest');
    expect(await contentsOf(guest.id)).toEqual(ofGuest);
    expect(await contentsOf(account)).toEqual(ofAccount);
  });
});

/** Two users with an externalId, and a key of each. */
async function pair(name: string) {
  const [from, to] = [await newUser(`${name} from`), await newUser(`${name} to`)];
  const [ofFrom, ofTo] = [await keyOf(from), await keyOf(to)];
  return { from, to, ofFrom, ofTo };
}
const owners = async (table: string, column: string, value: unknown) =>
  (
    await select(`select user_id as owner from threadkeep.${table} where ${column} = $1`, value)
  ).map(({ owner }) => owner);

describe('what was written since the merge', () => {
  it('below a row that moved goes back with it, and what begins anew stays', async () => {
    const { from, to, ofFrom, ofTo } = await pair('since');
    const [talk, config, memory] = [
      await create(ofFrom, '/v1/conversations'),
      await create(ofFrom, '/v1/agent-configs', { name: 'moves' }),
      await create(ofFrom, '/v1/memories', { content: 'likes tea' }),
    ];
    await merge(to, from);
    await create(ofTo, `/v1/conversations/${talk.id}/messages`, { role: 'user', content: 'since' });
    await ofTo.patch(`/v1/memories/${memory.id}`, { content: 'likes tea with milk' }).expect(200);
    await ofTo
      .post('/v1/mcp-servers', { ...sealedServer('since', 'below'), agentConfigId: config.id })
      .expect(201);
    const task = await create(ofTo, '/v1/tasks', { title: 'anew' });
    await undo(to, from);
    expect(await owners('message', 'conversation_id', talk.id)).toEqual([from]);
    expect(await owners('memory', 'id', memory.id)).toEqual([from, from]);
    expect(await owners('mcp_server', 'config_id', config.id)).toEqual([from]);
    expect(await owners('task', 'id', task.id)).toEqual([to]);
    expect(await secretsOf(from, config.id)).toContain('below');
    expect((await ofFrom.get(`/v1/memories/${memory.id}`).expect(200)).body.content).toBe(
      'likes tea with milk',
    );
    expectProblem(await ofTo.get(`/v1/conversations/${talk.id}`), 404, 'conversation.not_found');
  });

  it('and removed since stays removed', async () => {
    const { from, to, ofFrom, ofTo } = await pair('removes');
    const talk = await create(ofFrom, '/v1/conversations');
    const task = await create(ofFrom, '/v1/tasks', { title: 'goes' });
    await merge(to, from);
    await ofTo.delete(`/v1/conversations/${talk.id}?purge=true`).expect(200);
    await ofTo.delete(`/v1/tasks/${task.id}?purge=true`).expect(204);
    await undo(to, from);
    expect(await owners('conversation', 'id', talk.id)).toEqual([]);
    expect(await owners('task', 'id', task.id)).toEqual([]);
  });

  it('is not imported again by either user when it was removed', async () => {
    const { from, to } = await pair('tombstones');
    const imported = (importKey: string) => ({
      importKey,
      messages: [{ role: 'user', content: 'hello' }],
    });
    const removed = async (user: string, key: string) => {
      const caller = app.actingFor(user);
      const { conversation } = (
        await caller.post('/v1/conversations/import', imported(key)).expect(201)
      ).body;
      await caller.delete(`/v1/conversations/${conversation.id as string}?purge=true`).expect(200);
    };
    await removed(from, 'of from');
    await removed(to, 'of to');
    await merge(to, from);
    await removed(to, 'since');
    await undo(to, from);
    const answer = async (user: string, key: string) =>
      (await app.actingFor(user).post('/v1/conversations/import', imported(key))).status;
    expect(await answer(from, 'of from')).toBe(410);
    expect(await answer(from, 'since')).toBe(410);
    expect(await answer(from, 'of to')).toBe(201);
    expect(await answer(to, 'of to')).toBe(410);
    expect(await answer(to, 'since')).toBe(410);
    expect(await answer(to, 'of from')).toBe(201);
  });

  it('and uses a configuration of the other user uses none after it', async () => {
    const { from, to, ofFrom, ofTo } = await pair('references');
    const moved = await create(ofFrom, '/v1/agent-configs', { name: 'moves' });
    const stays = await create(ofTo, '/v1/agent-configs', { name: 'stays' });
    const mine = await create(ofFrom, '/v1/conversations', { agentConfigId: moved.id });
    const other = await create(ofFrom, '/v1/conversations', { agentConfigId: moved.id });
    await merge(to, from);
    const anew = await create(ofTo, '/v1/conversations', { agentConfigId: moved.id });
    await ofTo.patch(`/v1/conversations/${other.id}`, { agentConfigId: stays.id }).expect(200);
    await undo(to, from);
    const used = async (caller: Caller, { id }: { id: string }) =>
      (await caller.get(`/v1/conversations/${id}`).expect(200)).body.agentConfigId as unknown;
    expect(await used(ofFrom, mine)).toBe(moved.id);
    expect(await used(ofFrom, other)).toBeNull();
    expect(await used(ofTo, anew)).toBeNull();
  });

  it('is answered again under an Idempotency-Key to the user who has it now', async () => {
    const { from, to, ofFrom, ofTo } = await pair('answers');
    const talk = await create(ofFrom, '/v1/conversations');
    await merge(to, from);
    const say = (caller: Caller, key: string) =>
      caller
        .with({ 'idempotency-key': key })
        .post(`/v1/conversations/${talk.id}/messages`, { role: 'user', content: 'once' });
    const note = (caller: Caller) =>
      caller.with({ 'idempotency-key': 'a-note' }).post('/v1/tasks', { title: 'a note' });
    expect((await say(ofFrom, 'said')).status).toBe(201);
    const noted = await note(ofTo).expect(201);
    await undo(to, from);
    const again = await say(ofFrom, 'said').expect(201);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expectProblem(await say(ofTo, 'said'), 404, 'conversation.not_found');
    expect((await note(ofTo).expect(201)).body.id).toBe(noted.body.id);
  });

  it('takes the place of a provider key that moved, and stays', async () => {
    const { from, to } = await pair('provider');
    // As `PUT /v1/model-keys/:provider` does for a configured provider.
    const save = (userId: string, provider: string) =>
      select(
        `insert into threadkeep.model_key (user_id, provider, sealed) values ($1, $2, '\\x01')
         on conflict (user_id, provider) do update set sealed = excluded.sealed, updated_at = now()`,
        userId,
        provider,
      );
    for (const provider of ['first', 'second']) await save(from, provider);
    await merge(to, from);
    await save(to, 'first');
    await undo(to, from);
    expect(await owners('model_key', 'provider', 'first')).toEqual([to]);
    expect(await owners('model_key', 'provider', 'second')).toEqual([from]);
  });
});

describe('names that were changed by the merge', () => {
  it('come back, unless they were changed or given away since', async () => {
    const { from, to, ofFrom, ofTo } = await pair('names');
    const [config] = [await create(ofFrom, '/v1/agent-configs', { name: 'chat' })];
    const other = await create(ofFrom, '/v1/agent-configs', { name: 'help' });
    await create(ofTo, '/v1/agent-configs', { name: 'chat' });
    await create(ofTo, '/v1/agent-configs', { name: 'help' });
    await merge(to, from, { onCollision: 'rename' });
    await ofTo.patch(`/v1/agent-configs/${other.id}`, { name: 'changed since' }).expect(200);
    await undo(to, from);
    const nameOf = async ({ id }: { id: string }) =>
      (await ofFrom.get(`/v1/agent-configs/${id}`).expect(200)).body.name as string;
    expect(await nameOf(config)).toBe('chat');
    expect(await nameOf(other)).toBe('changed since');
  });

  it('of a login come back with the password, when they are free', async () => {
    const from = await newUser({ email: 'moves@mail.example', username: 'moves' });
    const to = await newUser({ externalId: 'gets a login' });
    await giveAccount(app.database, from);
    await merge(to, from);
    await app.service.patch(`/v1/users/${to}`, { username: 'something.else' }).expect(200);
    await newUser({ username: 'Moves' });
    const { body } = await app.service
      .post(`/v1/users/${to}/merge/undo`, { from, dryRun: true })
      .expect(200);
    expect(body.takenNames).toEqual(['username']);
    const begun = await openSession(app.database, to, 'signed in since');
    await undo(to, from);
    const user = async (id: string) =>
      (await app.service.get(`/v1/users/${id}`).expect(200)).body as object;
    expect(await user(from)).toMatchObject({ email: 'moves@mail.example', username: null });
    expect(await user(to)).toMatchObject({ email: null, username: 'something.else' });
    const login = { login: 'moves@mail.example', password: PASSWORD };
    expect((await app.anonymous.post('/v1/auth/login', login).expect(200)).body.userId).toBe(from);
    expect(await owners('account', 'password', PASSWORD_HASH)).not.toContain(to);
    expectProblem(
      await app.anonymous.post('/v1/auth/refresh', { refreshToken: begun.refreshToken }),
      401,
      'account.session_ended',
    );
  });

  it('leave a password that was set since with the user who has it', async () => {
    const from = await newUser({ username: 'had.one' });
    const to = await newUser({ externalId: 'sets another' });
    await giveAccount(app.database, from);
    await merge(to, from);
    const password = 'four herons under a bridge';
    await app.service.put(`/v1/users/${to}/password`, { password }).expect(204);
    await undo(to, from);
    const login = (sent: string) =>
      app.anonymous.post('/v1/auth/login', { login: 'had.one', password: sent });
    expect((await login(PASSWORD).expect(200)).body.userId).toBe(from);
    expectProblem(await login(password), 401, 'account.login_failed');
    expect((await rowsOf(app, to))['account']).toBe(1);
  });
});

describe('names that moved', () => {
  it('do not come back when the account has removed them since', async () => {
    const from = await newUser({ email: 'gone@mail.example', username: 'gone.since' });
    const to = await newUser({ externalId: 'removes a login' });
    await giveAccount(app.database, from);
    await merge(to, from);
    await app.service.patch(`/v1/users/${to}`, { email: null, username: null }).expect(200);
    const { body } = await app.service
      .post(`/v1/users/${to}/merge/undo`, { from, dryRun: true })
      .expect(200);
    expect(body.takenNames).toEqual(['email', 'username']);
    await undo(to, from);
    const restored = await app.service.get(`/v1/users/${from}`).expect(200);
    expect(restored.body).toMatchObject({ email: null, username: null });
    const login = { login: 'gone@mail.example', password: PASSWORD };
    expectProblem(await app.anonymous.post('/v1/auth/login', login), 401, 'account.login_failed');
  });
});

describe('which merges can be undone', () => {
  it('are not those into a user who is not active', async () => {
    const [from, to] = [await newUser('let out'), await newUser('banned')];
    await merge(to, from);
    await app.service.patch(`/v1/users/${to}`, { status: 'disabled' }).expect(200);
    await refused(to, from);
    await app.service.patch(`/v1/users/${to}`, { status: 'active' }).expect(200);
    await undo(to, from);
  });

  it('are those of a user who is there, into this user', async () => {
    const [{ from, to }, { to: other }] = [await pair('which'), await pair('another')];
    const asked = (id: string, name: string) =>
      app.service.post(`/v1/users/${id}/merge/undo`, { from: name, dryRun: true });
    expectProblem(await asked(to, from), 404, 'user.not_found');
    await merge(to, from);
    await refused(other, from);
    await refused(other, 'which from');
    expectProblem(await asked(from, from), 410, 'user.merged');
    const key = await keyOf(to);
    expectProblem(await key.post(`/v1/users/${to}/merge/undo`, { from }), 403, 'access.forbidden');
    expect((await asked(to, 'which from')).status).toBe(200);
  });

  it('are the last of several, and of a chain the outer first', async () => {
    const [a, b, c, d] = [
      await newUser('a'),
      await newUser('b'),
      await newUser('c'),
      await newUser('d'),
    ];
    await app.actingFor('a').post('/v1/tasks', { title: 'of a' }).expect(201);
    await merge(b, a);
    await merge(c, b);
    await merge(c, d);
    await refused(c, b);
    await refused(c, a);
    await undo(c, d);
    await refused(c, a);
    await undo(c, b);
    expect((await app.actingFor('a').get('/v1/users/me').expect(200)).body.id).toBe(b);
    await undo(b, a);
    expect((await app.actingFor('a').get('/v1/tasks').expect(200)).body.data).toMatchObject([
      { title: 'of a' },
    ]);
    for (const id of [a, b, c, d]) await app.service.get(`/v1/users/${id}`).expect(200);
  });

  it('are not too long ago, and nothing of them is kept after that', async () => {
    const { from, to } = await pair('late');
    await app.actingFor(from).post('/v1/tasks', { title: 'moves' }).expect(201);
    await merge(to, from);
    const days = await select(
      `select extract(day from expires_at - merged_at)::integer as days from threadkeep.merge_undo
        where user_id = $1`,
      to,
    );
    expect(days[0]!['days']).toBeGreaterThanOrEqual(2);
    const kept = () => select(`select from threadkeep.merge_undo_part where user_id = $1`, to);
    expect(await kept()).not.toEqual([]);
    await app.database.admin(
      `update threadkeep.merge_undo set expires_at = now() - interval '1 second' where user_id = $1`,
      [to],
    );
    await refused(to, from);
    await select(
      `update threadkeep.job set wake_at = now(), due_at = now() where name = $1 and status = 'queued'`,
      app.app.get(ExpirySweep).name,
    );
    await eventually(async () => (await kept()).length === 0);
  });

  it('are those of users who were not erased', async () => {
    const { from, to } = await pair('erased');
    await app.actingFor(from).post('/v1/tasks', { title: 'moves' }).expect(201);
    await merge(to, from);
    await app.service.delete(`/v1/users/${to}`).expect(204);
    expect(await select(`select from threadkeep.merge_undo_part where from_id = $1`, from)).toEqual(
      [],
    );
    expectProblem(
      await app.service.post(`/v1/users/${to}/merge/undo`, { from }),
      404,
      'user.not_found',
    );
  });

  it('wait for a job that works on a filter of the user', async () => {
    const { from, to } = await pair('busy');
    await merge(to, from);
    const [job] = await select(
      `insert into threadkeep.job (id, user_id, name, max_attempts, payload)
       values (gen_random_uuid(), $1, 'water.plants', 8, '{"filter":{}}') returning id`,
      to,
    );
    const undoing = await start(`/v1/users/${to}/merge/undo`, { from });
    await eventually(async () => (await stateOf(undoing))['error'] !== null);
    expectProblem(await app.service.get(`/v1/users/${from}`), 410, 'user.merged');
    await select(`delete from threadkeep.job where id = $1`, job!['id']);
    await eventually(async () => (await stateOf(undoing))['status'] === 'completed');
    await app.service.get(`/v1/users/${from}`).expect(200);
  });
});

describe.each([
  ['MERGE_UNDO_DAYS=0', { MERGE_UNDO_DAYS: '0' }],
  ['SEAL_USERS=true', { SEAL_USERS: 'true' }],
])('merges with %s', (_, settings) => {
  let other: TestApp;
  beforeAll(async () => {
    other = await createTestApp({ JOB_CONCURRENCY: '2', ...settings });
  });
  afterAll(() => other?.close());

  it('keep nothing, and cannot be undone', async () => {
    const [from, to] = await Promise.all(
      ['from', 'to'].map(
        async (externalId) =>
          (await other.service.post('/v1/users', { externalId }).expect(201)).body.id as string,
      ),
    );
    await other.service.post(`/v1/users/${to}/merge`, { from }).expect(202);
    await eventually(async () => (await other.service.get(`/v1/users/${from}`)).status === 410);
    expect((await other.database.admin(`select from threadkeep.merge_undo`)).rows).toEqual([]);
    expectProblem(
      await other.service.post(`/v1/users/${to}/merge/undo`, { from }),
      409,
      'user.not_undoable',
    );
  });
});

describe('SEAL_USERS, switched on after a merge', () => {
  it('forgets what would bring names back in the clear, and refuses the undo before that', async () => {
    const from = await newUser({ externalId: 'sealed later', email: 'later@mail.example' });
    const to = await newUser('keeps the address');
    await giveAccount(app.database, from);
    await merge(to, from);
    const sealing = await createTestApp({ SEAL_USERS: 'true' }, app.database);
    try {
      expectProblem(
        await sealing.service.post(`/v1/users/${to}/merge/undo`, { from }),
        409,
        'user.not_undoable',
      );
      const run = { step: (work: () => unknown) => work(), report: () => undefined };
      const sweep = () => sealing.app.get(ExpirySweep).run({}, run as unknown as JobRun);
      await sealing.app.get(ScopedDatabase).runAsSystem('sweep', sweep);
      expect(await select('select from threadkeep.merge_undo')).toEqual([]);
    } finally {
      await sealing.close();
    }
  });
});

describe('undoing the merge of a user of whom no memory is left', () => {
  it('lets searches find what is written then, and nothing that was purged', async () => {
    const to = await newUser({ externalId: 'purger' });
    const [guest, purger] = [app.actingFor('purged'), app.actingFor('purger')];
    const { id } = await create(guest, '/v1/memories', { content: 'a boat in Oslo' });
    await create(purger, '/v1/memories', { content: 'a house in Oslo' });
    const found = async (): Promise<string[]> =>
      contentsOfHits(await search(guest, 'a boat or a house'));
    for (let i = 0; i < 2; i++) expect(await found()).toEqual(['a boat in Oslo']);

    await merge(to, 'purged');
    await purger.delete(`/v1/memories/${id}?purge=true`).expect(204);
    await undo(to, 'purged');
    expect(await found()).toEqual([]);
    await create(guest, '/v1/memories', { content: 'a house in Rome' });
    expect(await found()).toEqual(['a house in Rome']);
  });
});
