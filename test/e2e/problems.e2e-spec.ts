import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { withTestRoles } from '../support/database.js';
import { expectProblem } from '../support/problem.js';

let app: TestApp;
let ada: Caller;
let bob: Caller;
let conversation: string;
beforeAll(async () => {
  app = await createTestApp({ MAX_BODY_BYTES: '20000' });
  [ada, bob] = [app.actingFor('ada'), app.actingFor('bob')];
  conversation = `/v1/conversations/${(await ada.post('/v1/conversations').expect(201)).body.id}`;
  await bob.post('/v1/conversations').expect(201);
});
afterAll(() => app.close());

const missing = '/v1/conversations/01900000-0000-7000-8000-000000000000';
const raw = (contentType: string, body: string) =>
  ada.with({ 'content-type': contentType }).call('post', '/v1/conversations').send(body);

describe('every refusal is a problem document', () => {
  const cases: [string, () => PromiseLike<Parameters<typeof expectProblem>[0]>, number, string][] =
    [
      ['no credential', () => app.anonymous.get('/v1/users'), 401, 'access.unauthenticated'],
      ['no user named', () => app.service.get('/v1/conversations'), 400, 'access.user_required'],
      ['not for users', () => ada.get('/v1/users'), 403, 'access.forbidden'],
      ['no such route', () => ada.get('/v1/nothing?secret=1'), 404, 'request.route_not_found'],
      [
        'no such route without a credential',
        () => app.anonymous.post('/nothing', {}),
        404,
        'request.route_not_found',
      ],
      [
        'no such method',
        () => ada.call('put', '/v1/conversations', {}),
        405,
        'request.method_not_allowed',
      ],
      ['a missing conversation', () => ada.get(missing), 404, 'conversation.not_found'],
      ["another user's conversation", () => bob.get(conversation), 404, 'conversation.not_found'],
      [
        'a path value that is no id',
        () => ada.get('/v1/conversations/1'),
        400,
        'request.invalid_query',
      ],
      [
        'a path that cannot be decoded',
        () => ada.get('/v1/conversations/%zz'),
        400,
        'request.malformed',
      ],
      [
        'a part of the path that is too long',
        () => ada.get(`/v1/conversations/${'x'.repeat(521)}`),
        414,
        'request.uri_too_long',
      ],
      [
        'an unknown parameter',
        () => ada.get('/v1/conversations?nope=1'),
        400,
        'request.invalid_query',
      ],
      [
        'a body that is no JSON',
        () => raw('application/json', '{"title":'),
        400,
        'request.malformed',
      ],
      [
        'a body that is not UTF-8',
        () =>
          ada
            .with({ 'content-type': 'application/json' })
            .call('post', '/v1/conversations')
            .serialize(() => Buffer.from([0x22, 0xff, 0x22]) as never)
            .send({}),
        400,
        'request.malformed',
      ],
      [
        'a body that is no object',
        () => raw('application/json', '[]'),
        422,
        'request.invalid_body',
      ],
      [
        'a body that is too large',
        () => raw('application/json', `{"title":"${'x'.repeat(20_000)}"}`),
        413,
        'request.too_large',
      ],
      [
        'a body of another type',
        () => raw('text/plain', 'x'),
        415,
        'request.unsupported_media_type',
      ],
      [
        'a form',
        () => raw('application/x-www-form-urlencoded', 'title=x'),
        415,
        'request.unsupported_media_type',
      ],
      [
        'a field that is wrong',
        () => ada.post('/v1/conversations', { title: 1 }),
        422,
        'request.invalid_body',
      ],
      [
        'an Idempotency-Key that is none',
        () => ada.with({ 'idempotency-key': 'a b' }).post('/v1/conversations'),
        400,
        'idempotency.invalid_key',
      ],
      [
        'an outdated edit',
        () => ada.with({ 'if-match': '"77"' }).patch(conversation, { title: 'x' }),
        412,
        'request.precondition_failed',
      ],
      [
        'an append to another head',
        () =>
          ada.post(`${conversation}/messages`, {
            messages: [{ role: 'user', content: 'x' }],
            expectedSeq: 9,
          }),
        409,
        'conversation.head_moved',
      ],
      [
        'a fork beyond the end',
        () => ada.post(`${conversation}/fork`, { seq: 9 }),
        422,
        'conversation.seq_out_of_range',
      ],
      [
        'a missing user',
        () => app.service.get('/v1/users/01900000-0000-7000-8000-000000000000'),
        404,
        'user.not_found',
      ],
      [
        'a missing key',
        () => app.service.delete('/v1/api-keys/01900000-0000-7000-8000-000000000000'),
        404,
        'api_key.not_found',
      ],
    ];

  it.each(cases)('%s', async (_what, call, status, code) => {
    const response = await call();
    const problem = expectProblem(response, status, code);
    expect(response.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect(response.text).not.toMatch(/\bat .*\.[jt]s\b|select |insert |node_modules/i);
    const known = [
      'type',
      'title',
      'status',
      'detail',
      'code',
      'instance',
      'requestId',
      'errors',
      'version',
      'etag',
      'headSeq',
      'lastSeq',
    ];
    expect(Object.keys(problem).filter((key) => !known.includes(key))).toEqual([]);
  });

  it("answers another user's id and an unknown id with the same bytes", async () => {
    const strip = (problem: object) => ({ ...problem, instance: undefined, requestId: undefined });
    const [foreign, random] = [await bob.get(conversation), await bob.get(missing)];
    expect(strip(foreign.body)).toEqual(strip(random.body));
  });

  it('accepts each media type of JSON, and no body', async () => {
    await raw('application/json; charset=utf-8', '{"title":"a"}').expect(201);
    await raw('application/vnd.example+json', '{"title":"a"}').expect(201);
    await raw('application/json', '').expect(201);
    await ada.call('post', '/v1/conversations').expect(201);
  });
});

describe('a refusal says what may have been meant', () => {
  it('names the methods of a route', async () => {
    for (const [method, path, allow] of [
      ['put', '/v1/conversations', 'GET, HEAD, POST'],
      ['get', '/mcp', 'POST'],
      ['post', '/v1/users/me', 'DELETE, GET, HEAD, PATCH'],
      ['post', '/openapi.json', 'GET, HEAD'],
      ['delete', '/docs', 'GET, HEAD'],
      ['put', '/docs/start', 'GET, HEAD'],
      ['post', '/llms.txt', 'GET, HEAD'],
    ] as const) {
      const answer = await app.anonymous.call(method, path);
      expectProblem(answer, 405, 'request.method_not_allowed');
      expect([path, answer.headers['allow'], answer.body.detail]).toEqual([
        path,
        allow,
        `It takes ${allow}.`,
      ]);
    }
  });

  it.each([
    ['/users', '/v1/users'],
    ['/v1/conversation', '/v1/conversations'],
    ['/v1/users/?limit=1', '/v1/users'],
    ['/conversations/17/mesages', '/v1/conversations/17/messages'],
  ])('answers to %s with %s', async (path, meant) => {
    const problem = expectProblem(await app.service.get(path), 404, 'request.route_not_found');
    expect(problem['detail']).toBe(`Did you mean ${meant}?`);
  });

  it('names a field that is spelled like it, and the form of a credential', async () => {
    const answer = await app.service.post('/v1/users', { external_id: 'ada', other: 1 });
    expect(expectProblem(answer, 422, 'request.invalid_body')['errors']).toEqual([
      { pointer: '/external_id', message: 'is not a known field; did you mean externalId?' },
      { pointer: '/other', message: 'is not a known field' },
    ]);
    for (const authorization of [app.serviceKey, `Token ${app.serviceKey}`, ''])
      expect(
        expectProblem(
          await app.anonymous.with({ authorization }).get('/v1/users'),
          401,
          'access.unauthenticated',
        )['detail'],
      ).toBe('Send Authorization: Bearer <key>.');
  });
});

describe('the request id', () => {
  const idOf = async (headers: Record<string, string>) =>
    (await ada.with(headers).get('/v1/nothing')).headers['x-request-id'] as string;

  it.each(['abc', '018f2c4e-7b1a-7c3d-8e4f-0123456789ab', 'a/b:c=1;~!', 'x'.repeat(128)])(
    "is the client's when it sends a valid one: %s",
    async (id) => {
      const response = await ada.with({ 'x-request-id': id }).get('/v1/nothing');
      expect(response.headers['x-request-id']).toBe(id);
      expect(response.body.requestId).toBe(id);
      expect(
        (await ada.with({ 'x-request-id': id }).get('/v1/conversations').expect(200)).headers[
          'x-request-id'
        ],
      ).toBe(id);
    },
  );

  it.each(['', 'with space', 'x'.repeat(129), 'caf\u00e9', '"\t"'])(
    "is a new one when the client's is invalid: %j",
    async (id) => {
      expect(await idOf({ 'x-request-id': id })).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/,
      );
    },
  );

  it('differs for each request', async () => {
    expect(await idOf({})).not.toBe(await idOf({}));
  });
});

