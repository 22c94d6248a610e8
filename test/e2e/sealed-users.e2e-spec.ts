// Users whose e-mail, name and settings are stored sealed: every way to them, what the database holds, and switching it on and off.
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { ConfigError } from '../../src/platform/config/config.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { JobHandlers, type JobRun } from '../../src/platform/jobs/index.js';
import { KeyRotation, Vault } from '../../src/platform/vault/index.js';
import { PASSWORD } from '../support/accounts.js';
import { keptInRedis, tablesWithCanary as tablesWith } from '../support/canary.js';
import { createTestApp, type TestApp, vaultKey } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { SHAPES, signed, SUPABASE_SECRET } from '../support/issuers.js';
import { expectProblem } from '../support/problem.js';
import { runJob } from '../support/run-job.js';
import { RedisServer } from '../support/redis-server.js';
import { eventually } from '../support/wait.js';
import { inParallel } from '../support/wire.js';

const CANARY = 'canary7q';
const ON = { SEAL_USERS: 'true', REGISTRATION: 'open' };
const SUPABASE = 'Supabase with a secret';

interface UserBody {
  id: string;
  email: string | null;
  name: string | null;
  settings: Record<string, unknown>;
  version: number;
}

let count = 0;
const fieldsOf = (n = ++count) => ({
  email: `${CANARY}.${n}@Mail.example`,
  name: `Name ${CANARY} ${n}`,
  settings: { secret: `${CANARY} ${n}`, deep: { language: 'en' } },
});

const tablesWithCanary = (database: TestDatabase, canary = CANARY) => tablesWith(database, canary);

const create = async ({ service }: TestApp, body: object): Promise<UserBody> =>
  (await service.post('/v1/users', body).expect(201)).body as UserBody;
const read = async ({ service }: TestApp, id: string): Promise<UserBody> =>
  (await service.get(`/v1/users/${id}`).expect(200)).body as UserBody;
const idsFor = async ({ service }: TestApp, query: string): Promise<string[]> =>
  ((await service.get(`/v1/users?${query}`).expect(200)).body.data as UserBody[]).map(
    ({ id }) => id,
  );

/** Ends it as a crash would after so many steps. */
const convert = (app: TestApp, steps?: number) => runJob(app, 'user.seal', steps);

