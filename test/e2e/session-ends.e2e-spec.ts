// What ends a session: its times, a token that is not valid, and signing out, also for streams that are open.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, SignJWT } from 'jose';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { TokenKeys } from '../../src/users/accounts/tokens/token-keys.js';
import { PASSWORD } from '../support/accounts.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { SocketClient } from '../support/socket-client.js';
import { eventually } from '../support/wait.js';

const OTHER_PASSWORD = 'four herons under a bridge';
const [IDLE_DAYS, MAX_DAYS] = [2, 5];
const HOUR_MS = 3_600_000;
const SETTINGS = {
  REGISTRATION: 'open',
  SESSION_IDLE_DAYS: String(IDLE_DAYS),
  SESSION_MAX_DAYS: String(MAX_DAYS),
};

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp(SETTINGS);
  await app.listen();
});
afterAll(() => app?.close());

interface Tokens {
  accessToken: string;
  refreshToken: string;
  sessionId: string;
  userId: string;
}

let people = 0;
const bearer = (token: string, of = app): Caller =>
  of.anonymous.with({ authorization: `Bearer ${token}` });
const refresh = (refreshToken: string) => app.anonymous.post('/v1/auth/refresh', { refreshToken });
const login = async (email: string): Promise<Tokens> =>
  (await app.anonymous.post('/v1/auth/login', { login: email, password: PASSWORD }).expect(200))
    .body as Tokens;

async function register(): Promise<Tokens & { email: string }> {
  const email = `ends${++people}@mail.example`;
  const { body } = await app.anonymous
    .post('/v1/auth/register', { email, password: PASSWORD })
    .expect(201);
  return { ...(body.tokens as Tokens), email };
}

describe('the times of a session', () => {
  /** Moves the session back, as if so many hours had passed. */
  const pass = (sessionId: string, hours: number) =>
    app.database.admin(
      `update threadkeep.user_session set created_at = created_at - make_interval(hours => $2),
         turned_at = turned_at - make_interval(hours => $2),
         expires_at = expires_at - make_interval(hours => $2) where id = $1`,
      [sessionId, hours],
    );
  /** Of a process that has not seen the token. */
  const expectOver = async ({ accessToken, refreshToken }: Tokens) => {
    expectProblem(await refresh(refreshToken), 401, 'account.session_ended');
    const other = await createTestApp(SETTINGS, app.database);
    expectProblem(
      await bearer(accessToken, other).get('/v1/users/me'),
      401,
      'access.unauthenticated',
    );
    await other.close();
  };

  it('end it SESSION_IDLE_DAYS after the last refresh', async () => {
    let tokens: Tokens = await register();
    for (let refreshes = 0; refreshes < 2; refreshes++) {
      await pass(tokens.sessionId, IDLE_DAYS * 24 - 1);
      tokens = (await refresh(tokens.refreshToken).expect(200)).body as Tokens;
    }
    const left = await register();
    await pass(left.sessionId, IDLE_DAYS * 24);
    await expectOver(left);
    await bearer(tokens.accessToken).get('/v1/users/me').expect(200);
  });

  it('end it SESSION_MAX_DAYS after it began, however often it is refreshed', async () => {
    let tokens: Tokens = await register();
    for (let hours = 24; hours < MAX_DAYS * 24; hours += 24) {
      await pass(tokens.sessionId, 24);
      tokens = (await refresh(tokens.refreshToken).expect(200)).body as Tokens;
    }
    await pass(tokens.sessionId, 23);
    tokens = (await refresh(tokens.refreshToken).expect(200)).body as Tokens;
    const { body } = await bearer(tokens.accessToken).get('/v1/auth/sessions').expect(200);
    const { createdAt, expiresAt } = body.data[0] as Record<string, string>;
    expect(Date.parse(expiresAt!) - Date.parse(createdAt!)).toBe(MAX_DAYS * 24 * HOUR_MS);
    await pass(tokens.sessionId, 1);
    await expectOver(tokens);
  });

  it('end its access tokens, too, which are never valid for longer', async () => {
    const { sessionId, refreshToken } = await register();
    await app.database.admin(
      `update threadkeep.user_session
          set created_at = now() - make_interval(days => $2) + interval '90 seconds' where id = $1`,
      [sessionId, MAX_DAYS],
    );
    const { body } = await refresh(refreshToken).expect(200);
    const { iat, exp } = decodeJwt(body.accessToken as string);
    expect(exp! - iat!).toBeLessThanOrEqual(90);
  });
});

