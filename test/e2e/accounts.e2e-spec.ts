// Accounts: registration, signing in and out, passwords, and what a session may do while it lives.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeJwt, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { giveAccount, openSession, PASSWORD } from '../support/accounts.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';

const OTHER_PASSWORD = 'four herons under a bridge';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ REGISTRATION: 'open' });
});
afterAll(() => app.close());

interface Tokens {
  accessToken: string;
  refreshToken: string;
  sessionId: string;
  userId: string;
  expiresIn: number;
}

let people = 0;
const post = (path: string, body: unknown) => app.anonymous.post(`/v1/auth/${path}`, body);
const withToken = ({ accessToken }: Tokens): Caller =>
  app.anonymous.with({ authorization: `Bearer ${accessToken}` });
const login = async (name: string, password = PASSWORD): Promise<Tokens> =>
  (await post('login', { login: name, password }).expect(200)).body as Tokens;

/** A new user with a password. */
async function register(): Promise<Tokens & { email: string; username: string }> {
  const n = ++people;
  const [email, username] = [`Person${n}@mail.example`, `Person.${n}`];
  const { body } = await post('register', { email, username, password: PASSWORD }).expect(201);
  return { ...(body as { tokens: Tokens }).tokens, email, username };
}

describe('registering', () => {
  it('makes a user who is signed in, with rows of their own', async () => {
    const tokens = await register();
    expect(tokens).toMatchObject({ tokenType: 'Bearer', expiresIn: 600 });
    const own = withToken(tokens);
    const { body } = await own.get('/v1/users/me').expect(200);
    expect(body).toMatchObject({ id: tokens.userId, email: tokens.email, status: 'active' });
    expect(JSON.stringify(body)).not.toContain('argon2');
    const { body: talk } = await own.post('/v1/conversations', { title: 'mine' }).expect(201);
    const other = withToken(await register());
    expectProblem(
      await other.get(`/v1/conversations/${talk.id as string}`),
      404,
      'conversation.not_found',
    );
    await app.service.get('/v1/users').expect(200);
    expectProblem(await own.get('/v1/users'), 403, 'access.forbidden');
  });

  it('refuses an address or a username that is taken, whatever its capitals', async () => {
    const { email, username } = await register();
    const again = (values: object) =>
      post('register', { email: `new${++people}@mail.example`, password: PASSWORD, ...values });
    expectProblem(await again({ email: email.toUpperCase() }), 409, 'user.email_taken');
    expectProblem(await again({ username: username.toLowerCase() }), 409, 'user.username_taken');
  });

  it.each([
    ['a common one', 'password1'],
    ['a keyboard pattern', 'qwertyuiop'],
    ['a repeated word', 'dragondragondragon'],
    ['the own address', 'person.of.mail@mail.example'],
    ['the local part of it', 'person.of.mail'],
    ['a word of the own name', 'xqorvandel1'],
    ['the name of the service', 'threadkeep1'],
  ])('refuses %s as a password', async (_, password) => {
    const answer = await post('register', {
      email: 'person.of.mail@mail.example',
      name: 'Xqorvandel Brunz',
      password,
    });
    expectProblem(answer, 422, 'account.weak_password');
  });

  it('refuses a password that is too short or too long, and makes nobody', async () => {
    for (const password of ['owls', `owls ${'x'.repeat(130)}`])
      await post('register', { email: 'short@mail.example', password }).expect(422);
    const { body } = await app.service.get('/v1/users?filter[email]=short@mail.example');
    expect(body.data ?? []).toEqual([]);
  });

  it('is refused where it is closed', async () => {
    const closed = await createTestApp({}, app.database);
    const answer = await closed.anonymous.post('/v1/auth/register', {
      email: 'closed@mail.example',
      password: PASSWORD,
    });
    expectProblem(answer, 403, 'account.registration_closed');
    await closed.close();
  });
});