describe('users with sealed fields', () => {
  let redis: RedisServer;
  let app: TestApp;
  beforeAll(async () => {
    redis = await RedisServer.start();
    const issuer = SHAPES[SUPABASE]!.entry('');
    app = await createTestApp({
      ...ON,
      LOGINS_PER_MINUTE: '1000',
      REDIS_URL: redis.url,
      JWT_ISSUERS: JSON.stringify([issuer]),
    });
  });
  afterAll(async () => {
    await app.close();
    await redis.stop();
  });

  const ofIssuer = async (claims: object) => {
    const { header, payload } = SHAPES[SUPABASE]!;
    const token = await signed(
      { ...payload(uuidv7()), ...claims },
      header,
      Buffer.from(SUPABASE_SECRET),
    );
    return app.anonymous.with({ authorization: `Bearer ${token}` });
  };

  it('are shown as they were given, by every way to them', async () => {
    const fields = fieldsOf();
    const user = await create(app, { externalId: 'shown', ...fields });
    expect(user).toMatchObject(fields);
    expect(await read(app, user.id)).toEqual(user);
    expect((await app.actingFor('shown').get('/v1/users/me').expect(200)).body).toEqual(user);
    const { body } = await app.service.get('/v1/users?externalId=shown').expect(200);
    expect(body.data).toEqual([user]);
  });

  it('merge settings, keep other fields, and refuse an outdated version', async () => {
    const fields = fieldsOf();
    const user = await create(app, { externalId: 'edited', ...fields });
    const me = app.actingFor('edited');
    await me.patch('/v1/users/me', { settings: { secret: null, more: 1 } }).expect(200);
    await me.patch('/v1/users/me', { name: `other ${CANARY}` }).expect(200);
    expect(await read(app, user.id)).toMatchObject({
      email: fields.email,
      name: `other ${CANARY}`,
      settings: { deep: { language: 'en' }, more: 1 },
      version: 3,
    });
    const stale = app.service.with({ 'if-match': '"1"' });
    expectProblem(
      await stale.patch(`/v1/users/${user.id}`, { name: 'x' }),
      412,
      'request.precondition_failed',
    );
  });

  it('are edited in parallel without a loss', async () => {
    const user = await create(app, fieldsOf());
    await inParallel(
      Array.from({ length: 12 }, (_, n) => n),
      12,
      async (n) => {
        await app.service.patch(`/v1/users/${user.id}`, { settings: { [`k${n}`]: n } }).expect(200);
      },
    );
    expect(Object.keys((await read(app, user.id)).settings)).toHaveLength(14);
  });

  it('keep addresses unique whatever their capitals', async () => {
    const { email } = await create(app, {
      email: `Ünique@MÜNCHEN.${CANARY}.example`.replace('Ü', 'u'),
    });
    expectProblem(
      await app.service.post('/v1/users', { email: email!.toLowerCase() }),
      409,
      'user.email_taken',
    );
    const other = await create(app, fieldsOf());
    expectProblem(
      await app.service.patch(`/v1/users/${other.id}`, { email: email!.toUpperCase() }),
      409,
      'user.email_taken',
    );
  });

  it('are found by the whole address, and by nothing that needs plain text', async () => {
    const { id, email } = await create(app, fieldsOf());
    const other = await create(app, { username: 'without.address' });
    const asked = encodeURIComponent(email!.toUpperCase());
    expect(await idsFor(app, `filter[email]=${asked}`)).toEqual([id]);
    expect(await idsFor(app, `filter[email][in]=${asked},nobody@mail.example`)).toEqual([id]);
    const rest = await idsFor(app, `filter[email][ne]=${asked}&limit=100`);
    expect(rest).toContain(other.id);
    expect(rest).not.toContain(id);
    expect(await idsFor(app, 'filter[email][exists]=true&limit=100')).toContain(id);
    expect(await idsFor(app, 'filter[email][exists]=false&limit=100')).not.toContain(id);
    const json = JSON.stringify({ not: { or: [{ email }] } });
    expect(await idsFor(app, `filter=${encodeURIComponent(json)}&limit=100`)).not.toContain(id);
    for (const query of [
      'q=canary',
      'filter[email][contains]=canary',
      'filter[name]=x',
      'filter[settings]={"a":1}',
      'filter={"or":[{"settingsValues":{"a":1}}]}',
    ])
      expectProblem(await app.service.get(`/v1/users?${query}`), 400, 'request.invalid_query');
  });

  it('are replayed by an Idempotency-Key as they were, from an answer that is sealed', async () => {
    const keyed = app.service.with({ 'idempotency-key': uuidv7() });
    const fields = fieldsOf();
    const first = await keyed.post('/v1/users', fields).expect(201);
    await app.service.patch(`/v1/users/${first.body.id as string}`, { name: 'later' }).expect(200);
    const again = await keyed.post('/v1/users', fields).expect(201);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.text).toBe(first.text);
  });

  it('sign in by address and by username, and a token of an issuer creates them', async () => {
    const { email, name } = fieldsOf();
    const account = { email, username: 'signs.in', name, password: PASSWORD };
    await app.anonymous.post('/v1/auth/register', account).expect(201);
    expectProblem(
      await app.anonymous.post('/v1/auth/register', { ...account, username: 'other.name' }),
      409,
      'user.email_taken',
    );
    for (const login of [email.toUpperCase(), 'Signs.In'])
      await app.anonymous.post('/v1/auth/login', { login, password: PASSWORD }).expect(200);
    const outside = await (
      await ofIssuer({ email: `outside.${email}` })
    )
      .get('/v1/users/me')
      .expect(200);
    expect(outside.body.email).toBe(`outside.${email}`);
    const second = await (
      await ofIssuer({ email: email.toUpperCase() })
    )
      .get('/v1/users/me')
      .expect(200);
    expect(second.body.email).toBeNull();
  });

  it('merge: the account keeps its fields, and the address of the other finds it', async () => {
    const guest = fieldsOf();
    const registered = await app.anonymous
      .post('/v1/auth/register', { ...guest, settings: undefined, password: PASSWORD })
      .expect(201);
    const from = registered.body.tokens.userId as string;
    const kept = await create(app, { name: `kept ${CANARY}` });
    await app.service.post(`/v1/users/${kept.id}/merge`, { from }).expect(202);
    const database = app.app.get(ScopedDatabase);
    const handler = app.app.get(JobHandlers).get('user.merge');
    const step = <T>(work: () => Promise<T>) => database.transaction(work);
    const job = { attempt: 1, signal: new AbortController().signal, report: () => undefined, step };
    await app.database.admin(`delete from threadkeep.job where name = 'user.merge'`);
    await database.runAsSystem('test a merge', () =>
      handler.run({ from, to: kept.id, rename: false }, job as unknown as JobRun),
    );
    expect(await read(app, kept.id)).toMatchObject({ name: `kept ${CANARY}`, email: guest.email });
    const { body } = await app.anonymous
      .post('/v1/auth/login', { login: guest.email, password: PASSWORD })
      .expect(200);
    expect(body.userId).toBe(kept.id);
    expectProblem(
      await app.service.post('/v1/users', { email: guest.email }),
      409,
      'user.email_taken',
    );
  });

  it('are read by two statements for a page of a hundred', async () => {
    await inParallel(
      Array.from({ length: 100 }, (_, n) => n),
      10,
      async () => {
        await create(app, fieldsOf());
      },
    );
    const statements = jest.spyOn(ScopedDatabase.prototype, 'read');
    const { body } = await app.service.get('/v1/users?limit=100').expect(200);
    const names = statements.mock.calls.map(([{ name }]) => name);
    statements.mockRestore();
    expect(names).toEqual(['', 'data_key.find_all']);
    for (const { name } of body.data as UserBody[]) expect(name).toContain(CANARY);
  });

  it('are still read after a rotation of the vault’s keys', async () => {
    const fields = fieldsOf();
    const { id } = await create(app, fields);
    const keys = { VAULT_KEYS: `${vaultKey('next')},${vaultKey('test')}` };
    const next = await createTestApp({ ...ON, ...keys }, app.database);
    try {
      const rotation = next.app.get(KeyRotation);
      const system = next.app.get(ScopedDatabase);
      const done = await system.runAsSystem('rotate', () => rotation.rewrap((write) => write()));
      expect(done).toBeGreaterThan(100);
      expect(await read(next, id)).toMatchObject(fields);
      expect(await idsFor(next, `filter[email]=${encodeURIComponent(fields.email)}`)).toEqual([id]);
    } finally {
      await next.close();
      const old = await createTestApp(
        { ...ON, VAULT_KEYS: `${vaultKey('test')},${vaultKey('next')}` },
        app.database,
      );
      await old.app
        .get(ScopedDatabase)
        .runAsSystem('rotate back', () => old.app.get(KeyRotation).rewrap((write) => write()));
      await old.close();
    }
  });

  it('cannot be read without their data key: 409, and others are listed', async () => {
    const user = await create(app, { externalId: 'shredded', ...fieldsOf() });
    const other = await create(app, fieldsOf());
    await app.app.get(RequestContexts).runAsUser(user.id, () => app.app.get(Vault).shred());
    expectProblem(await app.service.get(`/v1/users/${user.id}`), 409, 'vault.unreadable');
    expectProblem(await app.actingFor('shredded').get('/v1/users/me'), 409, 'vault.unreadable');
    expectProblem(
      await app.service.patch(`/v1/users/${user.id}`, { name: 'x' }),
      409,
      'vault.unreadable',
    );
    const { body } = await app.service.get('/v1/users?limit=2').expect(200);
    expect(body.data).toMatchObject([
      { id: other.id, email: other.email },
      { id: user.id, email: null, name: null, settings: {} },
    ]);
    await app.service.delete(`/v1/users/${user.id}`).expect(204);
  });

  it('leave nothing plain in any table, nor in Redis', async () => {
    expect(await tablesWithCanary(app.database)).toEqual([]);
    const me = app.actingFor('shown');
    const conversation = await me.post('/v1/conversations').expect(201);
    await me.get(`/v1/conversations/${conversation.body.id as string}`).expect(200);
    await me.post('/v1/memories/search', { query: 'what did I say yesterday' }).expect(200);
    const wrong = { login: `${CANARY}.9@mail.example`, password: 'wrong' };
    await app.anonymous.post('/v1/auth/login', wrong).expect(401);
    await eventually(async () => (await keptInRedis(redis)).length > 0);
    const kept = await keptInRedis(redis);
    expect(kept.filter((text) => text.toLowerCase().includes(CANARY))).toEqual([]);
  });
});

