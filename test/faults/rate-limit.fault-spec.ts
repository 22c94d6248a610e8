// Limits of rates that processes count together in Redis, and what they do while it is away.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { RedisServer } from '../support/redis-server.js';
import { bearer } from '../support/tenants.js';
import { eventually } from '../support/wait.js';

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
