// The cache on a Redis of its own: what lies there, who builds it, and what happens when somebody has changed it.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { leaseKey } from '../../src/platform/cache/cache-key.js';
import {
  builder,
  type CacheProcess,
  keyOf,
  newUser,
  startCache,
  storeShared,
} from '../support/cache.js';
import { cacheContract } from '../support/cache-contract.js';
import { RedisServer } from '../support/redis-server.js';
import { eventually } from '../support/wait.js';

const server = await RedisServer.start();
afterAll(() => server.stop());

const redisUrl = server.url;
cacheContract('on Redis', async () => [await startCache({ redisUrl })]);
cacheContract('of two processes that share a Redis', () =>
  Promise.all([startCache({ redisUrl }), startCache({ redisUrl })]),
);

const open: CacheProcess[] = [];
async function start(timeout = 5_000): Promise<CacheProcess> {
  const started = await startCache({ redisUrl, timeout });
  open.push(started);
  return started;
}
afterEach(async () => {
  jest.restoreAllMocks();
  await server.heal();
  for (const each of open.splice(0)) await each.stop();
});

describe('an entry in Redis', () => {
  it('expires by itself, and an entry for null expires sooner', async () => {
    const cache = await start();
    const user = newUser();
    await storeShared(cache, user, 'x');
    await storeShared(cache, user, null, 'none');
    const [value, none] = await server.ask((client) =>
      Promise.all([client.pTTL(keyOf(user)), client.pTTL(keyOf(user, 'none'))]),
    );
    expect(value).toBeGreaterThan(500_000);
    expect(value).toBeLessThanOrEqual(660_000);
    expect(none).toBeLessThanOrEqual(5_500);
  });

  it('is counted as shared when it comes from there, and is in memory afterwards', async () => {
    const [one, other] = [await start(), await start()];
    const user = newUser();
    await storeShared(one, user, 'x');
    for (let i = 0; i < 3; i++) await other.getOrCompute(user, '1', builder('not built'));
    expect(await other.counts()).toEqual({ shared_hit: 1, hit: 2 });
  });

  it('lives in memory no longer than in Redis', async () => {
    const [one, other] = [await start(), await start()];
    const user = newUser();
    await storeShared(one, user, 'x');
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now + 500_000);
    await expect(other.getOrCompute(user, '1', builder('not built'))).resolves.toBe('x');
    jest.spyOn(Date, 'now').mockReturnValue(now + 700_000);
    await expect(other.getOrCompute(user, '1', builder('anew'))).resolves.toBe('anew');
  });
});

describe('one build for several processes', () => {
  it('leaves no lease behind, whether it succeeds or fails', async () => {
    const cache = await start();
    const user = newUser();
    await cache.getOrCompute(user, '1', builder('x'));
    await cache
      .getOrCompute(user, '1', () => Promise.reject(new Error('failed')), { parts: ['c2'] })
      .catch(() => undefined);
    await cache.getOrCompute(user, '1', builder(null), { parts: ['c3'] });
    await cache.tiers.settled();
    await eventually(async () => (await server.keys(`*${user}*#*`)).length === 0);
  });

  it('is waited for in vain when its process has died', async () => {
    const cache = await start();
    const user = newUser();
    await server.ask((client) => client.set(leaseKey(keyOf(user), '1'), 'a process that died'));
    await expect(cache.getOrCompute(user, '1', builder('built all the same'))).resolves.toBe(
      'built all the same',
    );
    await cache.tiers.settled();
    expect(await server.raw(leaseKey(keyOf(user), '1'))).toBe('a process that died');
  });

  it('is no longer waited for once its lease has ended', async () => {
    const cache = await start();
    const user = newUser();
    await server.ask((client) =>
      client.set(leaseKey(keyOf(user), '1'), 'a process whose build fails'),
    );
    const asked = cache.getOrCompute(user, '1', builder('built here'));
    await server.ask((client) => client.del(leaseKey(keyOf(user), '1')));
    await expect(asked).resolves.toBe('built here');
  });

  it('is not repeated by a process that missed it by a moment', async () => {
    const [one, late] = [await start(), await start()];
    const user = newUser();
    const take = late.tiers.shared!.leases.take.bind(late.tiers.shared!.leases);
    jest.spyOn(late.tiers.shared!.leases, 'take').mockImplementation(async (wanted) => {
      await storeShared(one, user, 'built between the look and the lease');
      return take(wanted);
    });
    await expect(late.getOrCompute(user, '1', builder('again'))).resolves.toBe(
      'built between the look and the lease',
    );
    expect(await late.counts()).toEqual({ miss: 1 });
  });

  it('is not ended by a process that was too slow and has lost its lease', async () => {
    const { leases } = (await start()).tiers.shared!;
    const address = { userId: newUser(), key: keyOf('somebody'), version: '1' };
    const release = (await leases.take(address))!;
    await server.ask((client) => client.set(leaseKey(address.key, '1'), 'the next one'));
    await release();
    expect(await server.raw(leaseKey(address.key, '1'))).toBe('the next one');
    await expect(leases.take(address)).resolves.toBeNull();
  });

  it('is held for as long as its work takes, and a wait for it can be given up', async () => {
    const { leases } = (await start()).tiers.shared!;
    const address = { userId: newUser(), key: keyOf('a long worker'), version: '1' };
    const terms = { leaseMs: 300, isProlonged: true, pollMs: 20, maxWaitMs: 60_000 };
    const release = (await leases.take(address, terms))!;
    await sleep(3 * terms.leaseMs);
    await expect(leases.take(address, terms)).resolves.toBeNull();
    const giveUp = new AbortController();
    const waiting = leases.ended(address, terms, giveUp.signal);
    giveUp.abort();
    await expect(waiting).rejects.toThrow('aborted');
    const ended = leases.ended(address, terms);
    await release();
    await ended;
    await expect(leases.take(address, terms)).resolves.not.toBeNull();
  });

  it('of one version does not hold up another', async () => {
    const cache = await start();
    const user = newUser();
    await server.ask((client) =>
      client.set(leaseKey(keyOf(user), '1'), 'somebody', {
        expiration: { type: 'PX', value: 60_000 },
      }),
    );
    const exists = jest.spyOn(cache.redis.client!, 'exists');
    await expect(cache.getOrCompute(user, '2', builder('new'))).resolves.toBe('new');
    expect(exists).not.toHaveBeenCalled();
  });
});

