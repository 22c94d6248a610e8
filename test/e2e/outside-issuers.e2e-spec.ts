// Tokens of outside issuers act for their users, and no other token does.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import {
  KeyServer,
  now,
  publicJwk,
  type Shape,
  SHAPES,
  signed,
  type SigningKey,
  signingKey,
  SUPABASE_SECRET,
} from '../support/issuers.js';
import { expectProblem } from '../support/problem.js';
import { eventually } from '../support/wait.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let app: TestApp;
let keyServer: KeyServer;
let keys: Record<'rs256' | 'es256' | 'stranger', SigningKey>;

beforeAll(async () => {
  keyServer = await KeyServer.start();
  keys = {
    rs256: await signingKey('rs256', 'RS256'),
    es256: await signingKey('es256', 'ES256'),
    stranger: await signingKey('rs256', 'RS256'),
  };
  keyServer.keys = [await publicJwk(keys.rs256), await publicJwk(keys.es256)];
  app = await createTestApp({
    JWT_ISSUERS: JSON.stringify(Object.values(SHAPES).map(({ entry }) => entry(keyServer.url))),
    EGRESS_ALLOW: '127.0.0.1',
    CORS_ORIGINS: 'https://app.example.com',
  });
});
afterAll(async () => {
  await app?.close();
  await keyServer?.stop();
});

const keyOf = ({ alg, kid }: Shape['header']) =>
  alg === 'HS256' ? bytes(SUPABASE_SECRET) : keys[kid as 'rs256' | 'es256'].pair.privateKey;

/** A token of the service for the subject, with other claims or another header. */
const tokenOf = (
  shape: Shape,
  subject: string,
  claims: object = {},
  header: object = {},
): Promise<string> =>
  signed(
    { ...shape.payload(subject), ...claims },
    { ...shape.header, ...header },
    keyOf(shape.header),
  );

const withToken = (token: string, at: TestApp = app): Caller =>
  at.anonymous.with({ authorization: `Bearer ${token}` });

const usersOf = async (subject: string) =>
  (await app.service.get(`/v1/users?filter[subject]=${encodeURIComponent(subject)}`).expect(200))
    .body.data as Record<string, unknown>[];

describe.each(Object.entries(SHAPES))('a token of %s', (name, shape) => {
  const subject = `subject-${name.replaceAll(' ', '-')}`;
  it('acts for the user of its subject, who is created at first sight', async () => {
    const caller = withToken(await tokenOf(shape, subject));
    const talk = (await caller.post('/v1/conversations', { title: name }).expect(201)).body;
    const { body: me } = await caller.get('/v1/users/me').expect(200);
    const { iss, sub } = shape.payload(subject);
    expect(me).toMatchObject({ issuer: iss, subject: sub, externalId: null });
    const again = withToken(await tokenOf(shape, subject, { jti: 'another' }));
    expect((await again.get('/v1/users/me').expect(200)).body).toEqual(me);
    expect((await again.get('/v1/conversations').expect(200)).body.data).toMatchObject([
      { id: talk.id },
    ]);
    expect(await usersOf(sub as string)).toEqual([me]);
  });

  it('is not accepted for another audience', async () => {
    const { audienceClaim = 'aud' } = shape.entry('') as { audienceClaim?: string };
    const other = await tokenOf(shape, subject, { [audienceClaim]: 'another' });
    expectProblem(await withToken(other).get('/v1/users/me'), 401, 'access.unauthenticated');
  });
});

const GOOGLE = SHAPES['Google']!;
const SUPABASE = SHAPES['Supabase with a secret']!;
const KEYCLOAK = SHAPES['Keycloak']!;
const COGNITO = SHAPES['Cognito']!;

