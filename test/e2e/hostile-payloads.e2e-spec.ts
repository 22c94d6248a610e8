// Bodies, heads and clients that mean harm (R17): each is refused by name, and the next request is answered as ever.
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startApi } from '../support/started-api.js';
import { exchange, hangUp, head } from '../support/raw-socket.js';
import { Seeded } from '../support/seeded.js';
import { bearer, createTenant, type Tenant } from '../support/tenants.js';

const LIMIT = 1_048_576;

const { app, url, wire, close } = await startApi({
  MAX_BODY_BYTES: String(LIMIT),
  MAX_SMALL_BODY_BYTES: String(LIMIT),
});
let user: Tenant;
let json: Record<string, string>;
let conversation: string;
let writable: string[];

beforeAll(async () => {
  user = await createTenant(wire, app, new Seeded(1), 1);
  json = { ...bearer(user.key), 'content-type': 'application/json' };
  conversation = `/v1/conversations/${user.conversations[0]!}`;
  writable = [
    '/v1/conversations',
    '/v1/conversations/import',
    `${conversation}/messages`,
    `${conversation}/fork`,
  ];
});
afterAll(() => close());

/** A normal read and a normal write, on connections that are kept open and so may have met what came before. */
afterEach(async () => {
  expect(await wire.json('GET', conversation, bearer(user.key))).toMatchObject({ status: 200 });
  expect(
    await wire.json('POST', '/v1/conversations', bearer(user.key), { title: 'still here' }),
  ).toMatchObject({ status: 201 });
});