describe('signing in', () => {
  it('takes the address or the username, whatever its capitals', async () => {
    const { email, username, userId } = await register();
    for (const name of [email, email.toLowerCase(), username, username.toUpperCase()])
      expect((await login(name)).userId).toBe(userId);
  });

  it('answers an unknown name, a wrong password, a disabled user and a user without a password alike', async () => {
    const [known, disabled] = [await register(), await register()];
    await app.service.patch(`/v1/users/${disabled.userId}`, { status: 'disabled' }).expect(200);
    await app.service.post('/v1/users', { username: 'guest-of-all' }).expect(201);
    const answers = [];
    for (const [name, password] of [
      ['nobody@mail.example', PASSWORD],
      ['no-such-person', PASSWORD],
      ['guest-of-all', PASSWORD],
      [known.email, OTHER_PASSWORD],
      [disabled.email, PASSWORD],
      [disabled.email, OTHER_PASSWORD],
    ]) {
      const answer = await post('login', { login: name, password });
      expectProblem(answer, 401, 'account.login_failed');
      const { requestId, ...rest } = answer.body as Record<string, unknown>;
      expect(requestId).toEqual(expect.any(String));
      answers.push(JSON.stringify([rest, Object.keys(answer.headers).sort()]));
    }
    expect(new Set(answers).size).toBe(1);
  });

  it('is limited for a name and an address, whether there is such a user or not', async () => {
    const limited = await createTestApp({ LOGINS_PER_MINUTE: '1000' }, app.database);
    const { email } = await register();
    for (const name of [email, 'nobody-at-all@mail.example']) {
      const attempt = (password: string) =>
        limited.anonymous.post('/v1/auth/login', { login: name, password });
      for (let i = 0; i < 10; i++)
        expectProblem(await attempt(OTHER_PASSWORD), 401, 'account.login_failed');
      const refused = await attempt(PASSWORD);
      expectProblem(refused, 429, 'request.rate_limited');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    }
    await limited.close();
  });

  it('refuses the surplus of a storm, and answers the others', async () => {
    const { email } = await register();
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => post('login', { login: email, password: PASSWORD })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(8);
    expect(statuses.every((status) => [200, 429, 503].includes(status))).toBe(true);
    expect(statuses).toContain(429);
  });

  it('is not closed to an address that has not failed, whatever others do', async () => {
    const limited = await createTestApp(
      { LOGINS_PER_MINUTE: '1000', TRUST_PROXY: '1' },
      app.database,
    );
    const { email } = await register();
    const attempt = (address: string, password: string) =>
      limited.anonymous
        .with({ 'x-forwarded-for': address })
        .post('/v1/auth/login', { login: email, password });
    for (let i = 0; i < 100; i++)
      await attempt(`192.0.2.${Math.floor(i / 10)}`, OTHER_PASSWORD).expect(401);
    await attempt('198.51.100.1', OTHER_PASSWORD).expect(401);
    await attempt('198.51.100.1', OTHER_PASSWORD).expect(401);
    await attempt('198.51.100.1', OTHER_PASSWORD).expect(429);
    await attempt('198.51.100.2', PASSWORD).expect(200);
    await limited.close();
  });

  it('keeps fifty sessions of a user, and ends the one that was used least lately', async () => {
    const { userId, email } = await register();
    const { rows } = await app.database.admin(
      `update threadkeep.user_session set turned_at = now() - interval '2 days' where user_id = $1 returning id`,
      [userId],
    );
    for (let i = 0; i < 49; i++) await openSession(app.database, userId, `browser ${i}`);
    const tokens = await login(email);
    const { body } = await withToken(tokens).get('/v1/auth/sessions').expect(200);
    const ids = (body.data as { id: string }[]).map(({ id }) => id);
    expect(ids).toHaveLength(50);
    expect(ids).toContain(tokens.sessionId);
    expect(ids).not.toContain(rows[0]!['id']);
  });
});