describe('switching the sealing of users', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  const withApp = async (
    environment: Record<string, string>,
    work: (app: TestApp) => Promise<void>,
  ) => {
    const app = await createTestApp({ REGISTRATION: 'open', ...environment }, database);
    try {
      await work(app);
    } finally {
      await app.close();
    }
  };

  it('is refused at the start without keys, and says what to set', async () => {
    const started = createTestApp({ SEAL_USERS: 'true', VAULT_KEYS: '' }, database);
    await expect(started).rejects.toThrow(ConfigError);
    await expect(started).rejects.toThrow(/SEAL_USERS=true needs .*VAULT_KEYS/);
  });

  it('seals what is there beside writers, ends anywhere and goes on, and unseals it again', async () => {
    const wanted = new Map<string, ReturnType<typeof fieldsOf>>();
    await withApp({}, async (app) => {
      await inParallel(
        Array.from({ length: 250 }, (_, n) => n),
        10,
        async () => {
          const fields = fieldsOf();
          wanted.set((await create(app, fields)).id, fields);
        },
      );
      await app.anonymous
        .post('/v1/auth/register', { email: `account.${CANARY}@mail.example`, password: PASSWORD })
        .expect(201);
      await database.admin(
        `update threadkeep.account a set verified_email = u.email from threadkeep.app_user u where u.id = a.user_id`,
      );
      expect(await tablesWithCanary(database)).toEqual([
        'threadkeep.account',
        'threadkeep.app_user',
      ]);
    });
    const everybody = [...wanted.keys()];
    const expectAll = (app: TestApp) =>
      inParallel(everybody, 10, async (id) =>
        expect(await read(app, id)).toMatchObject(wanted.get(id)!),
      );
    const rename = (app: TestApp, round: string) =>
      inParallel(everybody.slice(0, 120), 6, async (id) => {
        const fields = wanted.get(id)!;
        const changes = { name: `${CANARY} ${round}`, email: `${round}.${fields.email}` };
        await app.service.patch(`/v1/users/${id}`, changes).expect(200);
        wanted.set(id, { ...fields, ...changes });
      });
    await withApp(ON, async (app) => {
      await expectAll(app);
      const taken = wanted.get(everybody[240]!)!.email.toUpperCase();
      expectProblem(await app.service.post('/v1/users', { email: taken }), 409, 'user.email_taken');
      const { rows: before } = await database.admin(`select id, version from threadkeep.app_user`);
      await convert(app, 1);
      const { rows: half } = await database.admin(
        `select count(*)::integer as n from threadkeep.app_user where sealed_fields is not null`,
      );
      expect(half[0]!['n']).toBe(100);
      await expectAll(app);
      await Promise.all([rename(app, 'on'), convert(app)]);
      await convert(app);
      await expectAll(app);
      expect(await tablesWithCanary(database)).toEqual([]);
      expect(before.length).toBe(251);
      await app.anonymous
        .post('/v1/auth/login', { login: `account.${CANARY}@mail.example`, password: PASSWORD })
        .expect(200);
      expectProblem(await app.service.post('/v1/users', { email: taken }), 409, 'user.email_taken');
    });
    await expect(createTestApp({ VAULT_KEYS: '' }, database)).rejects.toThrow(
      /sealed .* VAULT_KEYS/,
    );
    await withApp({}, async (app) => {
      await expectAll(app);
      const taken = wanted.get(everybody[240]!)!.email.toUpperCase();
      expectProblem(await app.service.post('/v1/users', { email: taken }), 409, 'user.email_taken');
      expectProblem(await app.service.get('/v1/users?q=x'), 400, 'request.invalid_query');
      await convert(app, 1);
      await Promise.all([rename(app, 'off'), convert(app)]);
      await convert(app);
      await expectAll(app);
      const { rows } = await database.admin(
        `select count(*)::integer as n from threadkeep.app_user where sealed_fields is not null`,
      );
      expect(rows[0]!['n']).toBe(0);
      expect((await database.admin(`select verified_email from threadkeep.account`)).rows).toEqual([
        { verified_email: `account.${CANARY}@mail.example` },
      ]);
      expect(await idsFor(app, `q=${CANARY}&limit=100`)).toHaveLength(100);
      expectProblem(await app.service.post('/v1/users', { email: taken }), 409, 'user.email_taken');
    });
  });

  it('erases answers that are kept for a replay and plain, and no others', async () => {
    const [before, after, other] = [uuidv7(), uuidv7(), uuidv7()];
    const [first, second] = [fieldsOf(), fieldsOf()];
    const keyed = (app: TestApp, key: string) => app.service.with({ 'idempotency-key': key });
    await withApp({}, async (app) => {
      await keyed(app, before).post('/v1/users', first).expect(201);
      await keyed(app, other).post('/v1/api-keys', {}).expect(201);
    });
    await withApp(ON, async (app) => {
      await keyed(app, after).post('/v1/users', second).expect(201);
      await convert(app);
      expect(await tablesWithCanary(database)).toEqual([]);
      expectProblem(await keyed(app, before).post('/v1/users', first), 410, 'idempotency.erased');
      const again = await keyed(app, after).post('/v1/users', second).expect(201);
      expect(again.body).toMatchObject(second);
      await keyed(app, other).post('/v1/api-keys', {}).expect(201);
    });
  });

  it('unseals the others when another user has the address of one by now', async () => {
    const [taken, free] = [fieldsOf(), fieldsOf()];
    const ids: string[] = [];
    await withApp(ON, async (app) => {
      for (const fields of [taken, free]) ids.push((await create(app, fields)).id);
      // As a process without keys could: the row of the other has no look-up value.
      await database.admin(`update threadkeep.app_user set email_hmac = null where id = $1`, [
        ids[0],
      ]);
      await database.admin(`insert into threadkeep.app_user (id, email) values ($1, $2)`, [
        uuidv7(),
        taken.email.toUpperCase(),
      ]);
    });
    await withApp({}, async (app) => {
      await convert(app);
      const { rows } = await database.admin(
        `select id from threadkeep.app_user where sealed_fields is not null`,
      );
      expect(rows).toEqual([{ id: ids[0] }]);
      expect(await read(app, ids[0]!)).toMatchObject(taken);
      expect(await read(app, ids[1]!)).toMatchObject(free);
    });
  });
});

