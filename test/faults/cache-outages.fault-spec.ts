// The cache while its Redis is down, killed, frozen, full, flushed or refusing: every answer stays right.
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { leaseKey } from '../../src/platform/cache/cache-key.js';
import { ScopedCache } from '../../src/platform/cache/index.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { RedisConnection } from '../../src/platform/redis/index.js';
import { createTestApp, type TestApp } from '../support/app.js';
import {
  builder,
  type CacheProcess,
  type CacheProcessOptions,
  keyOf,
  newUser,
  sharesAgain,
  startCache,
  storeShared,
} from '../support/cache.js';
import { createTestDatabase } from '../support/database.js';
import { RedisServer } from '../support/redis-server.js';
import { eventually } from '../support/wait.js';

const server = await RedisServer.start();
afterAll(() => server.stop());

const open: CacheProcess[] = [];
async function start(options: CacheProcessOptions = {}): Promise<CacheProcess> {
  const started = await startCache({ redisUrl: server.url, ...options });
  open.push(started);
  return started;
}
afterEach(async () => {
  jest.restoreAllMocks();
  await server.heal();
  for (const each of open.splice(0)) await each.stop();
});

describe('when Redis', () => {
  /** Right answers for two users, with all that is known before and after a write. */
  async function expectRightAnswers(cache: CacheProcess): Promise<void> {
    for (const user of [newUser(), newUser()]) {
      await expect(cache.getOrCompute(user, '1', builder(`${user} before`))).resolves.toBe(
        `${user} before`,
      );
      await expect(cache.getOrCompute(user, '1', builder('not built'))).resolves.toBe(
        `${user} before`,
      );
      await expect(cache.getOrCompute(user, '2', builder(`${user} after`))).resolves.toBe(
        `${user} after`,
      );
      await cache.as(user, () => cache.cache.forget('shared', ['c1']));
      await expect(
        cache.getOrCompute(user, '3', () => Promise.reject(new Error('of the build'))),
      ).rejects.toThrow('of the build');
    }
  }

  it('is down at the start, answers are right, and it is used once it is there', async () => {
    await server.kill();
    const cache = await start({ connected: false, timeout: 100 });
    await expectRightAnswers(cache);
    await server.run();
    await eventually(() => sharesAgain(cache));
  });

  it('is killed, answers are right, and it is used again after a restart', async () => {
    const cache = await start({ timeout: 100 });
    const user = newUser();
    await storeShared(cache, user, 'x');
    await server.kill();
    await expectRightAnswers(cache);
    await server.run();
    await eventually(() => sharesAgain(cache));
    await expect(cache.getOrCompute(user, '1', builder('built anew'))).resolves.toBe('built anew');
  });

  it('is frozen, it is asked a few times only, and used again afterwards', async () => {
    const cache = await start({ timeout: 100 });
    const asked = jest.spyOn(cache.redis.client!, 'get');
    const leases = jest.spyOn(cache.tiers.shared!.leases, 'take');
    server.freeze();
    const begin = performance.now();
    await expectRightAnswers(cache);
    for (let i = 0; i < 200; i++)
      await expect(cache.getOrCompute(newUser(), '1', builder(i))).resolves.toBe(i);
    // Five until the breaker opens, one for each second after that, and some that are under way when it does.
    const seconds = (performance.now() - begin) / 1_000;
    expect(asked.mock.calls.length).toBeLessThanOrEqual(10 + seconds);
    expect(leases).not.toHaveBeenCalled();
    server.thaw();
    await eventually(() => sharesAgain(cache));
  });

  it('is frozen under many requests at once, each gets its answer', async () => {
    const cache = await start({ timeout: 100 });
    server.freeze();
    const users = Array.from({ length: 100 }, () => newUser());
    const answers = await Promise.all(
      users.flatMap((user) => [
        cache.getOrCompute(user, '1', builder(user)),
        cache.getOrCompute(user, '1', builder(user)),
      ]),
    );
    expect(answers).toEqual(users.flatMap((user) => [user, user]));
    expect(await cache.counts()).toMatchObject({ error: 100, joined: 100, build: 100 });
    server.thaw();
    await eventually(() => sharesAgain(cache));
  });

  it('is frozen while another process builds, nobody waits for that', async () => {
    const cache = await start({ timeout: 100 });
    const user = newUser();
    await server.ask((client) =>
      client.set(leaseKey(keyOf(user), '1'), 'somebody', {
        expiration: { type: 'PX', value: 60_000 },
      }),
    );
    const asked = cache.getOrCompute(user, '1', builder('x'));
    server.freeze();
    await expect(asked).resolves.toBe('x');
    server.thaw();
  });

  it('refuses to be read, answers are right, and nobody is told of it at every request', async () => {
    const cache = await start();
    const warnings = jest.spyOn(cache.metrics, 'warnOfEntry');
    const user = newUser();
    await storeShared(cache, user, 'x');
    await server.ask((client) => client.aclSetUser('default', '-get'));
    await expectRightAnswers(cache);
    await expect(cache.getOrCompute(user, '1', builder('built anew'))).resolves.toBe('built anew');
    await server.ask((client) => client.aclSetUser('default', '+get'));
    await expect(sharesAgain(cache)).resolves.toBe(true);
    expect(warnings).not.toHaveBeenCalled();
  });

  it('is flushed, all is built anew', async () => {
    const cache = await start();
    const user = newUser();
    await storeShared(cache, user, 'old');
    await server.ask((client) => client.flushAll());
    await expectRightAnswers(cache);
    await expect(cache.getOrCompute(user, '1', builder('anew'))).resolves.toBe('anew');
    await expect(sharesAgain(cache)).resolves.toBe(true);
  });

  it('is full, answers are right, and what could not be written is counted', async () => {
    const cache = await start();
    const user = newUser();
    await storeShared(cache, user, 'x');
    await server.ask(
      async (client) => (
        await client.configSet('maxmemory-policy', 'noeviction'),
        client.configSet('maxmemory', '1')
      ),
    );
    await expectRightAnswers(cache);
    await cache.tiers.settled();
    expect(await cache.counts()).toMatchObject({ write_error: 4 });
    await expect(cache.getOrCompute(user, '1', builder('not built'))).resolves.toBe('x');
    await cache.cache.forgetUser(user);
    expect(await server.keys(`*${user}*`)).toEqual([]);
    await server.ask((client) => client.configSet('maxmemory', '0'));
    await expect(sharesAgain(cache)).resolves.toBe(true);
  });
});