describe('an internal error', () => {
  let broken: TestApp;
  beforeAll(async () => {
    broken = await createTestApp();
    await broken.actingFor('ada').post('/v1/conversations').expect(201);
    await broken.database.admin(
      withTestRoles('revoke insert on threadkeep.conversation from threadkeep_app'),
    );
  });
  afterAll(() => broken.close());

  it('reveals nothing internal', async () => {
    const response = await broken
      .actingFor('ada')
      .post('/v1/conversations', { title: 'canary-title' });
    const { requestId, ...rest } = expectProblem(response, 500, 'server.internal');
    expect(requestId).toEqual(expect.any(String));
    expect(rest).toEqual({
      type: 'urn:threadkeep:problem:server.internal',
      title: 'Something went wrong on our side',
      status: 500,
      code: 'server.internal',
      instance: '/v1/conversations',
    });
  });

  it('does not affect other requests', async () => {
    for (const user of ['ada', 'bob'])
      await broken.actingFor(user).get('/v1/conversations').expect(200);
    expect((await broken.actingFor('ada').get('/v1/conversations')).body.data).toHaveLength(1);
  });

  it('is 503 with Retry-After when the database lacks a resource', async () => {
    const { admin } = broken.database;
    await admin(
      `create or replace function threadkeep.slow() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return null; end $$`,
    );
    await admin(
      'create trigger slow before update on threadkeep.app_user for each statement execute function threadkeep.slow()',
    );
    const impatient = await createTestApp({ DB_STATEMENT_TIMEOUT: '0.2' }, broken.database);
    try {
      const response = await impatient.actingFor('ada').patch('/v1/users/me', { name: 'x' });
      expectProblem(response, 503, 'server.timeout');
      expect(response.headers['retry-after']).toBe('1');
    } finally {
      await impatient.close();
    }
  });
});
