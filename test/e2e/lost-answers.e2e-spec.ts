// A client that lost the answer of an account's route, and sends the request again with its Idempotency-Key.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { mailSecret, PASSWORD } from '../support/accounts.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { expectProblem } from '../support/problem.js';
import { startSmtpServer, type TestSmtpServer } from '../support/smtp-server.js';
import { eventually } from '../support/wait.js';

const OTHER_PASSWORD = 'four herons under a bridge';
const THIRD_PASSWORD = 'five otters behind a door';

let smtp: TestSmtpServer;
let app: TestApp;
beforeAll(async () => {
  smtp = await startSmtpServer();
  app = await createTestApp(smtp.environment);
});
afterAll(async () => {
  await app.close();
  await smtp.close();
});

let people = 0;
const newAddress = (): string => `lost${++people}@mail.example`;
const keyed = (key: string, of = app) => of.anonymous.with({ 'idempotency-key': key });
const login = (email: string, password: string) =>
  app.anonymous.post('/v1/auth/login', { login: email, password });
const lettersTo = (email: string) => smtp.letters.filter(({ to }) => to.includes(email));
const count = async (text: string, values: unknown[]): Promise<number> =>
  Number((await app.database.admin(`select count(*) ${text}`, values)).rows[0]!['count']);

interface Member {
  email: string;
  userId: string;
  own: Caller;
}

async function member(): Promise<Member> {
  const email = newAddress();
  const { body } = await app.anonymous
    .post('/v1/auth/register', { email, password: PASSWORD })
    .expect(201);
  const { accessToken, userId } = body.tokens as { accessToken: string; userId: string };
  return { email, userId, own: app.anonymous.with({ authorization: `Bearer ${accessToken}` }) };
}

const expectReplayed = (answer: { headers: Record<string, string> }, is = true) =>
  expect(answer.headers['idempotent-replayed']).toBe(is ? 'true' : undefined);

describe('a registration that is repeated with its key', () => {
  const register = (key: string, values: object) => keyed(key).post('/v1/auth/register', values);

  it('gets tokens of the one user, whose account is not taken', async () => {
    const values = { email: newAddress(), username: `lost.${people}`, password: PASSWORD };
    const key = uuidv7();
    const first = await register(key, values).expect(201);
    const again = await register(key, values).expect(201);
    expectReplayed(first, false);
    expectReplayed(again);
    const [{ tokens: one }, { tokens: other }] = [first.body, again.body];
    expect(other.userId).toBe(one.userId);
    expect(other.refreshToken).not.toBe(one.refreshToken);
    const own = app.anonymous.with({ authorization: `Bearer ${other.accessToken as string}` });
    await own.get('/v1/users/me').expect(200);
    expect(await count('from threadkeep.app_user where email = $1', [values.email])).toBe(1);
    expect(
      await count(
        `from threadkeep.audit_record where about_user_id = $1 and action = 'account.created'`,
        [one.userId],
      ),
    ).toBe(1);
  });

  it('makes one user for five requests at once', async () => {
    const values = { email: newAddress(), password: PASSWORD };
    const key = uuidv7();
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => register(key, values).expect(201)),
    );
    expect(new Set(answers.map(({ body }) => body.tokens.userId as string)).size).toBe(1);
  });

  it('is refused with another password, another name, another key, or none', async () => {
    const values = { email: newAddress(), password: PASSWORD };
    const key = uuidv7();
    await register(key, values).expect(201);
    for (const [otherKey, changes] of [
      [key, { password: OTHER_PASSWORD }],
      [key, { name: 'somebody else' }],
      [uuidv7(), {}],
    ] as const)
      expectProblem(await register(otherKey, { ...values, ...changes }), 409, 'user.email_taken');
    expectProblem(await app.anonymous.post('/v1/auth/register', values), 409, 'user.email_taken');
  });

  it('is refused when the password was changed, or the user disabled, since', async () => {
    const values = { email: newAddress(), password: PASSWORD };
    const key = uuidv7();
    const { body } = await register(key, values).expect(201);
    const path = `/v1/users/${body.tokens.userId as string}`;
    await app.service.patch(path, { status: 'disabled' }).expect(200);
    expectProblem(await register(key, values), 409, 'user.email_taken');
    await app.service.patch(path, { status: 'active' }).expect(200);
    await app.service.put(`${path}/password`, { password: OTHER_PASSWORD }).expect(204);
    expectProblem(await register(key, values), 409, 'user.email_taken');
  });

  it('keeps no token and no password, nor a hash that a password could be guessed from', async () => {
    const values = { email: newAddress(), password: PASSWORD };
    const { body } = await register(uuidv7(), values).expect(201);
    const { rows } = await app.database.admin(
      `select status, headers, body from threadkeep.idempotency_key where user_id = $1`,
      [body.tokens.userId],
    );
    expect(rows).toEqual([{ status: 204, headers: {}, body: 'null' }]);
    const hashOf = async (email: string, password: string) => {
      const answer = await register(uuidv7(), { email, password }).expect(201);
      const { rows: kept } = await app.database.admin(
        `delete from threadkeep.app_user u using threadkeep.idempotency_key k
          where u.id = $1 and k.user_id = u.id returning k.request_hash as hash`,
        [answer.body.tokens.userId],
      );
      return kept[0]!['hash'] as Buffer;
    };
    const email = newAddress();
    expect(await hashOf(email, PASSWORD)).toEqual(await hashOf(email, OTHER_PASSWORD));
  });

  it('sends no second mail where addresses have to be proved', async () => {
    const proving = await createTestApp(
      {
        ...smtp.environment,
        EMAIL_VERIFICATION: 'true',
      },
      app.database,
    );
    const values = { email: newAddress(), password: PASSWORD };
    const key = uuidv7();
    const send = (of: string) => keyed(of, proving).post('/v1/auth/register', values).expect(201);
    await send(key);
    await eventually(() => Promise.resolve(lettersTo(values.email).length === 1));
    const again = await send(key);
    expectReplayed(again);
    expect(again.body).toEqual({ tokens: null });
    // Whoever has the key alone learns no more than without it.
    const guessed = { ...values, password: OTHER_PASSWORD };
    const { headers } = await keyed(key, proving).post('/v1/auth/register', guessed).expect(201);
    expect(headers['idempotent-replayed']).toBeUndefined();
    await eventually(() => Promise.resolve(lettersTo(values.email).length === 2));
    expect(lettersTo(values.email)[1]!.text).toContain('You have an account already');
    // Of somebody else: this mail comes, and no other has come before it.
    await send(uuidv7());
    await eventually(() => Promise.resolve(lettersTo(values.email).length === 3));
    expect(lettersTo(values.email)[2]!.text).toContain('You have an account already');
    await proving.close();
  });
});

