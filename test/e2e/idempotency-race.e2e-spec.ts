import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { type Answer, Api, type Appended } from '../support/api.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';

const RACERS = 100;
const HELLO = { role: 'user', content: 'hello' };

interface Conversation {
  id: string;
  title: string;
}

describe('Idempotency-Key', () => {
  let app: TestApp;
  let url: string;
  let ada: Caller;
  let key: string;
  beforeAll(async () => {
    app = await createTestApp();
    url = await app.listen();
    ada = app.actingFor('ada');
    await ada.post('/v1/conversations').expect(201);
  });
  beforeEach(() => {
    key = `key-${uuidv7()}`;
  });
  afterAll(() => app.close());

  const keyed = (caller: Caller) => caller.with({ 'idempotency-key': key });
  const count = async (table: string) =>
    Number(
      (await app.database.admin(`select count(*) from threadkeep.${table}`)).rows[0]!['count'],
    );
  const newConversation = async (caller = ada) =>
    (await caller.post('/v1/conversations')).body.id as string;

  /** The same request a hundred times at once, over a hundred sockets. */
  async function race<T>(
    path: string,
    body: unknown,
    headers: Record<string, string> = { 'threadkeep-user': 'ada' },
  ): Promise<Answer<T>[]> {
    const api = new Api(
      url,
      { authorization: `Bearer ${app.serviceKey}`, 'idempotency-key': key, ...headers },
      RACERS,
    );
    try {
      return await Promise.all(Array.from({ length: RACERS }, () => api.post<T>(path, body)));
    } finally {
      api.close();
    }
  }

  /** One did it, the others got its answer or were asked to come back. @returns that answer. */
  function theOneAnswer<T>(answers: Answer<T>[]): T {
    const done = answers.filter(
      ({ status, headers }) => status === 201 && headers['idempotent-replayed'] === undefined,
    );
    expect(done.length).toBe(1);
    for (const { status, headers, body } of answers) {
      if (status === 409)
        expect([body, headers['retry-after']]).toEqual([
          expect.objectContaining({ code: 'idempotency.in_flight' }),
          '1',
        ]);
      else expect([status, body]).toEqual([201, done[0]!.body]);
    }
    return done[0]!.body;
  }

  it('stores one message of 100 equal concurrent appends, and replays it afterwards', async () => {
    const conversation = await newConversation();
    const before = await count('message');
    const body = theOneAnswer(
      await race<Appended>(`/v1/conversations/${conversation}/messages`, HELLO),
    );
    expect(await count('message')).toBe(before + 1);
    const replay = await keyed(ada)
      .post(`/v1/conversations/${conversation}/messages`, HELLO)
      .expect(201)
      .expect('idempotent-replayed', 'true');
    expect(replay.body).toEqual(body);
    expect((await ada.get(`/v1/conversations/${conversation}/messages`)).body.data).toEqual(
      body.data,
    );
  });

  it('creates one conversation of 100 requests, and replays Location and ETag', async () => {
    const before = await count('conversation');
    const { id } = theOneAnswer(await race<Conversation>('/v1/conversations', { title: 'one' }));
    expect(await count('conversation')).toBe(before + 1);
    await keyed(ada)
      .post('/v1/conversations', { title: 'one' })
      .expect(201)
      .expect('location', `/v1/conversations/${id}`)
      .expect('etag', '"1.0"');
  });

  it('creates one user and one conversation of 100 requests for an unknown user', async () => {
    const body = theOneAnswer(
      await race<Conversation>(
        '/v1/conversations',
        { title: 'first' },
        { 'threadkeep-user': 'newcomer' },
      ),
    );
    const list = (await app.actingFor('newcomer').get('/v1/conversations')).body
      .data as Conversation[];
    expect(list.map(({ id }) => id)).toEqual([body.id]);
  });

  it('creates one user of 100 requests of the service', async () => {
    const before = await count('app_user');
    theOneAnswer(await race<{ id: string }>('/v1/users', { externalId: `made-${key}` }, {}));
    expect(await count('app_user')).toBe(before + 1);
    await keyed(app.service)
      .post('/v1/users', { externalId: `made-${key}` })
      .expect(201)
      .expect('idempotent-replayed', 'true');
  });

  it('never stores a new API key: its replay carries null', async () => {
    const values = { name: 'worker' };
    const answers = await race<{ id: string; key: string | null }>('/v1/api-keys', values, {});
    const first = answers.find(
      ({ status, headers }) => status === 201 && !headers['idempotent-replayed'],
    )!.body;
    expect(first.key).toMatch(/^tk_/);
    const { body } = await keyed(app.service)
      .post('/v1/api-keys', values)
      .expect(201)
      .expect('idempotent-replayed', 'true');
    expect(body).toEqual({ ...first, key: null });
    const others = answers.filter(
      ({ status, body: other }) => status === 201 && other.key !== first.key,
    );
    expect(others.map(({ body: other }) => other)).toEqual(
      others.map(() => ({ ...first, key: null })),
    );
    const kept = await app.database.admin(
      'select body from threadkeep.service_idempotency_key where key = $1',
      [key],
    );
    expect(JSON.stringify(kept.rows)).not.toContain(first.key);
    expect(
      (await app.database.admin(`select from threadkeep.api_key where name = 'worker'`)).rowCount,
    ).toBe(1);
  });

  it('is separate for each user', async () => {
    const first = (await keyed(ada).post('/v1/conversations', { title: 'mine' }).expect(201))
      .body as Conversation;
    const other = await keyed(app.actingFor('bob'))
      .post('/v1/conversations', { title: 'mine' })
      .expect(201);
    expect(other.headers['idempotent-replayed']).toBeUndefined();
    expect(other.body.id).not.toBe(first.id);
    await keyed(app.actingFor('bob'))
      .post('/v1/conversations', { title: 'another body' })
      .expect(422);
    const service = await keyed(app.service).post('/v1/users', { name: 'unrelated' }).expect(201);
    expect(service.headers['idempotent-replayed']).toBeUndefined();
    expect(
      (await keyed(ada).post('/v1/conversations', { title: 'mine' }).expect(201)).body,
    ).toEqual(first);
  });

  it('refuses a different request with a used key', async () => {
    const [one, other] = [await newConversation(), await newConversation()];
    const caller = keyed(ada);
    await caller.post(`/v1/conversations/${one}/messages`, HELLO).expect(201);
    const before = await count('message');
    const others: [path: string, body: unknown][] = [
      [`/v1/conversations/${one}/messages`, { ...HELLO, content: 'other' }],
      [`/v1/conversations/${one}/messages?createIfMissing=true`, HELLO],
      [`/v1/conversations/${other}/messages`, HELLO],
      [`/v1/conversations/${one}/fork`, {}],
      ['/v1/conversations', {}],
    ];
    for (const [path, body] of others) {
      expect((await caller.post(path, body).expect(422)).body).toMatchObject({
        code: 'idempotency.key_reused',
      });
    }
    expect(await count('message')).toBe(before);
    await caller
      .post(`/v1/conversations/${one}/messages`, HELLO)
      .expect(201)
      .expect('idempotent-replayed', 'true');
  });

  it('can be used again when its request failed', async () => {
    const id = uuidv7();
    const caller = keyed(ada);
    const path = `/v1/conversations/${id}/messages`;
    await caller.post(path, { role: 'nobody', content: 'x' }).expect(422);
    await caller.post(path, HELLO).expect(404);
    await ada.post(`${path}?createIfMissing=true`, HELLO).expect(201);
    await caller.post(path, { messages: [HELLO], expectedSeq: 9 }).expect(409);
    const done = await caller.post(path, { messages: [HELLO], expectedSeq: 1 }).expect(201);
    expect(done.headers['idempotent-replayed']).toBeUndefined();
    expect(done.body.data[0].seq).toBe(2);
  });

  it('is stored in the transaction of the write', async () => {
    const conversation = await newConversation();
    await app.database.admin(`
      create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
      create trigger refuse before insert on threadkeep.idempotency_key for each row execute function public.refuse()`);
    const path = `/v1/conversations/${conversation}/messages`;
    await keyed(ada).post(path, HELLO).expect(500);
    expect((await ada.get(path)).body.data).toEqual([]);
    await app.database.admin('drop function public.refuse cascade');
    await keyed(ada).post(path, HELLO).expect(201);
    expect((await ada.get(path)).body.data.length).toBe(1);
  });

  it('expires after a day, and is deleted later', async () => {
    const body = { title: 'daily' };
    const first = (await keyed(ada).post('/v1/conversations', body).expect(201))
      .body as Conversation;
    await app.database.admin(
      `update threadkeep.idempotency_key set created_at = now() - interval '24 hours 1 second'`,
    );
    const second = await keyed(ada).post('/v1/conversations', body).expect(201);
    expect(second.headers['idempotent-replayed']).toBeUndefined();
    expect(second.body.id).not.toBe(first.id);
    const expired = `select from threadkeep.idempotency_key k join threadkeep.app_user u on u.id = k.user_id
                      where u.external_id = 'ada' and k.created_at < now() - interval '24 hours'`;
    const old = async () => (await app.database.admin(expired)).rowCount!;
    const before = await old();
    await ada
      .with({ 'idempotency-key': `${key}-later` })
      .post('/v1/conversations', body)
      .expect(201);
    expect(await old()).toBe(Math.max(0, before - 20));
  });

  it.each([
    ['an empty key', ''],
    ['a key of 256 characters', 'k'.repeat(256)],
    ['a key with a blank', 'a b'],
    ['a key that is not ASCII', 'clé'],
  ])('refuses %s', async (_title, value) => {
    const caller = ada.with({ 'idempotency-key': Buffer.from(value).toString('latin1') });
    expect((await caller.post('/v1/conversations').expect(400)).body).toMatchObject({
      code: 'idempotency.invalid_key',
    });
  });

  it('accepts a key of 255 characters', async () => {
    const caller = ada.with({ 'idempotency-key': 'k'.repeat(255) });
    await caller.post('/v1/conversations').expect(201);
    await caller.post('/v1/conversations').expect(201).expect('idempotent-replayed', 'true');
  });
});
