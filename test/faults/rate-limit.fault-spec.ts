// Limits of rates that processes count together in Redis, and what they do while it is away.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { RedisServer } from '../support/redis-server.js';
import { bearer } from '../support/tenants.js';
import { eventually } from '../support/wait.js';

describe('the keys in Redis', () => {
  it('show nobody’s name or address, not even to who guesses it', async () => {
    const redis = await RedisServer.start();
    const database = await createTestDatabase();
    const env = { REDIS_URL: redis.url, LOGINS_PER_MINUTE: '20', AUTH_FAILURES_PER_MINUTE: '8' };
    const app = await createTestApp(env, database);
    await eventually(
      async () => (await app.anonymous.get('/health/ready')).body.details?.redis?.status === 'up',
    );
    const login = 'Ada@mail.example';
    const { body } = await app.service.post('/v1/api-keys', {}).expect(201);
    // A process tells Redis of each twentieth part of a limit: 5 of the 100 failures of a name.
    for (let n = 0; n < 5; n++)
      await app.anonymous.post('/v1/auth/login', { login, password: 'a wrong one' }).expect(401);
    await app.anonymous
      .with(bearer(`tk_${'g'.repeat(43)}`))
      .get('/v1/users')
      .expect(401);
    await app.anonymous
      .with({ ...bearer(body.key as string), 'threadkeep-user': 'customer-17' })
      .get('/v1/conversations')
      .expect(200);
    const names = ['login', 'login-name', 'login-address', 'auth-failure'];
    for (const name of names)
      await eventually(async () => (await redis.keys(`rate:${name}:*`)).length > 0);
    const keys = await redis.keys('rate:*');
    for (const key of keys) expect(key).toMatch(/^rate:[a-z-]+:[\w-]{43}$/);
    const guesses = [login, login.toLowerCase(), '127.0.0.1', '::ffff:127.0.0.1', 'customer-17'];
    for (const guess of guesses)
      for (const text of [guess, ...names.map((name) => `${name} ${guess}`)])
        expect(keys.join()).not.toContain(createHash('sha256').update(text).digest('base64url'));
    await app.close();
    await database.drop();
    await redis.stop();
  });
});

describe('limits that two processes share', () => {
  let redis: RedisServer;
  let database: TestDatabase;
  const apps: TestApp[] = [];
  beforeAll(async () => {
    redis = await RedisServer.start();
    database = await createTestDatabase();
    for (let i = 0; i < 2; i++)
      apps.push(
        await createTestApp(
          { REDIS_URL: redis.url, RATE_LIMIT_PER_SECOND: '2', AUTH_FAILURES_PER_MINUTE: '8' },
          database,
        ),
      );
    for (const { anonymous } of apps)
      await eventually(
        async () => (await anonymous.get('/health/ready')).body.details?.redis?.status === 'up',
      );
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await database.drop();
    await redis.stop();
  });

  let guesses = 0;
  const guess = async ({ anonymous }: TestApp) =>
    (await anonymous.with(bearer(`tk_${String(guesses++).padStart(43, 'g')}`)).get('/v1/users'))
      .status;
  const statuses = async (count: number, ask: (n: number) => Promise<number>) => {
    const heard: number[] = [];
    for (let n = 0; n < count; n++) heard.push(await ask(n));
    return heard;
  };
  const refused = (heard: number[]) => heard.filter((status) => status === 429).length;

  it('count the requests of a key for a user together', async () => {
    const { body } = await apps[0]!.service.post('/v1/api-keys', {}).expect(201);
    const heard = await statuses(
      26,
      async (n) =>
        (
          await apps[n % 2]!.anonymous.with({ ...bearer(body.key), 'threadkeep-user': 'ada' }).get(
            '/v1/conversations',
          )
        ).status,
    );
    expect(refused(heard)).toBeGreaterThanOrEqual(2);
    expect(heard.slice(0, 18)).toEqual(Array.from({ length: 18 }, () => 200));
    expect(await redis.keys('rate:credential:*')).not.toEqual([]);
    // Every counter ends.
    for (const key of await redis.keys('rate:*'))
      expect(await redis.ask((client) => client.pTTL(key))).toBeGreaterThan(0);
  });

  it('count the failures of an address together, and let valid keys pass from it', async () => {
    const [first, second] = apps as [TestApp, TestApp];
    for (const { service } of apps) await service.get('/v1/api-keys').expect(200);
    expect(await statuses(6, () => guess(first))).toEqual(Array.from({ length: 6 }, () => 401));
    // Each failure is told at once; the process that asks hears of the others' with its own.
    const heard = await statuses(8, () => guess(second));
    expect(8 - refused(heard)).toBeGreaterThanOrEqual(2);
    expect(8 - refused(heard)).toBeLessThanOrEqual(3);
    expect(heard.at(-1)).toBe(429);
    for (const { actingFor } of apps) await actingFor('bob').get('/v1/conversations').expect(200);
  });

  it('refuse no valid key while Redis is away, and count failures in the process', async () => {
    await redis.kill();
    for (const { anonymous } of apps)
      await eventually(
        async () =>
          (await anonymous.get('/health/ready')).body.details?.redis?.status === 'degraded',
      );
    expect(
      refused(
        await statuses(
          60,
          async (n) => (await apps[n % 2]!.actingFor('ada').get('/v1/conversations')).status,
        ),
      ),
    ).toBe(0);
    for (const app of apps) expect(await guess(app)).toBe(429);
    await redis.run();
    for (const { anonymous } of apps)
      await eventually(
        async () => (await anonymous.get('/health/ready')).body.details?.redis?.status === 'up',
      );
    expect(
      refused(
        await statuses(
          60,
          async (n) => (await apps[n % 2]!.actingFor('carl').get('/v1/conversations')).status,
        ),
      ),
    ).toBeGreaterThan(10);
  });
});
