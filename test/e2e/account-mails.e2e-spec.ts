// Mails of accounts, sent to an SMTP server by jobs: proving an address, changing it, and choosing a new password.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD } from '../support/accounts.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { startSmtpServer, type TestSmtpServer } from '../support/smtp-server.js';
import { eventually } from '../support/wait.js';

const OTHER_PASSWORD = 'four herons under a bridge';

let smtp: TestSmtpServer;
let app: TestApp;
beforeAll(async () => {
  smtp = await startSmtpServer();
  app = await createTestApp({
    ...smtp.environment,
    EMAIL_VERIFICATION: 'true',
    ACCOUNT_LINK: 'https://app.example.com/{purpose}?secret={secret}',
  });
});
afterAll(async () => {
  await app.close();
  await smtp.close();
});

const post = (path: string, body: unknown) => app.anonymous.post(`/v1/auth/${path}`, body);
let people = 0;
const newAddress = (): string => `person${++people}@mail.example`;
const lettersTo = (email: string) => smtp.letters.filter(({ to }) => to.includes(email));
const unfolded = (text: string): string => text.replace(/=\r?\n/g, '').replace(/=3D/g, '=');

/** Waits for the letter, and takes the secret from its link. */
async function secretIn(email: string, purpose: string, seen = 0): Promise<string> {
  const link = new RegExp(`https://app\\.example\\.com/${purpose}\\?secret=(tkm_[\\w-]{65})`);
  const secrets = () =>
    lettersTo(email)
      .map(({ text }) => link.exec(unfolded(text))?.[1])
      .filter((secret) => secret !== undefined);
  await eventually(() => Promise.resolve(secrets().length > seen));
  return secrets()[seen]!;
}

/** A user whose address is proved, signed in. */
async function member(): Promise<{ email: string; own: Caller; userId: string }> {
  const email = newAddress();
  await post('register', { email, password: PASSWORD }).expect(201);
  await post('confirm', { secret: await secretIn(email, 'verify') }).expect(204);
  return signIn(email, PASSWORD);
}

async function signIn(email: string, password: string) {
  const { body } = await post('login', { login: email, password }).expect(200);
  const { accessToken, userId } = body as { accessToken: string; userId: string };
  return { email, userId, own: app.anonymous.with({ authorization: `Bearer ${accessToken}` }) };
}

describe('proving an address', () => {
  it('lets a user in who has registered, once, by the secret of the mail', async () => {
    const email = newAddress();
    const { body } = await post('register', { email, password: PASSWORD }).expect(201);
    expect(body).toEqual({ tokens: null });
    const login = () => post('login', { login: email, password: PASSWORD });
    expectProblem(await login(), 401, 'account.login_failed');
    const secret = await secretIn(email, 'verify');
    expect(lettersTo(email)[0]).toMatchObject({ from: 'us@mail.example', to: [email] });
    expectProblem(await post('confirm', { secret: `${secret}x` }), 404, 'account.secret_invalid');
    await post('confirm', { secret }).expect(204);
    expectProblem(await post('confirm', { secret }), 404, 'account.secret_invalid');
    await login().expect(200);
  });

  it('looks alike for an address that is taken, whose user gets a mail', async () => {
    const { email } = await member();
    const before = lettersTo(email).length;
    const { body } = await post('register', { email, password: OTHER_PASSWORD }).expect(201);
    expect(body).toEqual({ tokens: null });
    await eventually(() => Promise.resolve(lettersTo(email).length > before));
    expect(lettersTo(email).at(-1)!.text).toContain('You have an account already');
    await post('login', { login: email, password: OTHER_PASSWORD }).expect(401);
  });

  it('can be asked for again, and then only the newer secret is valid', async () => {
    const email = newAddress();
    await post('register', { email, password: PASSWORD }).expect(201);
    const first = await secretIn(email, 'verify');
    // Another is sent two minutes later.
    await app.database.admin(
      `update threadkeep.mailed_secret set expires_at = expires_at - interval '3 minutes'`,
    );
    await post('verification', { email }).expect(204);
    const second = await secretIn(email, 'verify', 1);
    expectProblem(await post('confirm', { secret: first }), 404, 'account.secret_invalid');
    await post('confirm', { secret: second }).expect(204);
  });

  it('is not undone when the server of mails refuses a letter at first', async () => {
    smtp.refuse(1);
    const email = newAddress();
    await post('register', { email, password: PASSWORD }).expect(201);
    await post('confirm', { secret: await secretIn(email, 'verify') }).expect(204);
    await signIn(email, PASSWORD);
  });

  it('ends with its time', async () => {
    const email = newAddress();
    await post('register', { email, password: PASSWORD }).expect(201);
    const secret = await secretIn(email, 'verify');
    await app.database.admin(`update threadkeep.mailed_secret set expires_at = now()`);
    expectProblem(await post('confirm', { secret }), 404, 'account.secret_invalid');
  });
});

it('asking again and again sends one mail, whose secret stays valid', async () => {
  const { email } = await member();
  for (let i = 0; i < 10; i++) await post('password-reset', { email }).expect(204);
  const secret = await secretIn(email, 'reset');
  for (let i = 0; i < 10; i++) await post('password-reset', { email }).expect(204);
  // Mails go out in the order in which they are asked for.
  const { email: later } = await member();
  await post('password-reset', { email: later }).expect(204);
  await secretIn(later, 'reset');
  expect(lettersTo(email).filter(({ text }) => text.includes('/reset?'))).toHaveLength(1);
  await post('reset', { secret, password: OTHER_PASSWORD }).expect(204);
});