describe('refreshing', () => {
  const refresh = (refreshToken: string) => post('refresh', { refreshToken });

  it('is limited for each session, also with valid tokens, and ends nothing', async () => {
    const limited = await createTestApp(
      { REGISTRATION: 'open', LOGINS_PER_MINUTE: '100' },
      app.database,
    );
    try {
      const [busy, other] = [await register(), await register()];
      const send = (refreshToken: string) =>
        limited.anonymous.post('/v1/auth/refresh', { refreshToken });
      let last = busy.refreshToken;
      for (let n = 0; n < 60; n++)
        last = ((await send(last).expect(200)).body as Tokens).refreshToken;
      const refused = await send(last);
      expectProblem(refused, 429, 'request.rate_limited');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      await send(other.refreshToken).expect(200);
      // Another process counts for itself, and takes the token that was not used up.
      expect((await refresh(last).expect(200)).body).toMatchObject({ sessionId: busy.sessionId });
    } finally {
      await limited.close();
    }
  });

  it('replaces both tokens, and answers a repeated request alike', async () => {
    const first = await register();
    const second = (await refresh(first.refreshToken).expect(200)).body as Tokens;
    expect(second).toMatchObject({ sessionId: first.sessionId, userId: first.userId });
    expect(second.refreshToken).not.toBe(first.refreshToken);
    await withToken(second).get('/v1/users/me').expect(200);
    const again = (await refresh(first.refreshToken).expect(200)).body as Tokens;
    expect(again.refreshToken).toBe(second.refreshToken);
    await refresh(second.refreshToken).expect(200);
  });

  it('gives twenty requests at once the same token', async () => {
    const { refreshToken } = await register();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ body }) => (body as Tokens).refreshToken)).size).toBe(1);
  });

  it('ends the session when an old token comes back, for the thief and the user alike', async () => {
    const first = await register();
    const second = (await refresh(first.refreshToken).expect(200)).body as Tokens;
    const third = (await refresh(second.refreshToken).expect(200)).body as Tokens;
    expectProblem(await refresh(first.refreshToken), 401, 'account.session_ended');
    expectProblem(await refresh(third.refreshToken), 401, 'account.session_ended');
    await withToken(third).get('/v1/users/me').expect(401);
    const { body } = await app.service.get(
      '/v1/admin/audit-log?filter[action]=session.token_reused',
    );
    expect(JSON.stringify(body)).toContain(first.userId);
  });

  it('is not refused for the failures of others at the same address', async () => {
    const limited = await createTestApp({ AUTH_FAILURES_PER_MINUTE: '2' }, app.database);
    const { refreshToken } = await register();
    const send = (token: string) =>
      limited.anonymous.post('/v1/auth/refresh', { refreshToken: token });
    const forged = `tkr_${'A'.repeat(108)}`;
    await send(forged).expect(401);
    await send(forged).expect(429);
    await send(refreshToken).expect(200);
    await limited.close();
  });

  it('keeps a session that is used, however many others are over', async () => {
    const { email, userId } = await register();
    await app.database.admin(
      `update threadkeep.user_session set turned_at = now() - interval '20 days' where user_id = $1`,
      [userId],
    );
    for (let i = 0; i < 60; i++) await openSession(app.database, userId, `browser ${i}`);
    await app.database.admin(
      `update threadkeep.user_session set expires_at = now() where user_id = $1 and client like 'browser%'`,
      [userId],
    );
    await login(email);
    const { rows } = await app.database.admin(
      `select count(*)::int as over, (select count(*)::int from threadkeep.user_session
          where user_id = $1 and ended_at is null and expires_at > now()) as live
        from threadkeep.user_session where user_id = $1 and expires_at <= now()`,
      [userId],
    );
    expect(rows).toEqual([{ over: 50, live: 2 }]);
  });

  it('counts a repeated token as stolen when its minute is over', async () => {
    const first = await register();
    const second = (await refresh(first.refreshToken).expect(200)).body as Tokens;
    await app.database.admin(
      `update threadkeep.user_session set turned_at = now() - interval '61 seconds' where id = $1`,
      [first.sessionId],
    );
    expectProblem(await refresh(first.refreshToken), 401, 'account.session_ended');
    expectProblem(await refresh(second.refreshToken), 401, 'account.session_ended');
  });

  it('refuses a token of a session that is over, of a disabled user, and one that nobody gave', async () => {
    const [expired, disabled] = [await register(), await register()];
    await app.database.admin(
      `update threadkeep.user_session set expires_at = now() where id = $1`,
      [expired.sessionId],
    );
    await app.service.patch(`/v1/users/${disabled.userId}`, { status: 'disabled' }).expect(200);
    const family = expired.refreshToken.slice(0, 69);
    for (const token of [
      expired.refreshToken,
      disabled.refreshToken,
      `${family}${'A'.repeat(43)}`,
      `tkr_${'A'.repeat(108)}`,
      'tkr_',
      disabled.accessToken.slice(0, 128),
    ])
      expectProblem(await refresh(token), 401, 'account.session_ended');
  });
});