describe('two applications on one Redis', () => {
  it('share what one of them has built, and go on answering when Redis is gone', async () => {
    const database = await createTestDatabase();
    const apps = await Promise.all(
      [1, 2].map(() => createTestApp({ REDIS_URL: server.url }, database)),
    );
    const ask = ({ app }: TestApp, user: string, value: string) =>
      app
        .get(RequestContexts)
        .runAsUser(user, () =>
          app.get(ScopedCache).getOrCompute('context', ['c1'], '1', builder(value)),
        );
    const [one, other] = [apps[0]!, apps[1]!];
    for (const { app } of apps)
      await eventually(() => Promise.resolve(app.get(RedisConnection).client!.isReady));
    const [ada, bob] = [newUser(), newUser()];
    await expect(ask(one, ada, "Ada's")).resolves.toBe("Ada's");
    await eventually(async () => (await server.keys(`*${ada}*`)).length === 1);
    await expect(ask(other, ada, 'not built')).resolves.toBe("Ada's");
    await expect(ask(other, bob, "Bob's")).resolves.toBe("Bob's");
    await server.kill();
    for (const each of apps) await expect(ask(each, newUser(), 'without')).resolves.toBe('without');
    await server.run();
    for (const { close } of apps) await close();
    await database.drop();
  });
});
