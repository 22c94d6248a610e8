// The limits of model providers, which processes share in a Redis that may die.
import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { CallWait, ModelCallError } from '../../src/chat/models/index.js';
import { type Place, ProviderPlaces } from '../../src/chat/models/places/provider-places.js';
import { loadConfig } from '../../src/platform/config/config.js';
import { RedisConnection } from '../../src/platform/redis/index.js';
import type { SigningKeys } from '../../src/platform/signing/index.js';
import { RedisServer } from '../support/redis-server.js';
import { eventually } from '../support/wait.js';

const PROVIDER = 'a-provider';
let redis: RedisServer;
const ends: (() => void)[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await redis.ask((client) => client.flushAll());
});
afterAll(() => redis?.stop());

interface Limits {
  concurrency?: number;
  requestsPerMinute?: number;
}

/** The places as one process of a service has them. Services have different secrets. */
async function processWith(limits: Limits, secret = 'a service'): Promise<ProviderPlaces> {
  const config = loadConfig({
    REDIS_URL: redis.url,
    MODEL_PROVIDERS: JSON.stringify({ [PROVIDER]: { baseUrl: 'http://127.0.0.1:9', ...limits } }),
  });
  const connection = new RedisConnection(config);
  await eventually(() => Promise.resolve(connection.client!.isReady));
  const keys = { hmac: () => createHmac('sha256', secret) } as unknown as SigningKeys;
  const places = new ProviderPlaces(config, connection, keys);
  ends.push(() => (places.onModuleDestroy(), connection.onApplicationShutdown()));
  return places;
}

const enter = (places: ProviderPlaces, wait: Partial<CallWait> = {}): Promise<Place> =>
  places.enter(PROVIDER, {
    model: { provider: PROVIDER, name: 'a-model' },
    messages: [],
    signal: new AbortController().signal,
    wait: { order: 'foreground', owner: 'ada', ...wait },
  });
const codeOf = (entering: Promise<Place>): Promise<string> =>
  entering.then(
    () => 'entered',
    (error: ModelCallError) => error.code,
  );
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('the places of a provider that processes share', () => {
  it('are taken by no more calls at a time than the limit, and all calls get one', async () => {
    const processes = [
      await processWith({ concurrency: 3 }),
      await processWith({ concurrency: 3 }),
    ];
    let running = 0;
    let most = 0;
    const call = async (places: ProviderPlaces) => {
      const { leave } = await enter(places);
      most = Math.max(most, ++running);
      await pause(20);
      running--;
      leave();
    };
    await Promise.all(Array.from({ length: 20 }, (_, i) => call(processes[i % 2]!)));
    expect(most).toBe(3);
    expect(running).toBe(0);
  });

  it('send no more requests in a minute than the limit, those tried again included', async () => {
    const limits = { requestsPerMinute: 4 };
    const [one, other] = [await processWith(limits), await processWith(limits)];
    const place = await enter(one);
    expect(await place.reserve()).toBe(0);
    await enter(other);
    await enter(other);
    expect(await codeOf(enter(one, { maxWaitMs: 1_500 }))).toBe('model.busy');
    expect(await codeOf(enter(other, { maxWaitMs: 1_500 }))).toBe('model.busy');
    // It is promised for the time at which the first request is a minute old.
    const waitMs = await place.reserve();
    expect(waitMs).toBeGreaterThan(30_000);
    expect(waitMs).toBeLessThanOrEqual(60_000);
  });

  it('go to foreground work of any process first', async () => {
    const [one, other] = [
      await processWith({ concurrency: 1 }),
      await processWith({ concurrency: 1 }),
    ];
    const place = await enter(one);
    const order: string[] = [];
    const work = async (places: ProviderPlaces, name: 'foreground' | 'background') => {
      const { leave } = await enter(places, { order: name });
      order.push(name);
      leave();
    };
    const background = work(other, 'background');
    await pause(300);
    const foreground = work(one, 'foreground');
    await pause(300);
    place.leave();
    await Promise.all([background, foreground]);
    expect(order).toEqual(['foreground', 'background']);
  });

  it('go to processes in turn, whatever one of them has waiting', async () => {
    const [one, other] = [
      await processWith({ concurrency: 2 }),
      await processWith({ concurrency: 2 }),
    ];
    let isOver = false;
    const work = async () => {
      while (!isOver) {
        const { leave } = await enter(one, { maxWaitMs: 20_000 });
        await pause(50);
        leave();
      }
    };
    const backlog = Array.from({ length: 8 }, work);
    await pause(300);
    for (let call = 0; call < 5; call++) (await enter(other, { maxWaitMs: 2_000 })).leave();
    isOver = true;
    await Promise.all(backlog);
  });

  it('are taken again by calls that go on when Redis has lost them', async () => {
    const limits = { concurrency: 1 };
    const [one, other] = [await processWith(limits), await processWith(limits)];
    await enter(one);
    await redis.ask((client) => client.flushAll());
    await eventually(async () => (await redis.ask((client) => client.keys('*:taken'))).length > 0);
    expect(await codeOf(enter(other, { maxWaitMs: 300 }))).toBe('model.busy');
  });

  it('stay taken while a call goes on, and come free when its process has died', async () => {
    const [one, other] = [
      await processWith({ concurrency: 1 }),
      await processWith({ concurrency: 1 }),
    ];
    await enter(one);
    // Longer than the lease, which is renewed meanwhile.
    expect(await codeOf(enter(other, { maxWaitMs: 18_000 }))).toBe('model.busy');
    ends.shift()!();
    await enter(other, { maxWaitMs: 18_000 });
  });

  it('are those of one service', async () => {
    const limits = { concurrency: 1 };
    const [one, other] = [await processWith(limits), await processWith(limits, 'another service')];
    await enter(one);
    await enter(other);
    const keys = await redis.ask((client) => client.keys('*'));
    expect(keys.filter((name) => name.endsWith(':taken'))).toHaveLength(2);
    expect(keys.join()).not.toContain(PROVIDER);
  });

  it('are counted by each process for itself while Redis does not answer, or has nonsense', async () => {
    const [one, other] = [
      await processWith({ concurrency: 1 }),
      await processWith({ concurrency: 1 }),
    ];
    const place = await enter(one);
    const [taken] = await redis.ask((client) => client.keys('*:taken'));
    await redis.ask((client) => client.set(taken!, 'nonsense'));
    (await enter(other)).leave();
    await redis.kill();
    const own = await enter(other);
    expect(await codeOf(enter(other, { maxWaitMs: 300 }))).toBe('model.busy');
    place.leave();
    (await enter(one)).leave();
    await redis.run();
    own.leave();
    const shared = await eventuallyShared(one, other);
    shared.leave();
  });
});

/** Resolves when a place of the one is no longer free for the other. */
async function eventuallyShared(one: ProviderPlaces, other: ProviderPlaces): Promise<Place> {
  for (;;) {
    const place = await enter(one);
    const entering = enter(other, { maxWaitMs: 200 });
    if ((await codeOf(entering)) === 'model.busy') return place;
    place.leave();
    (await entering).leave();
    await pause(100);
  }
}