describe('a token that is signed by us', () => {
  const MINUTE = 60;
  const DAY = 86_400;
  const now = () => Math.floor(Date.now() / 1_000);
  const bodyFor = async (token: string, of = app): Promise<string> => {
    const answer = await bearer(token, of).get('/v1/users/me');
    expectProblem(answer, 401, 'access.unauthenticated');
    return JSON.stringify({ ...(answer.body as object), requestId: '' });
  };

  it('is refused when it is stale, early, of another type, or for somebody else', async () => {
    const { accessToken } = await register();
    const claims = decodeJwt(accessToken);
    const { id, key } = await app.app.get(TokenKeys).signing();
    const signed = (changes: object, typ: string | undefined = 'at+jwt', kid = id) => {
      const values = Object.entries({ ...claims, ...changes });
      const payload = Object.fromEntries(values.filter(([, value]) => value !== undefined));
      const header = { alg: 'ES256', kid, ...(typ !== '' && { typ }) };
      return new SignJWT(payload).setProtectedHeader(header).sign(key);
    };
    // Signed alike, it is good.
    await bearer(await signed({ jti: 'another' }))
      .get('/v1/users/me')
      .expect(200);
    const bodies = [await bodyFor('nonsense')];
    for (const [changes, typ] of [
      [{ exp: now() - 6, iat: now() - 600, nbf: now() - 600 }],
      [{ exp: 0 }],
      [{ nbf: now() + MINUTE, exp: now() + 2 * MINUTE }],
      [{}, 'JWT'],
      [{}, 'rt+jwt'],
      [{}, ''],
      [{ aud: 'somebody else' }],
      [{ aud: ['somebody else', 'https://api.example.com'] }],
      [{ iss: 'https://issuer.example.com' }],
      [{ iss: 'Threadkeep' }],
      ...['aud', 'iss', 'sub', 'sid', 'exp', 'nbf', 'iat'].map((name) => [{ [name]: undefined }]),
      [{ sub: 'no user' }],
      [{ sid: 'no session' }],
      [{ sub: '01900000-0000-7000-8000-000000000000' }],
      [{ sid: '01900000-0000-7000-8000-000000000000' }],
    ] as [object, string?][])
      bodies.push(await bodyFor(await signed(changes, typ)));
    bodies.push(await bodyFor(await signed({}, 'at+jwt', 'another')));
    expect(new Set(bodies).size).toBe(1);
  });

  it('is refused when its key was rotated out', async () => {
    const own = await createTestApp(SETTINGS);
    const { body } = await own.anonymous
      .post('/v1/auth/register', { email: 'rotated@mail.example', password: PASSWORD })
      .expect(201);
    const token = body.tokens.accessToken as string;
    const rotate = () =>
      own.app.get(ScopedDatabase).runAsSystem('a test', () => own.app.get(TokenKeys).rotate());
    const grow = (seconds: number) =>
      own.database.admin(
        `update threadkeep.token_key set created_at = created_at - make_interval(secs => $1)`,
        [seconds],
      );
    const statusAt = async () => {
      const process = await createTestApp(SETTINGS, own.database);
      const { status } = await bearer(token, process).get('/v1/users/me');
      const refusal = status === 401 ? await bodyFor(token, process) : null;
      const plain = await bodyFor('nonsense', process);
      await process.close();
      return { status, isPlain: refusal === plain };
    };
    await grow(91 * DAY);
    await rotate();
    expect(await statusAt()).toEqual({ status: 200, isPlain: false });
    await grow(11 * MINUTE);
    await rotate();
    await grow(1 * DAY);
    await rotate();
    expect(await statusAt()).toEqual({ status: 401, isPlain: true });
    await own.close();
  });
});

describe('streams of a session', () => {
  interface OpenStreams {
    areOver: () => boolean;
    reasons: () => string;
    close: () => void;
  }

  /** Server-Sent Events and a WebSocket, both open. */
  async function open({ accessToken }: Tokens, id: string): Promise<OpenStreams> {
    const headers = { authorization: `Bearer ${accessToken}` };
    const socket = await SocketClient.open(app, { headers });
    socket.watch({ id: 'w', conversationId: id });
    await socket.until(({ type }) => type === 'watching' || type === 'event');
    const controller = new AbortController();
    const url = await app.app.getUrl();
    const answer = await fetch(`${url}/v1/conversations/${id}/events`, {
      headers: { ...headers, accept: 'text/event-stream' },
      signal: controller.signal,
    });
    const events = { text: '', isOver: false };
    void (async () => {
      for await (const chunk of answer.body!) events.text += Buffer.from(chunk).toString();
    })()
      .catch(() => undefined)
      .finally(() => (events.isOver = true));
    await eventually(() => Promise.resolve(events.text.includes('event: head')));
    return {
      areOver: () => events.isOver && socket.closed !== null,
      reasons: () => events.text,
      close: () => {
        controller.abort();
        socket.socket.close();
      },
    };
  }

  const change = (tokens: Tokens) =>
    bearer(tokens.accessToken)
      .put('/v1/auth/password', { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD })
      .expect(204);

  it.each<[string, boolean, (ended: Tokens, kept: Tokens) => PromiseLike<unknown>]>([
    [
      'signing out',
      false,
      ({ refreshToken }) => app.anonymous.post('/v1/auth/logout', { refreshToken }).expect(204),
    ],
    [
      'ending it from another session',
      false,
      ({ sessionId }, { accessToken }) =>
        bearer(accessToken).delete(`/v1/auth/sessions/${sessionId}`).expect(204),
    ],
    ['changing the password in another session', false, (_, kept) => change(kept)],
    [
      'signing out everywhere',
      true,
      (_, { accessToken }) => bearer(accessToken).delete('/v1/auth/sessions').expect(204),
    ],
    [
      'signing the user out as an administrator',
      true,
      ({ userId }) => app.service.delete(`/v1/users/${userId}/sessions`).expect(204),
    ],
    [
      'disabling the user',
      true,
      ({ userId }) => app.service.patch(`/v1/users/${userId}`, { status: 'disabled' }).expect(200),
    ],
  ])('are ended by %s', async (_, endsBoth, end) => {
    const ended = await register();
    const kept = await login(ended.email);
    const { body } = await bearer(ended.accessToken).post('/v1/conversations').expect(201);
    const [first, second] = [
      await open(ended, body.id as string),
      await open(kept, body.id as string),
    ];
    await end(ended, kept);
    await eventually(() => Promise.resolve(first.areOver()));
    expect(first.reasons()).toContain('A valid credential is needed');
    if (endsBoth) await eventually(() => Promise.resolve(second.areOver()));
    else expect(second.areOver()).toBe(false);
    second.close();
  });
});