const OTHER_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/xml',
  'text/json',
  'garbage',
];
const closing = (body: string | Buffer) => ({
  'content-length': String(Buffer.byteLength(body)),
  connection: 'close',
});
const deep = (levels: number) => `{"metadata":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;
const titled = (value: string) => `{"title":${value}}`;

const bodies: [name: string, body: string | Buffer, status: number, code: string][] = [
  ['one byte more than the limit', titled(`"${'x'.repeat(LIMIT - 11)}"`), 413, 'request.too_large'],
  ['ten times the limit', Buffer.alloc(10 * LIMIT, 0x20), 413, 'request.too_large'],
  ['objects 49,000 levels deep', deep(49_000), 422, 'request.invalid_body'],
  [
    'arrays 49,000 levels deep',
    '['.repeat(49_000) + ']'.repeat(49_000),
    422,
    'request.invalid_body',
  ],
  ['49,000 levels that never close', '['.repeat(49_000), 422, 'request.invalid_body'],
  ['200,001 values', `[${'1,'.repeat(199_999)}1]`, 422, 'request.invalid_body'],
  [
    'an array of 20,000 objects',
    `{"messages":[${'{},'.repeat(19_999)}{}],"importKey":"k"}`,
    422,
    'request.invalid_body',
  ],
  [
    '20,000 unknown fields',
    `{${Array.from({ length: 20_000 }, (_, i) => `"f${i}":1`).join()}}`,
    422,
    'request.invalid_body',
  ],
  [
    'bytes that are not UTF-8',
    Buffer.concat([Buffer.from('{"title":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
    400,
    'request.malformed',
  ],
  ['UTF-16', Buffer.from(titled('"a"'), 'utf16le'), 400, 'request.malformed'],
  ['a raw NUL', titled('"a\u0000b"'), 400, 'request.malformed'],
  ['an escaped NUL', titled('"a\\u0000b"'), 422, 'request.invalid_body'],
  ['a NUL in a key', '{"metadata":{"\\u0000":1}}', 422, 'request.invalid_body'],
  ['a lone surrogate', titled('"\\ud800"'), 422, 'request.invalid_body'],
  ['surrogates in the wrong order', titled('"\\udc00\\ud800"'), 422, 'request.invalid_body'],
  ['a number beyond a double', '{"metadata":{"n":1e309}}', 422, 'request.invalid_body'],
  ['2^53 + 1', '{"metadata":{"n":9007199254740993}}', 422, 'request.invalid_body'],
  ['2^63', '{"metadata":{"n":9223372036854775809}}', 422, 'request.invalid_body'],
  [
    'a fraction a double changes',
    '{"metadata":{"n":0.12345678901234567890}}',
    422,
    'request.invalid_body',
  ],
  ['the key __proto__', '{"metadata":{"__proto__":{"admin":true}}}', 422, 'request.invalid_body'],
  ['the key __proto__, escaped', '{"\\u005f_proto__":{"title":"x"}}', 422, 'request.invalid_body'],
  [
    'the field constructor',
    '{"constructor":{"prototype":{"admin":true}}}',
    422,
    'request.invalid_body',
  ],
  [
    'the field constructor inside another',
    titled('{"constructor":{"prototype":{"admin":true}}}'),
    422,
    'request.invalid_body',
  ],
  ['a text in place of an object', '"{}"', 422, 'request.invalid_body'],
  ['an array in place of an object', '[{"title":"x"}]', 422, 'request.invalid_body'],
  ['JSON that ends early', '{"title":"x', 400, 'request.malformed'],
  ['two documents', '{}{}', 400, 'request.malformed'],
  ['a comment', '{/* */}', 400, 'request.malformed'],
  ['single quotes', "{'title':'x'}", 400, 'request.malformed'],
  ['NaN', '{"metadata":{"n":NaN}}', 400, 'request.malformed'],
  ['only a byte order mark', '\ufeff', 400, 'request.malformed'],
];

describe('a body that is null', () => {
  it('is refused by every route with a body, and a missing body only where fields are required', async () => {
    const paths = [
      ['PATCH', `/v1/memories/${user.memories[0]!}`],
      ['PATCH', conversation],
      ['POST', `${conversation}/context`],
      ['POST', `/v1/agent-configs/${user.configs[0]!}/copy`],
      ['POST', '/v1/mcp-servers'],
    ] as const;
    for (const [method, path] of paths)
      expect(await wire.send({ method, path, headers: json, body: 'null' })).toMatchObject({
        status: 422,
        text: expect.stringContaining('request.invalid_body'),
      });
    for (const path of [`${conversation}/context`, `/v1/agent-configs/${user.configs[0]!}/copy`])
      expect(
        (await wire.send({ method: 'POST', path, headers: bearer(user.key) })).status,
      ).toBeLessThan(300);
  });
});

describe('a request body', () => {
  it.each(bodies)('with %s is refused on every route', async (_, body, status, code) => {
    for (const path of writable) {
      const answer = await exchange(
        url,
        Buffer.concat([
          Buffer.from(head('POST', path, { ...json, ...closing(body) })),
          Buffer.from(body),
        ]),
      );
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*"code":"${code}"`));
      expect(answer.length).toBeLessThan(10_000);
    }
  });

  it('over the limit is refused also without Content-Length', async () => {
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const start = head('POST', '/v1/conversations', {
      ...json,
      'transfer-encoding': 'chunked',
      connection: 'close',
    });
    const answer = await exchange(url, `${start}${chunk.repeat(17)}0\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 413 [^]*"code":"request.too_large"/);
  });

  it.each(OTHER_TYPES)('of media type %s is refused', async (type) => {
    for (const path of writable) {
      const answer = await wire.send({
        method: 'POST',
        path,
        headers: { ...json, 'content-type': type },
        body: '{"title":"x"}',
      });
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([
        415,
        'request.unsupported_media_type',
      ]);
    }
  });

  it('without a media type is refused', async () => {
    const answer = await wire.send({
      method: 'POST',
      path: '/v1/conversations',
      headers: bearer(user.key),
      body: '{"title":"x"}',
    });
    expect(answer.status).toBe(415);
  });

  it('that is compressed is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(100 * LIMIT));
    for (const encoding of ['gzip', 'br', 'deflate']) {
      const answer = await wire.send({
        method: 'POST',
        path: '/v1/conversations',
        headers: { ...json, 'content-encoding': encoding },
        body: bomb,
      });
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 'request.malformed']);
    }
  });

  it('may be missing only where every field is optional', async () => {
    const statusOf = async (path: string, headers: Record<string, string>) =>
      (await wire.send({ method: 'POST', path, headers })).status;
    for (const headers of [json, bearer(user.key)]) {
      expect(await statusOf('/v1/conversations', headers)).toBe(201);
      expect(await statusOf(`${conversation}/messages`, headers)).toBe(422);
      expect(await statusOf('/v1/conversations/import', headers)).toBe(422);
    }
  });
});

describe('the head of a request', () => {
  const read = (path: string, headers: Record<string, string> = {}) =>
    exchange(url, head('GET', path, { ...bearer(user.key), connection: 'close', ...headers }));

  it('with a header of 20 kB is refused', async () => {
    const answer = await read('/v1/conversations', { 'x-big': 'x'.repeat(20_000) });
    expect(answer).toMatch(
      /^HTTP\/1.1 431 [^]*application\/problem\+json[^]*"code":"request.headers_too_large"/,
    );
    // The security headers of every other answer.
    const { headers } = await wire.send({ method: 'GET', path: '/v1/conversations' });
    for (const name of ['content-security-policy', 'x-content-type-options', 'cache-control'])
      expect(answer).toContain(`\r\n${name}: ${String(headers[name])}\r\n`);
  });

  it('with 2,000 query parameters is refused with a short answer', async () => {
    const query = Array.from({ length: 2_000 }, (_, i) => `p${i}=1`).join('&');
    const answer = await read(`/v1/conversations?${query}`);
    expect(answer).toMatch(/^HTTP\/1.1 400 [^]*"code":"request.invalid_query"/);
    expect(answer.length).toBeLessThan(10_000);
  });

  it('with a path of 10 kB is refused', async () => {
    expect(await read(`/v1/conversations/${'a'.repeat(10_000)}`)).toMatch(
      /^HTTP\/1.1 414 [^]*"code":"request.uri_too_long"/,
    );
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a header without a colon', 'GET /health/live HTTP/1.1\r\nhost: a\r\nnonsense\r\n\r\n'],
    [
      'a control character in a header',
      'GET /health/live HTTP/1.1\r\nhost: a\r\nx-a: a\u0001b\r\n\r\n',
    ],
    [
      'two lengths',
      'POST /v1/conversations HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}',
    ],
    [
      'a length and chunks',
      'POST /v1/conversations HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'a negative length',
      'POST /v1/conversations HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n{}',
    ],
    [
      'a chunk of no size',
      `POST /v1/conversations HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${app.serviceKey}\r\nthreadkeep-user: ada\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
    ],
  ])('with %s is refused', async (_, bytes) => {
    expect(await exchange(url, bytes)).toMatch(/^HTTP\/1.1 400 [^]*"code":"request.malformed"/);
  });

  it('with an unknown Expect header is refused', async () => {
    expect(await read('/health/live', { expect: 'miracles' })).toMatch(/^HTTP\/1.1 417 /);
  });

  it('with a path outside the API page is refused', async () => {
    const climbs = ['..', '..%2f..', '%2e%2e/%2e%2e', '....//..', '%c0%ae%c0%ae', '%00'];
    for (const climb of climbs) {
      expect(await read(`/docs/${climb}/package.json`)).toMatch(
        /^HTTP\/1.1 40[034] [^]*application\/problem\+json[^]*"code":"\w+\.\w+"/,
      );
    }
  });
});

