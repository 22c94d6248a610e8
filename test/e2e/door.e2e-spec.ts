// What is decided from the head of a request, before a byte of its body is read.
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { hashSecret } from '../../src/users/api-keys/api-key-secret.js';
import { ApiKeysRepository } from '../../src/users/api-keys/api-keys.repository.js';
import { KeyLookups } from '../../src/users/authentication/key-lookups.js';
import { bearer } from '../support/tenants.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { head } from '../support/raw-socket.js';
import { startApi } from '../support/started-api.js';
import { eventually } from '../support/wait.js';
import { Wire } from '../support/wire.js';

const MIB = 1024 * 1024;
/** Without the parts. A busy machine is `degraded`. */
const STATUS_ALONE = { status: expect.stringMatching(/^(ok|degraded)$/) };
const { app, url, wire, routes, document, operations, close } = await startApi({
  MAX_BODY_BYTES: String(MIB),
  MAX_SMALL_BODY_BYTES: '20000',
  MAX_BODY_BYTES_IN_FLIGHT: String(4 * MIB),
});
afterAll(() => close());

interface Heard {
  status: number;
  text: string;
  /** Whether the server closed the connection. */
  closed: Promise<void>;
  socket: Socket;
}

/** Sends a head and, of the body that it announces, only what is given; what is heard while the connection is still open. */
function announce(
  to: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | Buffer = '',
): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(to);
    const socket = connect(Number(port), hostname);
    const closed = new Promise<void>((done) => socket.once('close', () => done()));
    let text = '';
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
      if (status !== undefined && (text.includes('\r\n\r\n{') || method === 'HEAD'))
        resolve({ status: Number(status), text, closed, socket });
    });
    void closed.then(() => reject(new Error(`closed without an answer: ${text}`)));
    socket.write(head(method, path, headers));
    if (body.length > 0) socket.write(body);
  });
}

const LARGE = { 'content-type': 'application/json', 'content-length': String(8 * MIB) };
const codeOf = ({ text }: { text: string }): unknown =>
  (JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4) || '{}') as { code?: unknown }).code;
const user = { authorization: `Bearer ${app.serviceKey}`, 'threadkeep-user': 'ada' };
const service = bearer(app.serviceKey);
const filled = (path: string): string =>
  path.replace(/:(label|alias)/g, 'a').replace(/:\w+/g, '01900000-0000-7000-8000-000000000000');
const rows = routes.map((route) => [`${route.method} ${route.path}`, route] as const);
const guarded = rows.filter(([, { access }]) => access !== 'public');