describe('the user of a token', () => {
  it('has the address and name that the issuer claims, unless another user has the address', async () => {
    const first = withToken(await tokenOf(KEYCLOAK, 'kay'));
    expect((await first.get('/v1/users/me')).body).toMatchObject({ name: 'Kay Cloak' });
    const email = 'taken@example.com';
    await app.service.post('/v1/users', { email }).expect(201);
    const second = withToken(await tokenOf(KEYCLOAK, 'kay2', { email: email.toUpperCase() }));
    expect((await second.get('/v1/users/me').expect(200)).body).toMatchObject({ email: null });
    const unverified = { email: 'unsure@example.com', email_verified: false };
    const third = withToken(await tokenOf(KEYCLOAK, 'kay3', unverified));
    expect((await third.get('/v1/users/me').expect(200)).body).toMatchObject({ email: null });
    const fourth = withToken(
      await tokenOf(KEYCLOAK, 'kay4', { email: 'free@example.com', name: 'a\u0000b' }),
    );
    expect((await fourth.get('/v1/users/me').expect(200)).body).toMatchObject({
      email: 'free@example.com',
      name: null,
    });
  });

  it('is one user for racing first calls, also where two users claim one address', async () => {
    const claims = (name: string) => tokenOf(GOOGLE, name, { email: 'race@example.com' });
    const tokens = await Promise.all(
      Array.from({ length: 24 }, (_, i) => claims(i % 2 === 0 ? 'racer-a' : 'racer-b')),
    );
    const answers = await Promise.all(
      tokens.map((token) => withToken(token).get('/v1/users/me').expect(200)),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(2);
    expect(answers.map(({ body }) => body.subject)).toEqual(
      tokens.map((_, i) => (i % 2 === 0 ? 'racer-a' : 'racer-b')),
    );
    const created = (await app.service.get('/v1/admin/audit-log?filter[action]=user.created')).body;
    const ids = [...new Set(answers.map(({ body }) => body.id as string))];
    for (const id of ids)
      expect(created.data.filter((one: { userId: string }) => one.userId === id)).toHaveLength(1);
  });

  it('is another for the same subject at another issuer', async () => {
    const ids = await Promise.all(
      [GOOGLE, SUPABASE, COGNITO].map(async (shape) => {
        const token = await tokenOf(shape, 'same', { email: undefined });
        return (await withToken(token).get('/v1/users/me').expect(200)).body.id as string;
      }),
    );
    expect(new Set(ids).size).toBe(3);
  });

  it('is a new one, with nothing of before, when a token comes after the removal', async () => {
    const token = await tokenOf(GOOGLE, 'leaver', { email: 'leaver@example.com' });
    const caller = withToken(token);
    await caller.post('/v1/memories', { content: 'Leaves soon', kind: 'fact' }).expect(201);
    const { id } = (await caller.get('/v1/users/me')).body;
    await app.service.delete(`/v1/users/${id}`).expect(204);
    const { body: again } = await caller.get('/v1/users/me').expect(200);
    expect(again.id).not.toBe(id);
    expect((await caller.get('/v1/memories').expect(200)).body.data).toEqual([]);
  });

  it('has streams that end with their own tokens, whichever was opened last', async () => {
    const url = await app.listen();
    // Tokens are taken for 30 seconds more.
    const claims = { exp: now() - 25 };
    const caller = withToken(await tokenOf(GOOGLE, 'watcher'));
    const { id } = (await caller.post('/v1/conversations').expect(201)).body;
    const open = async (token: string) => {
      const controller = new AbortController();
      const answer = await fetch(`${url}/v1/conversations/${id}/events`, {
        headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
        signal: controller.signal,
      });
      const stream = { text: '', isOver: false, close: () => controller.abort() };
      const read = async () => {
        for await (const chunk of answer.body!) stream.text += Buffer.from(chunk).toString();
      };
      void read()
        .catch(() => undefined)
        .finally(() => (stream.isOver = true));
      await eventually(async () => stream.text.includes('event: head'));
      return stream;
    };
    const before = await open(await tokenOf(GOOGLE, 'watcher', { jti: 'before' }));
    const short = await open(await tokenOf(GOOGLE, 'watcher', claims));
    const after = await open(await tokenOf(GOOGLE, 'watcher', { jti: 'after' }));
    await eventually(async () => short.isOver);
    expect(short.text).toContain('A valid credential is needed');
    expect([before.isOver, after.isOver]).toEqual([false, false]);
    for (const stream of [before, after]) stream.close();
  });

  it('is refused, and not made again, while the user is disabled', async () => {
    const caller = withToken(await tokenOf(GOOGLE, 'barred'));
    const { id } = (await caller.get('/v1/users/me').expect(200)).body;
    await app.service.patch(`/v1/users/${id}`, { status: 'disabled' }).expect(200);
    const another = withToken(await tokenOf(GOOGLE, 'barred', { jti: 'another' }));
    for (const one of [caller, another])
      expectProblem(await one.post('/v1/conversations'), 401, 'access.unauthenticated');
    expect(await usersOf('barred')).toMatchObject([{ id, status: 'disabled' }]);
  });

  it('may do what a key of a user may, and nothing of the service or of others', async () => {
    const caller = withToken(await tokenOf(GOOGLE, 'plain'));
    const other = (await app.service.post('/v1/users', { externalId: 'other' })).body.id as string;
    for (const path of ['/v1/users', '/v1/api-keys', '/v1/admin/audit-log'])
      expect((await caller.get(path)).status).toBe(403);
    await caller.post('/v1/api-keys', {}).expect(403);
    for (const name of [other, 'other'])
      await caller.with({ 'threadkeep-user': name }).get('/v1/conversations').expect(403);
    const { body } = await app.actingFor('other').post('/v1/conversations', {}).expect(201);
    expectProblem(await caller.get(`/v1/conversations/${body.id}`), 404, 'conversation.not_found');
  });

  it('may be called from the page of an allowed origin', async () => {
    const origin = 'https://app.example.com';
    const server = app.app.getHttpServer() as Parameters<typeof supertest>[0];
    const asked = await supertest(server).options('/v1/conversations').set({
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    });
    expect(asked.status).toBe(204);
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-headers': 'authorization,content-type',
    });
    const caller = withToken(await tokenOf(GOOGLE, 'browser')).with({ origin });
    const answer = await caller.post('/v1/conversations', {}).expect(201);
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
  });
});