describe('a user who is still sealed after a switch', () => {
  it('is edited although a plain row has the address, and gets another address', async () => {
    const database = await createTestDatabase();
    const ON = { SEAL_USERS: 'true' };
    const sealing = await createTestApp(ON, database);
    const fields = { email: 'both@mail.example', name: 'sealed', settings: { a: 1 } };
    const { id } = (await sealing.service.post('/v1/users', fields).expect(201)).body;
    await sealing.close();
    // As a process without keys could.
    await database.admin(`insert into threadkeep.app_user (id, email) values ($1, $2)`, [
      uuidv7(),
      'BOTH@mail.example',
    ]);
    const isSealed = async () =>
      (
        await database.admin(
          `select sealed_fields is not null as sealed from threadkeep.app_user where id = $1`,
          [id],
        )
      ).rows[0]!['sealed'] as boolean;
    const app = await createTestApp({}, database);
    const path = `/v1/users/${id as string}`;
    const { body } = await app.service.patch(path, { name: 'edited' }).expect(200);
    expect(body).toMatchObject({ ...fields, name: 'edited', version: 2 });
    expect(await isSealed()).toBe(true);
    expectProblem(
      await app.service.patch(path, { email: 'Both@mail.example' }),
      409,
      'user.email_taken',
    );
    const { body: moved } = await app.service
      .patch(path, { email: 'own@mail.example' })
      .expect(200);
    expect(moved).toMatchObject({ name: 'edited', email: 'own@mail.example', settings: { a: 1 } });
    expect(await isSealed()).toBe(false);
    expect(await idsFor(app, 'filter[email]=own@mail.example')).toEqual([id]);
    await app.close();
    await database.drop();
  });
});