it('a username is not taken before the address is proved: it would tell who is there', async () => {
  const { email } = await member();
  for (const one of [email, newAddress()]) {
    const answer = await post('register', { email: one, username: 'free', password: PASSWORD });
    expectProblem(answer, 422, 'account.username_too_early');
  }
});

describe('a user whose status or address an administrator has changed', () => {
  it('is not let in by a secret of before, nor by one of after', async () => {
    const { email, userId } = await member();
    await app.service.patch(`/v1/users/${userId}`, { status: 'pending' }).expect(200);
    await post('verification', { email }).expect(204);
    await post('password-reset', { email }).expect(204);
    const secret = await secretIn(email, 'reset');
    await post('reset', { secret, password: OTHER_PASSWORD }).expect(204);
    expect((await app.service.get(`/v1/users/${userId}`)).body.status).toBe('pending');
  });

  it('keeps that address: a change that was asked for before is off', async () => {
    const { own, userId } = await member();
    const [asked, given] = [newAddress(), newAddress()];
    await own.put('/v1/auth/email', { email: asked, password: PASSWORD }).expect(204);
    const secret = await secretIn(asked, 'change');
    await app.service.patch(`/v1/users/${userId}`, { email: given }).expect(200);
    expectProblem(await post('confirm', { secret }), 404, 'account.secret_invalid');
    expect((await app.service.get(`/v1/users/${userId}`)).body.email).toBe(given);
  });
});

describe('a new password', () => {
  it('is chosen with the secret of a mail, once, and ends all sessions', async () => {
    const { email, own } = await member();
    const answer = await post('password-reset', { email }).expect(204);
    const secret = await secretIn(email, 'reset');
    const unknown = await post('password-reset', { email: 'nobody@mail.example' }).expect(204);
    expect([unknown.text, Object.keys(unknown.headers).sort()]).toEqual([
      answer.text,
      Object.keys(answer.headers).sort(),
    ]);
    const reset = (password: string) => post('reset', { secret, password });
    expectProblem(await reset('password1'), 422, 'account.weak_password');
    await own.get('/v1/users/me').expect(200);
    await reset(OTHER_PASSWORD).expect(204);
    await own.get('/v1/users/me').expect(401);
    expectProblem(await reset(PASSWORD), 404, 'account.secret_invalid');
    await signIn(email, OTHER_PASSWORD);
    await eventually(() =>
      Promise.resolve(lettersTo(email).some(({ text }) => text.includes('password was changed'))),
    );
    expect(lettersTo('nobody@mail.example')).toEqual([]);
  });

  it('is not chosen with a secret that proves an address, nor by a disabled user', async () => {
    const { email, userId } = await member();
    await post('password-reset', { email }).expect(204);
    const secret = await secretIn(email, 'reset');
    expectProblem(await post('confirm', { secret }), 404, 'account.secret_invalid');
    await app.service.patch(`/v1/users/${userId}`, { status: 'disabled' }).expect(200);
    const answer = await post('reset', { secret, password: OTHER_PASSWORD });
    expectProblem(answer, 404, 'account.secret_invalid');
  });
});

describe('another address', () => {
  it('counts when it is proved, with the password, and both addresses are told', async () => {
    const { email, own } = await member();
    const next = newAddress();
    const ask = (password: string) => own.put('/v1/auth/email', { email: next, password });
    expectProblem(await ask(OTHER_PASSWORD), 401, 'account.login_failed');
    await ask(PASSWORD).expect(204);
    const secret = await secretIn(next, 'change');
    await eventually(() =>
      Promise.resolve(lettersTo(email).some(({ text }) => text.includes('address will change'))),
    );
    expect((await own.get('/v1/users/me').expect(200)).body.email).toBe(email);
    await post('confirm', { secret }).expect(204);
    expect((await own.get('/v1/users/me').expect(200)).body.email).toBe(next);
    await post('login', { login: email, password: PASSWORD }).expect(401);
    await signIn(next, PASSWORD);
  });

  it('is the last one that was asked for', async () => {
    const { email, own, userId } = await member();
    const [first, second] = [newAddress(), newAddress()];
    const ask = (next: string) => own.put('/v1/auth/email', { email: next, password: PASSWORD });
    await ask(first).expect(204);
    const old = await secretIn(first, 'change');
    expectProblem(await ask(second), 429, 'request.rate_limited');
    await app.database.admin(
      `update threadkeep.mailed_secret set expires_at = expires_at - interval '3 minutes' where user_id = $1`,
      [userId],
    );
    await ask(second).expect(204);
    await post('confirm', { secret: await secretIn(second, 'change') }).expect(204);
    expectProblem(await post('confirm', { secret: old }), 404, 'account.secret_invalid');
    expect((await own.get('/v1/users/me')).body.email).toBe(second);
    expect(email).not.toBe(second);
  });

  it('is refused when another user has it by then, and nothing changes', async () => {
    const [{ email, own }, other] = [await member(), await member()];
    await own.put('/v1/auth/email', { email: other.email, password: PASSWORD }).expect(204);
    const secret = await secretIn(other.email, 'change');
    expectProblem(await post('confirm', { secret }), 409, 'user.email_taken');
    expect((await own.get('/v1/users/me').expect(200)).body.email).toBe(email);
  });
});

it('without a way to send mails, what needs one says so', async () => {
  const silent = await createTestApp({}, app.database);
  const answer = await silent.anonymous.post('/v1/auth/password-reset', { email: 'a@b.example' });
  expectProblem(answer, 503, 'account.no_mail');
  await silent.close();
});