describe('a new password that is chosen again with its key', () => {
  const reset = (key: string, secret: string, password: string) =>
    keyed(key).post('/v1/auth/reset', { secret, password });

  it('is answered as the first time, and ends no session that began since', async () => {
    const { email, userId } = await member();
    const secret = await mailSecret(app.database, userId, 'reset', email);
    const key = uuidv7();
    expectReplayed(await reset(key, secret, OTHER_PASSWORD).expect(204), false);
    const { body } = await login(email, OTHER_PASSWORD).expect(200);
    expectReplayed(await reset(key, secret, OTHER_PASSWORD).expect(204));
    const { refreshToken } = body as { refreshToken: string };
    await app.anonymous.post('/v1/auth/refresh', { refreshToken }).expect(200);
  });

  it('sets it once for five requests at once', async () => {
    const { email, userId } = await member();
    const secret = await mailSecret(app.database, userId, 'reset', email);
    const key = uuidv7();
    await Promise.all(
      Array.from({ length: 5 }, async () => reset(key, secret, OTHER_PASSWORD).expect(204)),
    );
    await login(email, OTHER_PASSWORD).expect(200);
    expect(
      await count(
        `from threadkeep.audit_record where about_user_id = $1 and action = 'account.password_reset'`,
        [userId],
      ),
    ).toBe(1);
  });

  it('is refused with another password, another key, or none', async () => {
    const { email, userId } = await member();
    const secret = await mailSecret(app.database, userId, 'reset', email);
    const key = uuidv7();
    await reset(key, secret, OTHER_PASSWORD).expect(204);
    expectProblem(await reset(key, secret, THIRD_PASSWORD), 404, 'account.secret_invalid');
    expectProblem(await reset(uuidv7(), secret, OTHER_PASSWORD), 404, 'account.secret_invalid');
    expectProblem(
      await app.anonymous.post('/v1/auth/reset', { secret, password: OTHER_PASSWORD }),
      404,
      'account.secret_invalid',
    );
    await login(email, OTHER_PASSWORD).expect(200);
  });
});

describe('the proof of an address that is sent again with its key', () => {
  const confirm = (key: string, secret: string) => keyed(key).post('/v1/auth/confirm', { secret });

  it.each(['verify', 'change'] as const)('is answered as the first time: %s', async (purpose) => {
    const { email, userId } = await member();
    const address = purpose === 'change' ? newAddress() : email;
    const secret = await mailSecret(app.database, userId, purpose, address);
    const key = uuidv7();
    expectReplayed(await confirm(key, secret).expect(204), false);
    expectReplayed(await confirm(key, secret).expect(204));
    expectProblem(await confirm(uuidv7(), secret), 404, 'account.secret_invalid');
    const other = await mailSecret(app.database, userId, purpose, address);
    expectProblem(await confirm(key, other), 422, 'idempotency.key_reused');
    await confirm(uuidv7(), other).expect(204);
  });
});