describe('users with one address in other capitals, from releases that let them', () => {
  const LEGACY = 'A@mail.example';
  let app: TestApp;
  let database: TestDatabase;
  /** The second one is the exception that the index names. */
  const ids = [uuidv7(), uuidv7()] as const;
  beforeEach(async () => {
    database = await createTestDatabase();
    app = await createTestApp({ SEAL_USERS: 'true' }, database);
    await database.admin(`drop index threadkeep.app_user__email`);
    await database.admin(
      `create unique index app_user__email on threadkeep.app_user (threadkeep.fold_case(email),
         (case when md5(email) = any (array[md5('${LEGACY}')]) then email else '' end))`,
    );
    await database.admin(
      `insert into threadkeep.app_user (id, email, external_id)
       values ($1, 'a@mail.example', 'first'), ($2, '${LEGACY}', 'second')`,
      [...ids],
    );
  });
  afterEach(async () => {
    await app.close();
    await database.drop();
  });

  const found = async () => {
    const { rows } = await database.admin(
      `select id, email_hmac is not null as found, sealed_fields is not null as sealed
         from threadkeep.app_user order by id`,
    );
    return rows;
  };
  const EXPECTED = [
    { id: ids[0], found: true, sealed: true },
    { id: ids[1], found: false, sealed: true },
  ];

  it('are sealed by an edit, of a service or their own, and edited again', async () => {
    await app.service.patch(`/v1/users/${ids[0]}`, { name: 'first' }).expect(200);
    await app
      .actingFor('second')
      .patch('/v1/users/me', { settings: { a: 1 } })
      .expect(200);
    expect(await found()).toEqual(EXPECTED);
    await app.service.patch(`/v1/users/${ids[1]}`, { name: 'n', email: LEGACY }).expect(200);
    const { body } = await app.service.get(`/v1/users/${ids[1]}`).expect(200);
    expect(body).toMatchObject({ email: LEGACY, name: 'n', settings: { a: 1 } });
    expect(await found()).toEqual(EXPECTED);
  });

  it('are edited after the job has sealed them, and have a look-up value with an address of their own', async () => {
    await convert(app);
    expect(await found()).toEqual(EXPECTED);
    for (const id of ids) await app.service.patch(`/v1/users/${id}`, { name: 'x' }).expect(200);
    await app
      .actingFor('second')
      .patch('/v1/users/me', { settings: { a: 2 } })
      .expect(200);
    expect(await found()).toEqual(EXPECTED);
    expectProblem(
      await app.service.patch(`/v1/users/${ids[1]}`, { email: 'a@MAIL.example' }),
      409,
      'user.email_taken',
    );
    await app.service.patch(`/v1/users/${ids[1]}`, { email: 'b@mail.example' }).expect(200);
    expect(await idsFor(app, 'filter[email]=B@mail.example')).toEqual([ids[1]]);
  });
});
