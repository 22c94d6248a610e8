import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  await app.listen();
});
afterAll(() => app.close());

const usersNamed = async (externalId: string, of = app) =>
  (
    await of.database.admin('select id from threadkeep.app_user where external_id = $1', [
      externalId,
    ])
  ).rows.map(({ id }) => id as string);

/** Node's client sends header text as Latin-1 (where no text body follows): this is how to send UTF-8. */
const utf8 = (text: string) => Buffer.from(text).toString('latin1');

const message = { role: 'user', content: 'Hello' };

describe('a service key that names an unknown externalId', () => {
  it('creates the user with the first write, and the second finds it', async () => {
    const ada = app.actingFor('ada');
    const first = (await ada.post('/v1/conversations', { title: 'one' }).expect(201)).body;
    const second = (await ada.post('/v1/conversations', { title: 'two' }).expect(201)).body;
    const [id, ...others] = await usersNamed('ada');
    expect(others).toEqual([]);
    expect((await ada.get('/v1/users/me')).body).toMatchObject({
      id,
      externalId: 'ada',
      name: null,
      email: null,
      settings: {},
      version: 1,
    });
    expect(
      (await app.actingFor(id!).get('/v1/conversations')).body.data.map(
        (item: { id: string }) => item.id,
      ),
    ).toEqual([second.id, first.id]);
    expect((await app.actingFor('someone else').get('/v1/conversations')).body.data).toEqual([]);
  });

  it('creates no user for reads', async () => {
    const reader = app.actingFor('reader');
    const id = '01900000-0000-7000-8000-000000000000';
    expect((await reader.get('/v1/conversations').expect(200)).body).toEqual({
      data: [],
      nextCursor: null,
    });
    expect((await reader.get('/v1/messages/search?q=anything').expect(200)).body).toEqual({
      data: [],
      searchedBy: 'index',
      complete: true,
    });
    for (const path of [
      `/v1/conversations/${id}`,
      `/v1/conversations/${id}/messages`,
      `/v1/conversations/${id}/messages/search?q=x`,
    ]) {
      expectProblem(await reader.get(path), 404, 'conversation.not_found');
    }
    expectProblem(await reader.get('/v1/users/me'), 404, 'user.not_found');
    expect(await usersNamed('reader')).toEqual([]);
  });

  it('creates no user for a write that fails', async () => {
    const writer = app.actingFor('writer');
    const id = '01900000-0000-7000-8000-000000000000';
    expectProblem(
      await writer.patch(`/v1/conversations/${id}`, { title: 'x' }),
      404,
      'conversation.not_found',
    );
    expectProblem(await writer.delete(`/v1/conversations/${id}`), 404, 'conversation.not_found');
    expectProblem(
      await writer.post('/v1/conversations', { title: 7 }),
      422,
      'request.invalid_body',
    );
    expectProblem(
      await writer.post(`/v1/conversations/${id}/messages`, message),
      404,
      'conversation.not_found',
    );
    const server = { name: 'files', transport: 'http', url: 'https://mcp.example.com/' };
    expectProblem(
      await writer.post('/v1/mcp-servers', {
        ...server,
        agentConfigId: id,
        headers: { authorization: 'Bearer secret' },
      }),
      422,
      'mcp_server.agent_config_not_found',
    );
    expect(await usersNamed('writer')).toEqual([]);
  });

  it('creates the user for an append that creates its conversation', async () => {
    const id = '01900000-0000-7000-8000-00000000aaaa';
    const { body } = await app
      .actingFor('appender')
      .post(`/v1/conversations/${id}/messages?createIfMissing=true`, message)
      .expect(201);
    expect(body.data[0]).toMatchObject({ seq: 1, conversationId: id });
    expect(await usersNamed('appender')).toHaveLength(1);
  });

  it('creates the user for a change of the user', async () => {
    const { body } = await app
      .actingFor('patcher')
      .patch('/v1/users/me', { name: 'Ada' })
      .expect(200);
    expect(await usersNamed('patcher')).toEqual([body.id]);
  });
});

describe('racing first writes for an externalId', () => {
  const race = <T>(count: number, one: (i: number) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, (_, i) => one(i)));

  it('create one user, and are all stored', async () => {
    const racer = app.actingFor('racer');
    await race(20, async (i) => racer.post('/v1/conversations', { title: `t${i}` }).expect(201));
    const ids = await usersNamed('racer');
    expect(ids).toHaveLength(1);
    const { body } = await racer.get('/v1/conversations?limit=100');
    expect(body.data.map((item: { title: string }) => item.title).sort()).toEqual(
      Array.from({ length: 20 }, (_, i) => `t${i}`).sort(),
    );
  });

  it('create one conversation when they all append to it', async () => {
    const id = '01900000-0000-7000-8000-00000000bbbb';
    const racer = app.actingFor('appending racer');
    await race(20, async () =>
      racer.post(`/v1/conversations/${id}/messages?createIfMissing=true`, message).expect(201),
    );
    const { body } = await racer.get(`/v1/conversations/${id}/messages?limit=100&order=asc`);
    expect(body.data.map((item: { seq: number }) => item.seq)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    expect(await usersNamed('appending racer')).toHaveLength(1);
  });

  it('create one user when they all change the user', async () => {
    const racer = app.actingFor('changing racer');
    const answers = await race(20, async (i) =>
      racer.patch('/v1/users/me', { settings: { [`from${i}`]: i } }).expect(200),
    );
    const [id, ...others] = await usersNamed('changing racer');
    expect(others).toEqual([]);
    expect(new Set(answers.map(({ body }) => (body as { id: string }).id))).toEqual(new Set([id]));
    const { body } = await racer.get('/v1/users/me').expect(200);
    expect(body.settings).toEqual(
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`from${i}`, i])),
    );
  });

  it('create one user for each externalId', async () => {
    await race(20, async (i) =>
      app
        .actingFor(`crowd ${i % 5}`)
        .post('/v1/conversations')
        .expect(201),
    );
    for (let i = 0; i < 5; i++) {
      expect(await usersNamed(`crowd ${i}`)).toHaveLength(1);
      expect((await app.actingFor(`crowd ${i}`).get('/v1/conversations')).body.data).toHaveLength(
        4,
      );
    }
  });
});

