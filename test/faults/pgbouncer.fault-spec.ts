import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase, statement } from '../../src/platform/database/index.js';
import { Api } from '../support/api.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { type Login, PgBouncer, SERVER_CONNECTIONS } from '../support/pgbouncer.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { inParallel } from '../support/wire.js';

const TRANSACTIONS = 10_000;
const USERS = 50;

interface Seen {
  role: string;
  user: string | null;
  rows: string[] | null;
}

const SEEN = statement<Seen>(
  'test.seen',
  `select current_user as role, nullif(current_setting('app.user_id', true), '') as user,
          (select array_agg(distinct user_id::text) from threadkeep.conversation) as rows`,
);
const TOUCH = statement(
  'test.touch',
  `update threadkeep.conversation set title = $2 where user_id = $1`,
);
const TITLES = statement<{ title: string }>(
  'test.titles',
  'select title from threadkeep.conversation where user_id = $1',
);
const BROKEN = statement('test.broken', 'select 1 / 0');
const PREPARED = statement<{ count: number }>(
  'test.prepared',
  'select count(*)::int as count from pg_prepared_statements',
);

describe('behind PgBouncer in transaction mode', () => {
  const newLogin = (): Login => ({
    user: `threadkeep_pooled_${randomBytes(4).toString('hex')}`,
    password: randomBytes(12).toString('hex'),
  });
  const [login, system] = [newLogin(), newLogin()];
  let database: TestDatabase;
  let bouncer: PgBouncer;
  let app: TestApp;
  let scoped: ScopedDatabase;
  let contexts: RequestContexts;

  beforeAll(async () => {
    database = await createTestDatabase();
    bouncer = await PgBouncer.start(database.adminUrl, login, system);
    const urls = {
      DATABASE_ADMIN_URL: database.adminUrl,
      DATABASE_URL: bouncer.through(database.adminUrl, login),
      DATABASE_SYSTEM_URL: bouncer.through(database.adminUrl, system),
    };
    app = await createTestApp(
      { ...urls, DB_TRANSACTION_POOLER: 'true', DB_POOL_SIZE: '20' },
      database,
    );
    scoped = app.app.get(ScopedDatabase);
    contexts = app.app.get(RequestContexts);
  });
  afterAll(async () => {
    await app?.close();
    await bouncer?.stop();
    for (const { user } of [login, system]) await database.admin(`drop role if exists ${user}`);
    await database.drop();
  });

  /** What a user's transaction may see: the login, the user, and rows of nobody else. */
  const isOwn = (seen: Seen[], user: string) =>
    JSON.stringify(seen) === JSON.stringify([{ role: login.user, user, rows: [user] }]);
  const isSystem = ([seen]: Seen[]) =>
    seen?.role === system.user && seen.user === null && seen.rows?.length === USERS;

  it(`keeps ${USERS} users apart in ${TRANSACTIONS} transactions over ${SERVER_CONNECTIONS} connections`, async () => {
    const seed = numberFromEnvironment('TEST_SEED', Date.now() % 1_000_000);
    const random = new Seeded(seed);
    const users = Array.from({ length: USERS }, () => uuidv7());
    for (const id of users) {
      await database.admin('insert into threadkeep.app_user (id) values ($1)', [id]);
      await database.admin('insert into threadkeep.conversation (user_id, id) values ($1, $2)', [
        id,
        uuidv7(),
      ]);
    }
    const wrong: unknown[] = [];
    const check = (holds: boolean, what: unknown) => void (holds || wrong.push(what));
    const kinds: ((user: string, n: number) => Promise<void>)[] = [
      async (user) =>
        scoped.read(SEEN, []).then((seen) => check(isOwn(seen, user), { user, seen })),
      async (user) =>
        scoped.write(SEEN, []).then((seen) => check(isOwn(seen, user), { user, seen })),
      async (user, n) =>
        scoped.transaction(async () => {
          await scoped.write(TOUCH, [user, `turn ${n}`]);
          const seen = await scoped.read(SEEN, []);
          check(isOwn(seen, user), { user, seen });
          const titles = await scoped.read(TITLES, [user]);
          check(titles.length === 1 && titles[0]!.title === `turn ${n}`, { user, titles });
        }),
      async (user) =>
        scoped.write(BROKEN, []).then(
          () => check(false, user),
          (error: { code?: string }) => check(error.code === '22012', error),
        ),
      async () =>
        scoped
          .runAsSystem('a test', () => scoped.read(SEEN, []))
          .then((seen) => check(isSystem(seen), seen)),
    ];
    const plan = Array.from({ length: TRANSACTIONS }, () => ({
      user: random.pick(users),
      kind: random.pick(kinds),
    }));
    await inParallel(plan, 40, ({ user, kind }, n) =>
      contexts.runAsUser(user, () => kind(user, n)),
    );
    expect({ seed, wrong: wrong.slice(0, 5) }).toEqual({ seed, wrong: [] });

    const servers = (await bouncer.show('servers', login)).filter(
      (server) => server['database'] === database.name && server['user'] === login.user,
    );
    expect(servers.length).toBeGreaterThan(0);
    expect(servers.length).toBeLessThanOrEqual(SERVER_CONNECTIONS);
    const prepared = await Promise.all(
      Array.from({ length: 20 }, () =>
        contexts.runAsUser(users[0]!, () => scoped.read(PREPARED, [])),
      ),
    );
    expect(prepared.flat()).toEqual(Array(20).fill({ count: 0 }));
  });

  it('serves the whole API', async () => {
    const ada: Caller = app.actingFor('ada');
    const create = () =>
      ada
        .with({ 'idempotency-key': 'pooled' })
        .post('/v1/conversations', { title: 'Pooled', tags: ['x'] })
        .expect(201);
    const { body: conversation } = await create();
    expect((await create().expect('idempotent-replayed', 'true')).body).toEqual(conversation);
    const path = `/v1/conversations/${conversation.id}`;
    const said = ['the first', 'the second', 'the third'].map((content) => ({
      role: 'user',
      content,
    }));
    await ada.post(`${path}/messages`, { messages: said, expectedSeq: 0 }).expect(201);
    await ada.post(`${path}/messages`, { messages: said, expectedSeq: 0 }).expect(409);
    expect((await ada.get(`${path}/messages?order=asc`).expect(200)).body.data).toEqual(
      said.map((message) => expect.objectContaining(message)),
    );
    expect((await ada.get('/v1/messages/search?q=second').expect(200)).body.data.length).toBe(1);
    expect((await ada.patch(path, { status: 'archived' }).expect(200)).body.status).toBe(
      'archived',
    );
    expect((await ada.get('/v1/conversations?tag=x').expect(200)).body.data.length).toBe(1);
    const fork = (await ada.post(`${path}/fork`, { seq: 2 }).expect(201)).body as {
      id: string;
      lastSeq: number;
    };
    expect(fork.lastSeq).toBe(2);
    await ada.delete(path).expect(204);
    await ada.post(`${path}/restore`).expect(200);
    await app.actingFor('bob').get(path).expect(404);

    const { body: me } = await ada.get('/v1/users/me').expect(200);
    const { body: key } = await app.service.post('/v1/api-keys', { userId: me.id }).expect(201);
    const own = app.anonymous.with({ authorization: `Bearer ${key.key}` });
    await own.get(path).expect(200);
    await app.service.delete(`/v1/api-keys/${key.id}`).expect(204);
    await own.get(path).expect(401);
    await app.service.delete(`/v1/users/${me.id}`).expect(204);
    expect(
      (await app.database.admin('select from threadkeep.message where user_id = $1', [me.id]))
        .rowCount,
    ).toBe(0);
    await app.anonymous.get('/health/ready').expect(200);
  });

  it('does not notice that PgBouncer reloads, goes on by itself after a restart of it, and loses nothing that was acknowledged', async () => {
    const api = new Api(
      await app.listen(),
      { authorization: `Bearer ${app.serviceKey}`, 'threadkeep-user': 'eve' },
      20,
    );
    const { id } = (await api.insist<{ id: string }>('/v1/conversations', {}, 'eve')).body;
    let acknowledged = 0;
    let repeatedAfterReload = -1;
    const writing = Array.from({ length: 400 }, async (_, n) => {
      await api.insist(
        `/v1/conversations/${id}/messages`,
        { role: 'user', content: `m${n}` },
        `eve-${n}`,
      );
      acknowledged++;
      if (acknowledged === 50)
        await bouncer.reload(login).then(() => (repeatedAfterReload = api.repeated));
      if (acknowledged === 150) await bouncer.restart();
    });
    await Promise.all(writing);
    api.close();
    expect(repeatedAfterReload).toBe(0);
    expect(api.repeated).toBeGreaterThan(0);
    const { rows } = await database.admin(
      'select count(*)::int, count(distinct content)::int as contents, max(seq) from threadkeep.message where conversation_id = $1',
      [id],
    );
    expect(rows).toEqual([{ count: 400, contents: 400, max: 400 }]);
  });
});