describe('a client that disconnects', () => {
  const body = JSON.stringify({
    messages: Array.from({ length: 100 }, () => ({ role: 'user', content: 'x'.repeat(1_000) })),
  });
  const append = (length = Buffer.byteLength(body)) =>
    head('POST', `${conversation}/messages`, { ...json, 'content-length': String(length) });
  const lastSeq = async () =>
    JSON.parse((await wire.json('GET', conversation, bearer(user.key))).text).lastSeq as number;
  const thirty = Array.from({ length: 30 });

  it('in the middle of a body writes nothing', async () => {
    const before = await lastSeq();
    await Promise.all(
      thirty.map((_, i) => hangUp(url, append() + body.slice(0, i * 3_000), 'once it is sent')),
    );
    expect(await lastSeq()).toBe(before);
  });

  it('in the middle of a head does no harm', async () => {
    await Promise.all(
      thirty.map((_, i) => hangUp(url, append().slice(0, 10 + i * 3), 'once it is sent')),
    );
  });

  it('in the middle of an answer keeps no connection of the pool', async () => {
    await wire.json('POST', `${conversation}/messages`, bearer(user.key), JSON.parse(body));
    const list = head('GET', `${conversation}/messages?limit=100`, bearer(user.key));
    await Promise.all(
      thirty.map((_, i) => hangUp(url, list, i % 2 ? 'once it is sent' : 'once the answer begins')),
    );
    const answers = await Promise.all(
      thirty.map(() => wire.json('GET', `${conversation}/messages?limit=100`, bearer(user.key))),
    );
    for (const { status, text } of answers)
      expect([status, JSON.parse(text).data.length]).toEqual([200, 100]);
  });

  it('after sending finds the write done once when it retries with the same Idempotency-Key', async () => {
    const before = await lastSeq();
    for (const i of [1, 2, 3, 4, 5]) {
      const key = { ...json, 'idempotency-key': `hung-up-${i}` };
      await hangUp(
        url,
        head('POST', `${conversation}/messages`, {
          ...key,
          'content-length': String(Buffer.byteLength(body)),
        }) + body,
        'once it is sent',
      );
      let again = await wire.send({
        method: 'POST',
        path: `${conversation}/messages`,
        headers: key,
        body,
      });
      while (again.status === 409)
        again = await wire.send({
          method: 'POST',
          path: `${conversation}/messages`,
          headers: key,
          body,
        });
      expect([again.status, await lastSeq()]).toEqual([201, before + i * 100]);
    }
  });
});
