// The change feed between processes: the same promises over PostgreSQL and over Redis.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { loadConfig } from '../../src/platform/config/config.js';
import { Notifications } from '../../src/platform/database/connections/notifications.js';
import type { PreparedDatabase, ScopedDatabase } from '../../src/platform/database/index.js';
import { RedisConnection } from '../../src/platform/redis/index.js';
import { ChangeFeed } from '../../src/platform/streams/change-feed.js';
import type { FeedTransport } from '../../src/platform/streams/feed-transport.js';
import { PostgresFeed } from '../../src/platform/streams/postgres-feed.js';
import { RedisFeed } from '../../src/platform/streams/redis-feed.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { RedisServer } from '../support/redis-server.js';
import { eventually } from '../support/wait.js';

interface Process {
  feed: ChangeFeed;
  transport: FeedTransport;
  /** Payloads that were published. */
  published: string[];
  stop: () => Promise<void>;
}
interface Carrier {
  start: () => Promise<Process>;
  /** Cuts all connections. They are opened again. */
  cut: () => Promise<void>;
  /** Publishes as somebody else. */
  forge: (payload: string) => Promise<unknown>;
}

/** Effects happen at once, as outside of a transaction. */
const database = { afterCommit: (effect: () => void) => effect() } as ScopedDatabase;

async function processOn(
  transport: FeedTransport,
  begin: () => Promise<unknown>,
  end: () => unknown,
): Promise<Process> {
  const published: string[] = [];
  const publish = transport.publish.bind(transport);
  transport.publish = (payload) => (published.push(payload), publish(payload));
  const feed = new ChangeFeed(database, transport);
  await begin();
  await eventually(async () => transport.isConnected);
  const stop = async () => (feed.onModuleDestroy(), void (await end()));
  return { feed, transport, published, stop };
}

let postgres: TestDatabase;
let redisServer: RedisServer;
beforeAll(async () => {
  [postgres, redisServer] = [await createTestDatabase(), await RedisServer.start()];
});
afterAll(async () => {
  await redisServer?.stop();
  await postgres?.drop();
});

const overPostgres: Carrier = {
  start: () => {
    const prepared = { connection: { url: postgres.adminUrl } } as PreparedDatabase;
    const notifications = new Notifications(prepared, loadConfig({}));
    return processOn(
      new PostgresFeed(notifications),
      async () => {
        notifications.onModuleInit();
        await notifications.onApplicationBootstrap();
      },
      () => notifications.onApplicationShutdown(),
    );
  },
  cut: async () => {
    await postgres.admin(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'threadkeep notifications' and datname = current_database()`,
    );
  },
  forge: (payload) => postgres.admin(`select pg_notify('threadkeep_changes', $1)`, [payload]),
};

const overRedis: Carrier = {
  start: () => {
    const redis = new RedisConnection(loadConfig({ REDIS_URL: redisServer.url }));
    const transport = new RedisFeed(redis.client!, redis);
    return processOn(
      transport,
      () => eventually(async () => redis.client!.isReady),
      () => {
        transport.onApplicationShutdown();
        redis.onApplicationShutdown();
      },
    );
  },
  cut: async () => {
    await redisServer.kill();
    await redisServer.run();
  },
  forge: async (payload) => {
    const redis = new RedisConnection(loadConfig({ REDIS_URL: redisServer.url }));
    await eventually(async () => redis.client!.isReady);
    await redis.client!.publish('threadkeep:changes', payload);
    redis.onApplicationShutdown();
  },
};

describe.each([
  ['PostgreSQL', overPostgres],
  ['Redis', overRedis],
])('the change feed over %s', (_, { start, cut, forge }) => {
  const running: Process[] = [];
  const begin = async () => {
    running.push(await start());
    return running.at(-1)!;
  };
  afterEach(async () => {
    for (const { stop } of running.splice(0)) await stop();
  });

  it('wakes who watches an id in its own process at once, and in others', async () => {
    const [one, two] = [await begin(), await begin()];
    const [id, other] = [randomUUID(), randomUUID()];
    const watches = [one.feed.watch(id), two.feed.watch(id)];
    const idle = two.feed.watch(other);
    const before = watches.map(({ version }) => version);
    one.feed.changed(id);
    expect(watches[0]!.version).toBe(before[0]! + 1);
    await eventually(async () => watches[1]!.version > before[1]!);
    expect(idle.version).toBe(0);
    // Its own message does not come back.
    two.feed.changed(other);
    await eventually(async () => idle.version > 0);
    expect(watches[0]!.version).toBe(before[0]! + 1);
  });

  it('sends many changes together, each id once', async () => {
    const [one, two] = [await begin(), await begin()];
    const ids = Array.from({ length: 1_000 }, () => randomUUID());
    const watches = ids.map((id) => two.feed.watch(id));
    for (const id of [...ids, ...ids]) one.feed.changed(id);
    await eventually(async () => watches.every(({ version }) => version > 0));
    expect(one.published.length).toBeLessThanOrEqual(4);
    for (const payload of one.published) expect(Buffer.byteLength(payload)).toBeLessThan(7_900);
    expect(one.published.join('').length).toBe(1_000 * 22);
  });

  it('wakes everybody when others are heard again, and carries what comes later', async () => {
    const [one, two] = [await begin(), await begin()];
    const id = randomUUID();
    const watch = two.feed.watch(id);
    await cut();
    await eventually(async () => watch.version > 0);
    await eventually(async () => one.transport.isConnected && two.transport.isConnected);
    const { version } = watch;
    one.feed.changed(id);
    await eventually(async () => watch.version > version);
  });

  it('forgets who has left', async () => {
    const { feed } = await begin();
    const id = randomUUID();
    const watches = [feed.watch(id), feed.watch(id)];
    watches[0]!.close();
    feed.changed(id);
    expect(watches.map(({ version }) => version)).toEqual([0, 1]);
    watches[1]!.close();
    expect((feed as unknown as { watched: Map<string, unknown> }).watched.size).toBe(0);
  });

  it('is not harmed by what others publish', async () => {
    const [one, two] = [await begin(), await begin()];
    const watch = two.feed.watch(randomUUID());
    const { version } = watch;
    for (const payload of ['', 'x', '*'.repeat(7_000), '{"a":1}', 'é😀']) await forge(payload);
    const id = randomUUID();
    const other = two.feed.watch(id);
    one.feed.changed(id);
    await eventually(async () => other.version > 0);
    expect(watch.version).toBe(version);
  });
});