const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Tokens that are wrong in one way each, and the same ways with another subject. */
async function wrongTokens(round: number): Promise<string[]> {
  const subject = `victim-${round % 7}`;
  const wrong: Promise<string>[] = [];
  for (const shape of Object.values(SHAPES)) {
    const [header = '', payload = '', signature = ''] = (await tokenOf(shape, subject)).split('.');
    const change = (claims: object, head: object = {}) => tokenOf(shape, subject, claims, head);
    const as = (text: string) => Promise.resolve(text);
    const claims = shape.payload(subject);
    const flipped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
    wrong.push(
      change({ exp: now() - 31 - round }),
      change({ exp: undefined }),
      change({ exp: 'never' }),
      change({ nbf: now() + 60 + round }),
      change({ iss: `https://evil-${round}.example.com` }),
      change({ iss: [claims['iss']] }),
      change({ iss: undefined }),
      change({ sub: undefined }),
      change({ sub: '' }),
      change({ sub: 7 }),
      change({ sub: 'x'.repeat(256) }),
      change({ sub: 'a\u0000b' }),
      change({}, { typ: 'logout+jwt' }),
      change({}, { typ: shape.header.typ === undefined ? 'JWT' : undefined }),
      as(`${header}.${part({ ...claims, sub: `admin-${round}` })}.${signature}`),
      as(`${header}.${payload}.${flipped}`),
      as(`${header}.${payload}.`),
      as(`${header}.${payload}`),
      as(`${part({ ...shape.header, alg: 'none' })}.${payload}.`),
      as(`${part({ ...shape.header, alg: 'none' })}.${payload}.${signature}`),
      as(`${part('not json')}.${payload}.${signature}`),
      as(`${header}.${part('null')}.${signature}`),
      as(`${header}.${payload}.${signature}.${signature}`),
      // Another key, and a public key as a secret.
      signed(claims, { ...shape.header, alg: 'RS256' }, keys.stranger.pair.privateKey),
      signed(
        claims,
        { ...shape.header, alg: 'HS256' },
        bytes(shape === SUPABASE ? 'another secret of 32 characters or more' : SUPABASE_SECRET),
      ),
      signed(claims, { ...shape.header, alg: 'HS256' }, bytes(JSON.stringify(keyServer.keys[0]))),
      signed(
        claims,
        { ...shape.header, ...{ jwk: keyServer.keys[0], jku: keyServer.url }, alg: 'HS256' },
        bytes('x'.repeat(32)),
      ),
    );
    // The claims and the key of different issuers.
    for (const other of Object.values(SHAPES)) {
      const isOther = other.header.alg !== shape.header.alg;
      if (isOther) wrong.push(signed(claims, other.header, keyOf(other.header)));
    }
  }
  wrong.push(
    tokenOf(KEYCLOAK, subject, { typ: 'ID' }),
    tokenOf(KEYCLOAK, subject, { typ: 'Refresh' }),
    tokenOf(COGNITO, subject, { token_use: 'id' }),
    tokenOf(SUPABASE, subject, { role: 'service_role' }),
    tokenOf(SUPABASE, subject, { role: 'anon', aud: undefined, sub: undefined }),
    tokenOf(GOOGLE, subject, { pad: 'x'.repeat(8_192) }),
  );
  return Promise.all(wrong);
}