describe('an externalId in the Threadkeep-User header', () => {
  const write = (as: Caller) => as.call('post', '/v1/conversations');

  it('may be a UUID of the application', async () => {
    const externalId = '5b1c9df0-6a8c-4a62-9d1c-2f0a5d7f1e11';
    await write(app.actingFor(externalId)).expect(201);
    const [id] = await usersNamed(externalId);
    expect(id).not.toBe(externalId);
    expect((await app.actingFor(externalId).get('/v1/users/me')).body.id).toBe(id);
  });

  it('means the user with this id when another user has it as externalId', async () => {
    const ada = (await app.service.post('/v1/users', { externalId: 'by id' }).expect(201)).body;
    // As it may stand in a database of the time when that was not refused.
    const other = '01900000-0000-7000-8000-0000000000e1';
    await app.database.admin('insert into threadkeep.app_user (id, external_id) values ($1, $2)', [
      other,
      ada.id,
    ]);
    expect((await app.actingFor(ada.id).get('/v1/users/me')).body).toEqual(ada);
    expect((await app.actingFor(`external:${ada.id}`).get('/v1/users/me')).body.id).toBe(other);
    expect((await app.service.get(`/v1/users?externalId=${ada.id}`)).body.data).toMatchObject([
      { id: ada.id },
    ]);
    expect(
      (await app.service.get(`/v1/users?externalId=external:${ada.id}`)).body.data,
    ).toMatchObject([{ id: other }]);
  });

  it.each(['Zoë', '日本語', 'עדה', '😀', 'ß', 'a b+c/d?e=f&g', "o'hara; --", '%41'])(
    'may be %s',
    async (externalId) => {
      await write(app.actingFor(utf8(externalId))).expect(201);
      const [id, ...others] = await usersNamed(externalId);
      expect(others).toEqual([]);
      expect(
        (await app.service.get(`/v1/users?externalId=${encodeURIComponent(externalId)}`)).body.data,
      ).toMatchObject([{ id, externalId }]);
    },
  );

  it('is read as Latin-1 when it is not valid UTF-8', async () => {
    await write(app.actingFor('caf\u00e9')).expect(201);
    expect(await usersNamed('café')).toHaveLength(1);
  });

  it('has 1 to 255 characters', async () => {
    await write(app.actingFor('x'.repeat(255))).expect(201);
    await write(app.actingFor(utf8('日'.repeat(255)))).expect(201);
    for (const wrong of ['x'.repeat(256), '', '   ']) {
      const problem = expectProblem(
        await write(app.actingFor(wrong)),
        400,
        'request.invalid_query',
      );
      expect(problem['errors']).toEqual([
        { pointer: 'Threadkeep-User', message: expect.any(String) },
      ]);
    }
  });

  it('counts characters in code points, as elsewhere', async () => {
    const externalId = '😀'.repeat(200);
    const { id } = (await app.service.post('/v1/users', { externalId }).expect(201)).body;
    expect((await app.actingFor(utf8(externalId)).get('/v1/users/me').expect(200)).body.id).toBe(
      id,
    );
    expect(
      (await app.service.get(`/v1/users?externalId=${encodeURIComponent(externalId)}`).expect(200))
        .body.data,
    ).toMatchObject([{ id }]);
  });
});

describe('with AUTO_CREATE_USERS=false', () => {
  let strict: TestApp;
  beforeAll(async () => {
    strict = await createTestApp({ AUTO_CREATE_USERS: 'false' });
  });
  afterAll(() => strict.close());

  it('refuses an unknown externalId, and creates no user', async () => {
    expectProblem(await strict.actingFor('ada').post('/v1/conversations'), 403, 'access.forbidden');
    expectProblem(await strict.actingFor('ada').get('/v1/conversations'), 403, 'access.forbidden');
    expect(await usersNamed('ada', strict)).toEqual([]);
  });

  it('accepts users that were created explicitly', async () => {
    await strict.service.post('/v1/users', { externalId: 'bob' }).expect(201);
    await strict.actingFor('bob').post('/v1/conversations').expect(201);
    expectProblem(
      await strict.actingFor('carol').post('/v1/conversations'),
      403,
      'access.forbidden',
    );
  });
});