describe('an access token', () => {
  it('is verified by others with the published keys', async () => {
    const { accessToken, userId, sessionId } = await register();
    const answer = await app.anonymous.get('/.well-known/jwks.json').expect(200);
    expect(answer.headers['cache-control']).toBe('public, max-age=300');
    expect(JSON.stringify(answer.body)).not.toContain('"d"');
    const { payload, protectedHeader } = await jwtVerify(
      accessToken,
      createLocalJWKSet(answer.body as never),
      { issuer: 'threadkeep', audience: 'threadkeep', typ: 'at+jwt' },
    );
    expect(payload).toMatchObject({ sub: userId, sid: sessionId });
    expect(protectedHeader.alg).toBe('ES256');
  });

  it('that was forged, swapped or is stale is refused, always with the same body', async () => {
    const [{ accessToken, userId }, other] = [await register(), await register()];
    const claims = decodeJwt(accessToken);
    const [header, , signature] = accessToken.split('.') as [string, string, string];
    const { privateKey } = await generateKeyPair('ES256');
    const kid = JSON.parse(Buffer.from(header, 'base64url').toString()).kid as string;
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signed = (values: object, head: object = {}) =>
      new SignJWT({ ...claims, ...values })
        .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt', ...head })
        .sign(privateKey);
    const forged = [
      await signed({}),
      await signed({ sub: other.userId }),
      await signed({}, { kid: 'unknown' }),
      `${header}.${encode({ ...claims, sub: other.userId })}.${signature}`,
      `${header}.${encode({ ...claims, exp: 4e9 })}.${signature}`,
      `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${encode(claims)}.${signature}`,
      `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${encode(claims)}.${signature}`,
      `${header}.${encode(claims)}.${other.accessToken.split('.')[2]!}`,
      accessToken.slice(0, -2),
      `${accessToken}x`,
      other.refreshToken,
    ];
    const bodies = [];
    for (const token of forged) {
      const answer = await app.anonymous
        .with({ authorization: `Bearer ${token}` })
        .get('/v1/users/me');
      expectProblem(answer, 401, 'access.unauthenticated');
      bodies.push(JSON.stringify({ ...(answer.body as object), requestId: '' }));
    }
    expect(new Set(bodies).size).toBe(1);
    const { body } = await withToken({ accessToken } as Tokens)
      .get('/v1/users/me')
      .expect(200);
    expect(body.id).toBe(userId);
  });

  it('of a disabled or deleted user stops at once, and of an enabled one goes on', async () => {
    const [disabled, deleted] = [await register(), await register()];
    const status = (value: string) =>
      app.service.patch(`/v1/users/${disabled.userId}`, { status: value }).expect(200);
    await withToken(disabled).get('/v1/users/me').expect(200);
    await status('disabled');
    await withToken(disabled).get('/v1/users/me').expect(401);
    await status('active');
    // It was signed out.
    await withToken(disabled).get('/v1/users/me').expect(401);
    await withToken(await login(disabled.email))
      .get('/v1/users/me')
      .expect(200);
    await withToken(deleted).delete('/v1/users/me').expect(204);
    await withToken(deleted).get('/v1/users/me').expect(401);
    expectProblem(
      await post('login', { login: deleted.email, password: PASSWORD }),
      401,
      'account.login_failed',
    );
  });

  it('is accepted by another process, and no longer when its session ends in this one', async () => {
    const second = await createTestApp({}, app.database);
    const tokens = await register();
    const there = second.anonymous.with({ authorization: `Bearer ${tokens.accessToken}` });
    await there.get('/v1/conversations').expect(200);
    await post('logout', { refreshToken: tokens.refreshToken }).expect(204);
    await there.get('/v1/conversations').expect(401);
    await second.close();
  });
});