describe('a body that is announced and never sent', () => {
  it.each(guarded)(
    '%s is refused without a credential at once, and the connection is given up',
    async (_, { method, path }) => {
      for (const credential of [{}, bearer(`tk_${'A'.repeat(43)}`), bearer('garbage')]) {
        const heard = await announce(url, method, filled(path), { ...LARGE, ...credential });
        expect({
          status: heard.status,
          code: method === 'HEAD' ? undefined : codeOf(heard),
        }).toEqual({ status: 401, code: method === 'HEAD' ? undefined : 'access.unauthenticated' });
        expect(heard.text.toLowerCase()).toContain('\r\nconnection: close\r\n');
        await heard.closed;
      }
    },
  );

  it.each(guarded.filter(([, { access }]) => access !== 'any'))(
    '%s is refused to a credential that may not',
    async (_, { method, path, access }) => {
      const heard = await announce(url, method, filled(path), {
        ...LARGE,
        ...(access === 'user' ? service : user),
      });
      // Its body may name the user, so its length decides.
      const isOfBody =
        method === 'POST' && /\/completions$|^\/compat\/mem0\/(v3\/|memories$|search$)/.test(path);
      expect(heard.status).toBe(access !== 'user' ? 403 : isOfBody ? 413 : 400);
      heard.socket.destroy();
    },
  );

  it('is 404 where no route answers, whoever asks and whatever the length', async () => {
    for (const path of ['/nope', '/v1/nope', '/v1/conversations//messages', '/docs/../nope']) {
      for (const framing of [
        { 'content-length': String(8 * MIB) },
        { 'content-length': '10' },
        { 'transfer-encoding': 'chunked' },
      ]) {
        const heard = await announce(url, 'POST', path, {
          'content-type': 'application/json',
          ...framing,
          ...user,
        });
        expect([heard.status, codeOf(heard)]).toEqual([404, 'request.route_not_found']);
        await heard.closed;
      }
    }
  });

  it('is given up where the address cannot be read, and on a route that takes no body', async () => {
    const unreadable = await announce(url, 'POST', '/v1/%zz', { ...LARGE });
    expect(unreadable.status).toBe(400);
    await unreadable.closed;
    const read = await announce(url, 'GET', '/health/live', { ...LARGE });
    expect(read.status).toBe(200);
    await read.closed;
  });

  it('is refused by its type and by its length', async () => {
    const refused = async (headers: Record<string, string>) => {
      const heard = await announce(url, 'POST', '/v1/conversations', { ...user, ...headers });
      heard.socket.destroy();
      return [heard.status, codeOf(heard)];
    };
    expect(await refused({ ...LARGE, 'content-type': 'text/plain' })).toEqual([
      415,
      'request.unsupported_media_type',
    ]);
    expect(await refused({ 'content-length': '5' })).toEqual([
      415,
      'request.unsupported_media_type',
    ]);
    expect(await refused(LARGE)).toEqual([413, 'request.too_large']);
  });

  it('is not asked for by 100 Continue before the request is let in', async () => {
    const expecting = { ...LARGE, expect: '100-continue' };
    expect((await announce(url, 'POST', '/v1/conversations', expecting)).text).toMatch(
      /^HTTP\/1\.1 401 /,
    );
    const body = JSON.stringify({ title: 'asked for' });
    const heard = await announce(
      url,
      'POST',
      '/v1/conversations',
      { ...user, ...expecting, 'content-length': String(body.length) },
      body,
    );
    expect(heard.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
    heard.socket.destroy();
  });

  it('keeps a connection on which it was short and has arrived', async () => {
    const kept = new Wire(url, 1);
    for (let i = 0; i < 3; i++)
      expect(
        (await kept.json('POST', '/v1/conversations', {}, { title: 'x' })).headers['connection'],
      ).toBe('keep-alive');
    expect((await kept.json('POST', '/v1/conversations', user, { title: 'x' })).status).toBe(201);
    kept.close();
  });
});

describe('the length of a body', () => {
  const append = async () =>
    `/v1/conversations/${(JSON.parse((await wire.json('POST', '/v1/conversations', user, {})).text) as { id: string }).id}/messages`;
  const message = (length: number) =>
    JSON.stringify({ role: 'user', content: 'x'.repeat(length - 30) });
  const chunked = (path: string, bytes: number) =>
    announce(
      url,
      'POST',
      path,
      { ...user, 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      `${bytes.toString(16)}\r\n${message(bytes)}\r\n`,
    );

  it('may be large where much is taken at once, and is told where it is too large', async () => {
    const path = await append();
    expect(
      (
        await wire.send({
          method: 'POST',
          path,
          headers: { ...user, 'content-type': 'application/json' },
          body: message(MIB - 10),
        })
      ).status,
    ).toBe(201);
    const heard = await announce(url, 'POST', path, { ...user, ...LARGE });
    expect([heard.status, heard.text]).toEqual([
      413,
      expect.stringContaining(`at most ${MIB} bytes`),
    ]);
    const small = await announce(url, 'POST', '/v1/conversations', {
      ...user,
      ...LARGE,
      'content-length': '20001',
    });
    expect([small.status, small.text]).toEqual([
      413,
      expect.stringContaining('at most 20000 bytes'),
    ]);
  });

  it('is counted while it is read, when it is not announced', async () => {
    const path = await append();
    for (const [to, limit, sent] of [
      ['/v1/conversations', 20_000, 30_000],
      [path, MIB, MIB + 50],
    ] as const) {
      const heard = await chunked(to, sent);
      expect([heard.status, heard.text]).toEqual([
        413,
        expect.stringContaining(`at most ${limit} bytes`),
      ]);
      await heard.closed;
    }
  });

  it('is small on every route that no valid body of could be large', () => {
    const large = operations.filter(({ method, path }) =>
      /messages$|import$|^POST \/v1\/memories$|summaries$|agent-configs$|agent-configs\/:id$|overrides$|mcp-servers(\/:id)?$/.test(
        `${method} ${path}`,
      ),
    );
    expect(large.length).toBeGreaterThan(8);
  });
});

describe('the bytes of all bodies together', () => {
  it('are shared: one key has half at most, small bodies of all go on, and what breaks off is given back', async () => {
    const conversation = (
      JSON.parse((await wire.json('POST', '/v1/conversations', user, {})).text) as { id: string }
    ).id;
    const path = `/v1/conversations/${conversation}/messages`;
    const { hostname, port } = new URL(url);
    const length = MIB - 1;
    const held = Array.from({ length: 60 }, () => {
      const socket = connect(Number(port), hostname);
      let heard = '';
      socket
        .on('error', () => undefined)
        .on('data', (chunk: Buffer) => (heard += chunk.toString()));
      socket.write(
        head('POST', path, {
          ...user,
          'content-type': 'application/json',
          'content-length': String(length),
        }),
      );
      socket.write(Buffer.alloc(length - 10, 0x20));
      return { socket, heard: () => heard };
    });
    const refused = () => held.filter(({ heard }) => heard().startsWith('HTTP/1.1 503 ')).length;
    await eventually(async () => refused() === 58);
    const [one] = held.filter(({ heard }) => heard() !== '');
    expect(one!.heard()).toMatch(/retry-after: 1\r\n/i);
    expect(one!.heard()).toContain('"code":"server.busy"');
    for (let i = 0; i < 5; i++)
      expect((await wire.json('POST', path, user, { role: 'user', content: 'small' })).status).toBe(
        201,
      );
    for (const { socket } of held) socket.destroy();
    await eventually(
      async () =>
        (
          await wire.send({
            method: 'POST',
            path,
            headers: { ...user, 'content-type': 'application/json' },
            body: `${' '.repeat(length - 40)}{"role":"user","content":"x"}`,
          })
        ).status === 201,
    );
  });
});

describe('what would not be text in the database', () => {
  const asked = operations.flatMap(({ method, path, parameters }) => {
    const names = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
    return method === 'GET' && names.length > 0
      ? [[`${method} ${path}`, names, path] as const]
      : [];
  });

  it.each(asked)(
    'is refused by %s in every parameter of the query, and not by PostgreSQL',
    async (title, names, path) => {
      const { access } = routes.find((route) => `${route.method} ${route.path}` === title)!;
      const headers = access === 'service' ? service : access === 'public' ? {} : user;
      const statusOf = async (name: string, value: string) =>
        (
          await wire.send({
            method: 'GET',
            path: `${filled(path)}?${encodeURIComponent(name)}=${value}`,
            headers,
          })
        ).status;
      const statuses = Object.fromEntries(
        await Promise.all(
          names.map(async (name) => [name, await statusOf(name, 'a%00b')] as const),
        ),
      );
      expect(statuses).toEqual(Object.fromEntries(names.map((name) => [name, 400])));
      // What cannot be decoded is left as it was sent, and is text.
      for (const name of names)
        for (const value of ['%ED%A0%80', 'a%ED%BF%BF', '%FF'])
          expect([200, 400, 404]).toContain(await statusOf(name, value));
    },
  );

  it('is refused as a user who is named in the query', async () => {
    const path = `${filled('/v1/agent-configs/:id/effective')}?userId=a%00b`;
    expect((await wire.send({ method: 'GET', path, headers: service })).status).toBe(400);
    expect(document.paths).toHaveProperty('/v1/agent-configs/{id}/effective');
  });
});

describe('the door', () => {
  let edge: TestApp;
  let at: string;
  const token = 'a-token-for-metrics-only';
  beforeAll(async () => {
    edge = await createTestApp(
      {
        METRICS_TOKEN: token,
        CORS_ORIGINS: 'https://app.example.com',
        ALLOWED_HOSTS: 'api.example.com',
        RATE_LIMIT_PER_SECOND: '1',
        AUTH_FAILURES_PER_MINUTE: '6',
      },
      app.database,
    );
    at = await edge.listen();
  });
  afterAll(() => edge.close());

  it.each([
    ['127.0.0.1', 200],
    ['localhost:3000', 200],
    ['LOCALHOST.', 200],
    ['[::1]:80', 200],
    ['api.example.com', 200],
    ['evil.example.com', 421],
    ['evil.example.com:3000', 421],
    ['127.0.0.1.evil.example.com', 421],
    ['localhost.evil.example.com', 421],
    ['[::2]', 421],
  ])('answers Host %s on loopback with %s', async (host, status) => {
    const heard = await announce(at, 'GET', '/health/live', { host });
    heard.socket.destroy();
    expect(heard.status).toBe(status);
  });

  it('shows metrics and the parts of health to the token alone', async () => {
    await edge.anonymous.get('/metrics').expect(401);
    await edge.service.get('/metrics').expect(401);
    await edge.anonymous.with(bearer(token)).get('/metrics').expect(200);
    expect((await edge.anonymous.get('/health/ready').expect(200)).body).toEqual(STATUS_ALONE);
    expect(
      (await edge.anonymous.with(bearer(token)).get('/health/ready').expect(200)).body,
    ).toHaveProperty('details.database');
  });

  it('shows both to this machine where there is no token, and not to whoever comes through a proxy', async () => {
    await app.anonymous.get('/metrics').expect(200);
    for (const header of ['x-forwarded-for', 'forwarded']) {
      const proxied = app.anonymous.with({ [header]: '203.0.113.9' });
      await proxied.get('/metrics').expect(403);
      expect((await proxied.get('/health/ready').expect(200)).body).toEqual(STATUS_ALONE);
    }
  });

  it('answers the preflight of an allowed origin without a credential, and no other', async () => {
    const preflight = (origin: string) =>
      edge.anonymous.with({
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,if-match',
      });
    const allowed = await new Wire(at).send({
      method: 'OPTIONS',
      path: '/v1/conversations',
      headers: preflight('https://app.example.com').headers,
    });
    expect([
      allowed.status,
      allowed.headers['access-control-allow-origin'],
      allowed.headers['access-control-allow-headers'],
    ]).toEqual([204, 'https://app.example.com', 'authorization,if-match']);
    for (const origin of [
      'https://evil.example.com',
      'https://app.example.com.evil.com',
      'null',
      'http://app.example.com',
    ]) {
      const answer = await new Wire(at).send({
        method: 'OPTIONS',
        path: '/v1/conversations',
        headers: preflight(origin).headers,
      });
      expect([
        answer.status,
        answer.headers['access-control-allow-origin'],
        answer.headers['access-control-allow-methods'],
      ]).toEqual([405, undefined, undefined]);
      expect(answer.text).toContain('CORS_ORIGINS');
    }
    const answer = await edge.anonymous
      .with({ origin: 'https://app.example.com' })
      .get('/v1/conversations');
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([
      401,
      'https://app.example.com',
    ]);
    expect(answer.headers['access-control-expose-headers']).toMatch(/ETag.*Link.*RateLimit/);
    expect(
      (await app.anonymous.with({ origin: 'https://app.example.com' }).get('/health/live')).headers,
    ).not.toHaveProperty('access-control-allow-origin');
  });

  it('lets nobody frame an answer or the page of the API, whose scripts are its own', async () => {
    for (const path of ['/v1/users', '/nope', '/health/live', '/docs', '/docs/api']) {
      const { headers } = await app.anonymous.get(path);
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
    }
    const { text, headers } = await app.anonymous.get('/docs/api').expect(200);
    expect(headers).toMatchObject({
      'content-security-policy': expect.stringContaining("script-src 'self'"),
      'x-frame-options': 'DENY',
    });
    expect(text.match(/<script(?![^>]* src=)/g)).toBeNull();
  });

  it('refuses a key that asks too often for one user, says when it may again, and leaves other users of it alone', async () => {
    const ada = edge.actingFor('ada');
    const answers = [];
    for (let i = 0; i < 12; i++) answers.push(await ada.get('/v1/conversations'));
    expect(answers.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 10 }, () => 200),
      429,
      429,
    ]);
    expect(answers[0]!.headers['ratelimit']).toMatch(/^"credential";r=9;t=\d+$/);
    const { body, headers } = answers[11]!;
    expect(body).toMatchObject({ code: 'request.rate_limited', status: 429 });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(headers).toMatchObject({
      ratelimit: expect.stringMatching(/^"credential";r=0;t=\d+$/),
      'ratelimit-policy': '"credential";q=10;w=10',
    });
    await edge.actingFor('bob').get('/v1/conversations').expect(200);
    await edge.anonymous.get('/health/live').expect(200);
  });

  it('refuses the guesses of an address after some, and lets every valid key pass from it, also one that the process has never seen', async () => {
    const guess = (n: number) =>
      edge.anonymous.with(bearer(`tk_${String(n).padStart(43, 'g')}`)).get('/v1/users');
    await edge.service.get('/v1/users').expect(200);
    const statuses = [];
    for (let n = 0; n < 8; n++) statuses.push((await guess(n)).status);
    // Without Redis each process counts to half.
    expect(statuses).toEqual([401, 401, 401, 429, 429, 429, 429, 429]);
    expect(Number((await guess(99)).headers['retry-after'])).toBeGreaterThan(0);
    const fresh = (await app.service.post('/v1/api-keys', {}).expect(201)).body.key as string;
    const [crowd, answer] = await Promise.all([
      Promise.all(Array.from({ length: 300 }, (_, n) => guess(1_000 + n))),
      edge.anonymous.with(bearer(fresh)).get('/v1/users'),
    ]);
    expect(answer.status).toBe(200);
    expect(new Set(crowd.map(({ status }) => status))).toEqual(new Set([429]));
    await edge.actingFor('carol').get('/v1/conversations').expect(200);
    await edge.anonymous.get('/v1/users').expect(401);
  });

  it('asks the database for unknown keys together while it is being asked for others', async () => {
    const asked = jest.spyOn(edge.app.get(ApiKeysRepository), 'findLive');
    const lookups = edge.app.get(KeyLookups);
    const found = await Promise.all(
      Array.from({ length: 1_200 }, (_, n) => lookups.findLive(hashSecret(`tk_${n}`))),
    );
    const sizes = asked.mock.calls.map(([hashes]) => hashes.length);
    asked.mockRestore();
    expect(found.filter((key) => key !== null)).toEqual([]);
    expect(sizes).toEqual([1, 500, 500, 199]);
  });
});