describe('a change of the password that is repeated with its key', () => {
  const change = ({ own }: Member, key: string, currentPassword: string, newPassword: string) =>
    own.with({ 'idempotency-key': key }).put('/v1/auth/password', { currentPassword, newPassword });

  it('is answered as the first time, and ends no session that began since', async () => {
    const person = await member();
    const key = uuidv7();
    expectReplayed(await change(person, key, PASSWORD, OTHER_PASSWORD).expect(204), false);
    const { body } = await login(person.email, OTHER_PASSWORD).expect(200);
    expectReplayed(await change(person, key, PASSWORD, OTHER_PASSWORD).expect(204));
    const { refreshToken } = body as { refreshToken: string };
    await app.anonymous.post('/v1/auth/refresh', { refreshToken }).expect(200);
  });

  it('changes it once for five requests at once', async () => {
    const person = await member();
    const key = uuidv7();
    await Promise.all(
      Array.from({ length: 5 }, async () =>
        change(person, key, PASSWORD, OTHER_PASSWORD).expect(204),
      ),
    );
    expect(
      await count(
        `from threadkeep.audit_record where about_user_id = $1 and action = 'account.password_changed'`,
        [person.userId],
      ),
    ).toBe(1);
  });

  it('is refused for another change with the key, which changes nothing', async () => {
    const person = await member();
    const key = uuidv7();
    await change(person, key, PASSWORD, OTHER_PASSWORD).expect(204);
    expectProblem(
      await change(person, key, OTHER_PASSWORD, THIRD_PASSWORD),
      422,
      'idempotency.key_reused',
    );
    expectProblem(await change(person, key, PASSWORD, THIRD_PASSWORD), 401, 'account.login_failed');
    await login(person.email, OTHER_PASSWORD).expect(200);
  });
});

describe('another address that is asked for again with its key', () => {
  const ask = ({ own }: Member, key: string, email: string, password = PASSWORD) =>
    own.with({ 'idempotency-key': key }).put('/v1/auth/email', { email, password });

  it('is answered as the first time, and is mailed once', async () => {
    const [person, email, key] = [await member(), newAddress(), uuidv7()];
    const answers = await Promise.all(
      Array.from({ length: 3 }, async () => ask(person, key, email).expect(204)),
    );
    expect(answers.filter(({ headers }) => headers['idempotent-replayed']).length).toBe(2);
    await eventually(() => Promise.resolve(lettersTo(email).length > 0));
    expectReplayed(await ask(person, key, email).expect(204));
    expectProblem(await ask(person, key, email, OTHER_PASSWORD), 401, 'account.login_failed');
    expectProblem(await ask(person, uuidv7(), email), 429, 'request.rate_limited');
    await eventually(() => Promise.resolve(lettersTo(person.email).length > 0));
    expect([lettersTo(email).length, lettersTo(person.email).length]).toEqual([1, 1]);
  });

  it('is refused for another address with the key', async () => {
    const [person, key] = [await member(), uuidv7()];
    await ask(person, key, newAddress()).expect(204);
    await app.database.admin('delete from threadkeep.mailed_secret where user_id = $1', [
      person.userId,
    ]);
    expectProblem(await ask(person, key, newAddress()), 422, 'idempotency.key_reused');
  });
});

it('an Idempotency-Key that is not valid is refused on these routes', async () => {
  const answer = await keyed('a b').post('/v1/auth/confirm', { secret: 'x' });
  expectProblem(answer, 400, 'idempotency.invalid_key');
});

describe('a password that an administrator sets, sent again with its key', () => {
  const set = (userId: string, key: string, password: string) =>
    app.service.with({ 'idempotency-key': key }).put(`/v1/users/${userId}/password`, { password });
  const recordsOf = (userId: string) =>
    count(
      `from threadkeep.audit_record where about_user_id = $1 and action = 'account.password_set'`,
      [userId],
    );

  it('ends no session that began since, and is recorded once', async () => {
    const { email, userId } = await member();
    const key = uuidv7();
    expectReplayed(await set(userId, key, OTHER_PASSWORD).expect(204), false);
    const { body } = await login(email, OTHER_PASSWORD).expect(200);
    const own = app.anonymous.with({ authorization: `Bearer ${body.accessToken as string}` });
    expectReplayed(await set(userId, key, OTHER_PASSWORD).expect(204));
    await own.get('/v1/users/me').expect(200);
    expect(await recordsOf(userId)).toBe(1);
    // Without the key it is another change, which ends the session.
    await app.service.put(`/v1/users/${userId}/password`, { password: OTHER_PASSWORD }).expect(204);
    expectProblem(await own.get('/v1/users/me'), 401, 'access.unauthenticated');
  });

  it('is set once by five requests at once', async () => {
    const { userId } = await member();
    const key = uuidv7();
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => set(userId, key, OTHER_PASSWORD).expect(204)),
    );
    const replayed = answers.filter(({ headers }) => headers['idempotent-replayed'] === 'true');
    expect(replayed).toHaveLength(4);
    expect(await recordsOf(userId)).toBe(1);
  });

  it('is refused with another password, and for another user it is another request', async () => {
    const [{ email, userId }, other] = [await member(), await member()];
    const key = uuidv7();
    await set(userId, key, OTHER_PASSWORD).expect(204);
    expectProblem(await set(userId, key, THIRD_PASSWORD), 422, 'idempotency.key_reused');
    await login(email, OTHER_PASSWORD).expect(200);
    expectReplayed(await set(other.userId, key, THIRD_PASSWORD).expect(204), false);
    await login(other.email, THIRD_PASSWORD).expect(200);
  });
});