describe('forgetting a user', () => {
  it('leaves none of their keys in Redis, among many of others', async () => {
    const cache = await start();
    const [ada, bob] = [newUser(), newUser()];
    const others = Array.from(
      { length: 5_000 },
      (_, i) => [keyOf(bob, `p${i}`), 'x'] as [string, string],
    );
    await server.ask((client) => client.mSet(others));
    for (const part of ['c1', '*', ']', ':']) await storeShared(cache, ada, 'x', part);
    await server.ask((client) => client.set(leaseKey(keyOf(ada), '9'), 'somebody'));
    expect(await server.keys(`*${ada}*`)).toHaveLength(5);
    await cache.cache.forgetUser(ada);
    expect(await server.keys(`*${ada}*`)).toEqual([]);
    expect(await server.keys(`*${bob}*`)).toHaveLength(others.length);
    await cache.cache.forgetUser(bob);
    expect(await server.keys(`*${bob}*`)).toEqual([]);
  });

  it('waits for what is being written', async () => {
    const cache = await start();
    const user = newUser();
    const shared = cache.tiers.shared!;
    const keep = shared.keep.bind(shared);
    let write = () => {};
    const held = new Promise<void>((resolve) => (write = resolve));
    jest.spyOn(shared, 'keep').mockImplementationOnce(async (...entry) => {
      await held;
      return keep(...entry);
    });
    await cache.getOrCompute(user, '1', builder('x'));
    const forgotten = cache.cache.forgetUser(user);
    write();
    await forgotten;
    expect(await server.keys(`*${user}*`)).toEqual([]);
  });

  it('takes an id for what it says, not for a pattern', async () => {
    const cache = await start();
    const user = newUser();
    await storeShared(cache, user, 'x');
    for (const id of ['*', '?'.repeat(36), `[0-9]${user.slice(1)}`, `${user.slice(0, -1)}*`])
      await cache.cache.forgetUser(id);
    expect(await server.keys(`*${user}*`)).toHaveLength(1);
  });

  it('fails when Redis cannot be reached, and succeeds when it is tried again', async () => {
    const cache = await start(100);
    const user = newUser();
    await storeShared(cache, user, 'x');
    server.freeze();
    await expect(cache.cache.forgetUser(user)).rejects.toThrow();
    server.thaw();
    await eventually(() =>
      cache.cache.forgetUser(user).then(
        () => true,
        () => false,
      ),
    );
    expect(await server.keys(`*${user}*`)).toEqual([]);
  });
});

describe('an entry that cannot be trusted', () => {
  /** What each is counted as: an entry that is not the service's own, or one that cannot be read at all. */
  const poisons: [
    string,
    'unverified' | 'error',
    (key: string, other: string, whole: string) => Promise<unknown>,
  ][] = [
    [
      'is of another type',
      'error',
      (key) => server.ask(async (client) => (await client.del(key), client.rPush(key, 'x'))),
    ],
    ['is no JSON', 'error', (key) => write(key, '{not json')],
    ['is a JSON text that is no entry', 'unverified', (key) => write(key, '"hello"')],
    ['is a number', 'unverified', (key) => write(key, '5')],
    [
      'is an object of another kind',
      'unverified',
      (key) => write(key, '{"value":{"a":1},"expires":"soon"}'),
    ],
    [
      'is of an unknown version',
      'unverified',
      (key, _, whole) => write(key, whole.replace('"2', '"9')),
    ],
    ['is bytes', 'error', (key) => write(key, Buffer.from([0xff, 0x00, 0xfe]))],
    ['is cut in its JSON', 'error', (key, _, whole) => write(key, whole.slice(0, 300))],
    [
      'is cut in its packed body',
      'unverified',
      (key, _, whole) => write(key, `${whole.slice(0, 300)}"}`),
    ],
    ['was copied from another key of the user', 'unverified', (key, _, whole) => write(key, whole)],
    [
      'was copied from another user',
      'unverified',
      async (key, other) => write(key, (await server.raw(other))!),
    ],
  ];
  const write = (key: string, value: string | Buffer) =>
    server.ask((client) => client.set(key, value));
  const long = 'It rained all week in Lisbon. '.repeat(2_000);

  it.each(poisons)(
    'is counted, built anew and written over when it %s',
    async (_, result, poison) => {
      const cache = await start();
      const [ada, bob] = [newUser(), newUser()];
      await storeShared(cache, ada, long, 'whole');
      await storeShared(cache, bob, long);
      await storeShared(cache, ada, 'x');
      const before = await cache.counts();
      await poison(keyOf(ada), keyOf(bob), (await server.raw(keyOf(ada, 'whole')))!);
      await expect(cache.getOrCompute(ada, '1', builder('anew'))).resolves.toBe('anew');
      await cache.tiers.settled();
      expect(await cache.counts()).toMatchObject({ [result]: 1, build: before['build']! + 1 });
      cache.restart();
      await expect(cache.getOrCompute(ada, '1', builder('not built'))).resolves.toBe('anew');
    },
  );
});
