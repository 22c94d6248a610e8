import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApplication } from '../../src/application.js';
import { loadConfig } from '../../src/platform/config/config.js';
import { ScopedDatabase, statement } from '../../src/platform/database/index.js';
import { createLogger } from '../../src/platform/telemetry/logger.js';
import { ApiKeysService } from '../../src/users/index.js';
import { Caller } from '../support/app.js';
import { createTestDatabase, type TestDatabase, withTestRoles } from '../support/database.js';

const SECRET = 'tk_q7Wc2LbX0vRk9TzNf4HmYdEa8JpSu1Go6ViKxCt3BeQ';
let lines: string[] = [];
let ofStart: Record<string, unknown>[];
let database: TestDatabase;
let app: NestFastifyApplication;
let service: Caller;
const actingFor = (externalId: string) => service.with({ 'threadkeep-user': externalId });

beforeAll(async () => {
  database = await createTestDatabase();
  const config = loadConfig({
    DATABASE_URL: database.adminUrl,
    BOOTSTRAP_API_KEY: SECRET,
    LOG_LEVEL: 'trace',
  });
  app = await createApplication(
    config,
    createLogger(config.logLevel, { write: (line: string) => void lines.push(line) }),
  );
  await app.get(ApiKeysService).ensureFirst(SECRET);
  ofStart = entries();
  service = new Caller(app.getHttpServer(), { authorization: `Bearer ${SECRET}` });
});
beforeEach(() => {
  lines = [];
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const entries = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
const requests = () => entries().filter((entry) => 'route' in entry);

describe('the log of a start', () => {
  it('says in one line what does not work without VAULT_KEYS on a database of one’s own, and how to make a key', () => {
    const warnings = ofStart.filter(({ msg }) => String(msg).startsWith('VAULT_KEYS is not set'));
    expect(warnings).toEqual([
      {
        level: 'warn',
        time: expect.any(String),
        context: 'LocalKeyCustody',
        msg: expect.stringMatching(/cannot be saved.* npx threadkeep keys generate prints a key/),
      },
    ]);
  });
});

describe('the log at the level debug', () => {
  const statements = () => entries().filter(({ msg }) => msg === 'statement');

  it('names each statement of a request, with its milliseconds, rows and request', async () => {
    await actingFor('ada').post('/v1/conversations', { title: 'of ada' }).expect(201);
    lines = [];
    const caller = actingFor('ada').with({ 'x-request-id': 'mine' });
    await caller.get('/v1/conversations').expect(200);
    expect(statements()).toContainEqual({
      level: 'debug',
      time: expect.any(String),
      context: 'StatementLog',
      msg: 'statement',
      statement: expect.stringMatching(/^[a-z_]+\.[a-z_.]+$/),
      scope: 'user',
      ms: expect.any(Number),
      rows: 1,
      requestId: 'mine',
    });
    expect(lines.join('')).not.toContain('of ada');
    expect(lines.join('')).not.toMatch(/select /i);
  });

  it('says that a statement was put together for its request, and with which SQLSTATE one failed', async () => {
    const ada = actingFor('ada');
    await ada.get('/v1/conversations?filter[title]=of%20ada&count=true').expect(200);
    expect(statements().map(({ statement }) => statement)).toContain('anonymous');
    const database = app.get(ScopedDatabase);
    const fails = statement('test.divides_by_zero', 'select 1 / 0');
    await expect(
      database.runAsSystem('test', () => database.read(fails, [])),
    ).rejects.toMatchObject({ code: '22012' });
    expect(statements()).toContainEqual(
      expect.objectContaining({
        statement: 'test.divides_by_zero',
        scope: 'system',
        failed: '22012',
        ms: expect.any(Number),
      }),
    );
  });
});

describe('the log', () => {
  it('has one line for each request: who asked what, how it ended, and how long it took', async () => {
    const { headers } = await actingFor('ada')
      .post('/v1/conversations', { title: 'x' })
      .expect(201);
    const location = headers['location']!;
    await actingFor('bob').with({ 'x-request-id': 'mine' }).get(location).expect(404);
    await service.with({ authorization: '' }).get(`${location}/messages?limit=1`).expect(401);
    await service.get('/v1/nothing/here').expect(404);
    const plain = {
      level: 'info',
      time: expect.any(String),
      requestId: expect.any(String),
      ms: expect.any(Number),
    };
    const { rows } = await database.admin('select id from threadkeep.api_key');
    const keyId = (rows as { id: string }[])[0]!.id;
    expect(requests()).toEqual([
      {
        ...plain,
        requestId: headers['x-request-id'],
        keyId,
        method: 'POST',
        route: '/v1/conversations',
        status: 201,
      },
      {
        ...plain,
        requestId: 'mine',
        ownRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        keyId,
        method: 'GET',
        route: '/v1/conversations/:id',
        status: 404,
        code: 'conversation.not_found',
      },
      {
        ...plain,
        method: 'GET',
        route: '/v1/conversations/:id/messages',
        status: 401,
        code: 'access.unauthenticated',
      },
      {
        ...plain,
        method: 'GET',
        route: expect.any(String),
        status: 404,
        code: 'request.route_not_found',
      },
    ]);
    expect(lines.join('')).not.toContain(location);
  });

  it('says why it left the scope of a user', async () => {
    await actingFor('carol').get('/v1/conversations').expect(200);
    expect(entries()).toContainEqual(
      expect.objectContaining({
        level: 'debug',
        msg: 'system scope',
        reason: 'look up the user a service key names',
      }),
    );
  });
});

describe('what users say', () => {
  /** Sends `word` everywhere that a user can say something, on good ways and on bad ones. */
  async function sayEverywhere(word: string, as: Caller): Promise<void> {
    const { headers } = await as
      .post('/v1/conversations', { title: word, tags: [word], metadata: { [word]: word } })
      .expect(201);
    const path = headers['location'] as string;
    await as
      .post(`${path}/messages`, { role: 'user', content: word, metadata: { [word]: word } })
      .expect(201);
    await as.post(`${path}/messages`, { role: word, content: { [word]: word } }).expect(422);
    await as.get(`/v1/messages/search?q=${word}`).expect(200);
    await as.get(`/v1/conversations?tag=${word}&${word}=1`).expect(400);
    await as.patch('/v1/users/me', { name: word, settings: { [word]: word } }).expect(200);
    await as.get(`/v1/${word}`).expect(404);
    await as
      .with({ 'idempotency-key': word, cookie: word, 'user-agent': word })
      .post('/v1/conversations', { title: word })
      .expect(201);
    await as
      .with({ authorization: `Bearer tk_${word.repeat(4)}` })
      .get('/v1/conversations')
      .expect(401);
    await service
      .post('/v1/users', { externalId: `${word}2`, email: `${word}@example.org` })
      .expect(201);
    await service
      .post('/v1/users', { externalId: `${word}2`, email: `${word}@example.org` })
      .expect(409);
    await service.post('/v1/users', { email: word }).expect(422);
  }

  it.each(['ada', 'bob'])('is not in the log, at any level (%s)', async (user) => {
    const word = `canary${user}`;
    await sayEverywhere(word, actingFor(word));
    expect(requests().length).toBeGreaterThanOrEqual(12);
    expect(lines.filter((line) => line.toLowerCase().includes(word))).toEqual([]);
  });

  it('is not in the log of a failure of ours either, which has its request id, its code and where it happened', async () => {
    await database.admin(
      withTestRoles('revoke insert on threadkeep.conversation from threadkeep_app'),
    );
    await database.admin(
      `alter table threadkeep.app_user add constraint grumpy check (name <> 'canaryname') not valid`,
    );
    try {
      const { headers } = await actingFor('canaryuser')
        .post('/v1/conversations', { title: 'canarytitle', metadata: { a: 'canarymeta' } })
        .expect(500);
      const failure = entries().find(({ level }) => level === 'error');
      expect(failure).toMatchObject({
        context: 'Problem',
        requestId: headers['x-request-id'],
        code: 'server.internal',
        err: { code: '42501' },
      });
      expect((failure!['err'] as { stack: string }).stack).toMatch(/^ {4}at /);
      await actingFor('canaryuser').patch('/v1/users/me', { name: 'canaryname' }).expect(422);
      expect(
        lines.filter(
          (line) =>
            line.includes('canary') || line.includes('permission denied') || line.includes(SECRET),
        ),
      ).toEqual([]);
    } finally {
      await database.admin(
        withTestRoles('grant insert on threadkeep.conversation to threadkeep_app'),
      );
    }
  });
});

describe('keys', () => {
  it('are not in the log, neither when they are made nor when they are used', async () => {
    const { key } = (await service.post('/v1/api-keys', { name: 'x' }).expect(201)).body;
    await service
      .with({ authorization: `Bearer ${key}` })
      .get('/v1/users')
      .expect(200);
    await service.get('/v1/api-keys').expect(200);
    expect(requests()).toHaveLength(3);
    for (const secret of [key as string, SECRET])
      expect(lines.join('')).not.toContain(secret.slice(3));
  });
});