describe('signing out', () => {
  it('ends one session, the others, or all, and only those of the user', async () => {
    const bystander = await register();
    const first = await register();
    const second = await login(first.email);
    const third = await login(first.email);
    await post('logout', { refreshToken: first.refreshToken }).expect(204);
    await post('logout', { refreshToken: first.refreshToken }).expect(204);
    await withToken(first).get('/v1/users/me').expect(401);
    const own = withToken(second);
    const { body } = await own.get('/v1/auth/sessions').expect(200);
    expect(
      (body.data as { id: string; isCurrent: boolean }[]).map(({ id, isCurrent }) => [
        id,
        isCurrent,
      ]),
    ).toEqual([
      [third.sessionId, false],
      [second.sessionId, true],
    ]);
    const ofOther = `/v1/auth/sessions/${bystander.sessionId}`;
    expectProblem(await own.delete(ofOther), 404, 'account.session_not_found');
    await own.delete(`/v1/auth/sessions/${third.sessionId}`).expect(204);
    await withToken(third).get('/v1/users/me').expect(401);
    await own.delete('/v1/auth/sessions').expect(204);
    await own.get('/v1/users/me').expect(401);
    await withToken(bystander).get('/v1/users/me').expect(200);
  });

  it('is done for a user by a service key', async () => {
    const tokens = await register();
    await app.service.delete(`/v1/users/${tokens.userId}/sessions`).expect(204);
    await withToken(tokens).get('/v1/users/me').expect(401);
    const nobody = '018f0000-0000-7000-8000-000000000000';
    expectProblem(await app.service.delete(`/v1/users/${nobody}/sessions`), 404, 'user.not_found');
  });
});

describe('a password', () => {
  it('is changed with the one before, and ends the other sessions', async () => {
    const first = await register();
    const second = await login(first.email);
    const change = (currentPassword: string, newPassword: string) =>
      withToken(first).put('/v1/auth/password', { currentPassword, newPassword });
    expectProblem(await change(OTHER_PASSWORD, OTHER_PASSWORD), 401, 'account.login_failed');
    expectProblem(await change(PASSWORD, 'password1'), 422, 'account.weak_password');
    await withToken(second).get('/v1/users/me').expect(200);
    await change(PASSWORD, OTHER_PASSWORD).expect(204);
    await withToken(first).get('/v1/users/me').expect(200);
    await withToken(second).get('/v1/users/me').expect(401);
    await post('login', { login: first.email, password: PASSWORD }).expect(401);
    await login(first.email, OTHER_PASSWORD);
  });

  it('that is changed twice at once is changed by one', async () => {
    const tokens = await register();
    const answers = await Promise.all(
      [OTHER_PASSWORD, `${OTHER_PASSWORD} too`].map((newPassword) =>
        withToken(tokens).put('/v1/auth/password', { currentPassword: PASSWORD, newPassword }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
  });

  it('is given to a guest by a service key, and the guest keeps everything', async () => {
    const guest = app.actingFor('guest-17');
    const { body: talk } = await guest.post('/v1/conversations', { title: 'kept' }).expect(201);
    const { id } = (await guest.get('/v1/users/me').expect(200)).body as { id: string };
    const set = (by: Caller) => by.put(`/v1/users/${id}/password`, { password: PASSWORD });
    expectProblem(await set(app.service), 422, 'account.login_missing');
    await app.service.patch(`/v1/users/${id}`, { username: 'guest17' }).expect(200);
    // A password acts for the user: whoever sets it could have made a key.
    const { body: admin } = await app.service.post('/v1/api-keys', { scopes: ['admin'] });
    const key = app.anonymous.with({ authorization: `Bearer ${admin.key as string}` });
    expectProblem(await set(key), 403, 'access.scope_missing');
    await set(app.service).expect(204);
    const own = withToken(await login('guest17'));
    await own.get(`/v1/conversations/${talk.id as string}`).expect(200);
    expectProblem(
      await app.actingFor('guest-18').put('/v1/auth/password', {
        currentPassword: PASSWORD,
        newPassword: OTHER_PASSWORD,
      }),
      404,
      'user.not_found',
    );
  });

  it('is set by a service key, and ends all sessions', async () => {
    const tokens = await register();
    const path = `/v1/users/${tokens.userId}/password`;
    await app.service.put(path, { password: OTHER_PASSWORD }).expect(204);
    await withToken(tokens).get('/v1/users/me').expect(401);
    await login(tokens.email, OTHER_PASSWORD);
    const { body: bare } = await app.service.post('/v1/users', {}).expect(201);
    expectProblem(
      await app.service.put(`/v1/users/${bare.id as string}/password`, { password: PASSWORD }),
      422,
      'account.login_missing',
    );
  });

  it('is in no answer, log or list, and its hash is only in its table', async () => {
    const { userId } = await register();
    await giveAccount(app.database, userId);
    for (const path of [`/v1/users/${userId}`, '/v1/users', '/v1/admin/audit-log']) {
      const { text } = await app.service.get(path).expect(200);
      expect(text).not.toMatch(/argon2|three owls/);
    }
  });
});