/** The status and the body, without the id of the request. */
async function answerTo(token: string): Promise<string> {
  const { status, body } = await withToken(token).get('/v1/users/me');
  return `${status} ${JSON.stringify({ ...(body as object), requestId: undefined })}`;
}

describe('a forged, stale or swapped token', () => {
  it('is 401 with one body, whatever is wrong with it, and makes no user', async () => {
    const rows = async () =>
      (await app.database.admin('select count(*)::int as count from threadkeep.app_user')).rows;
    const before = await rows();
    const answers: string[] = [];
    for (let round = 0; round < 6; round++) {
      const tokens = await wrongTokens(round);
      for (let i = 0; i < tokens.length; i += 50)
        answers.push(...(await Promise.all(tokens.slice(i, i + 50).map(answerTo))));
    }
    expect(new Set(answers)).toEqual(new Set([await answerTo('tk_unknown')]));
    expect(answers[0]).toMatch(/^401 /);
    expect(answers.length).toBeGreaterThan(1_000);
    expect(await rows()).toEqual(before);
  });

  it('of an issuer or a key that is unknown causes no storm of fetches', async () => {
    await withToken(await tokenOf(GOOGLE, 'calm'))
      .get('/v1/users/me')
      .expect(200);
    const before = keyServer.fetches;
    const wrong = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => [
        await tokenOf(GOOGLE, 'calm', { iss: `https://${i}.example.com` }),
        await tokenOf(GOOGLE, 'calm', {}, { kid: `unknown-${i}` }),
      ]),
    );
    for (const token of wrong.flat()) await withToken(token).get('/v1/users/me').expect(401);
    expect(keyServer.fetches - before).toBeLessThanOrEqual(1);
  });
});

describe('with AUTO_CREATE_USERS=false', () => {
  it('a token acts for a user who is there, and creates none', async () => {
    const strict = await createTestApp(
      {
        AUTO_CREATE_USERS: 'false',
        JWT_ISSUERS: JSON.stringify([GOOGLE.entry(keyServer.url)]),
        EGRESS_ALLOW: '127.0.0.1',
      },
      app.database,
    );
    await withToken(await tokenOf(GOOGLE, 'early'))
      .get('/v1/users/me')
      .expect(200);
    await withToken(await tokenOf(GOOGLE, 'early', { jti: 2 }), strict)
      .get('/v1/users/me')
      .expect(200);
    expectProblem(
      await withToken(await tokenOf(GOOGLE, 'late'), strict).get('/v1/users/me'),
      401,
      'access.unauthenticated',
    );
    await strict.close();
  });
});

describe('without an issuer', () => {
  it('a token is 401', async () => {
    const bare = await createTestApp({}, app.database);
    const token = await tokenOf(GOOGLE, 'bare');
    expectProblem(await withToken(token, bare).get('/v1/users/me'), 401, 'access.unauthenticated');
    await bare.close();
  });
});

describe('without keys of an issuer', () => {
  it('its tokens are 503, and its address obeys the rules for outgoing requests', async () => {
    const entries = [GOOGLE, SUPABASE].map(({ entry }) => entry(keyServer.url));
    const closed = await createTestApp({ JWT_ISSUERS: JSON.stringify(entries) }, app.database);
    const before = keyServer.fetches;
    const answer = await withToken(await tokenOf(GOOGLE, 'away'), closed).get('/v1/users/me');
    expectProblem(answer, 503, 'server.unavailable');
    expect(answer.headers['retry-after']).toBe('5');
    expect(keyServer.fetches).toBe(before);
    const other = await tokenOf(SUPABASE, 'here', { email: undefined });
    await withToken(other, closed).get('/v1/users/me').expect(200);
    await closed.close();
  });
});
