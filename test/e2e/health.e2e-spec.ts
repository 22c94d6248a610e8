import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { Lifecycle } from '../../src/platform/health/lifecycle.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { expectProblem } from '../support/problem.js';
import { TcpProxy } from '../support/proxy.js';
import { eventually } from '../support/wait.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const open: TestApp[] = [];
async function start(environment: Record<string, string> = {}): Promise<TestApp> {
  const app = await createTestApp(environment, database);
  open.push(app);
  return app;
}
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
});

const ready = ({ anonymous }: TestApp) => anonymous.get('/health/ready');
const statusOf = async (app: TestApp) => (await ready(app)).status;

describe('a healthy process', () => {
  it('is alive, started and ready, and says so to anybody', async () => {
    const app = await start();
    expect((await app.anonymous.get('/health/live').expect(200)).body).toEqual({ status: 'ok' });
    expect((await app.anonymous.get('/health/startup').expect(200)).body).toMatchObject({
      status: 'ok',
      details: { startup: { status: 'up' } },
    });
    const { body, headers } = await ready(app).expect(200);
    expect(body).toMatchObject({
      status: 'ok',
      details: { accepting: { status: 'up' }, database: { status: 'up' } },
    });
    expect(headers['cache-control']).toMatch(/no-(store|cache)/);
    expect(body.details).not.toHaveProperty('redis');
  });

  it('shows a user no more than anybody, and asks nobody for a key', async () => {
    const app = await start();
    for (const caller of [
      app.actingFor('ada'),
      app.actingFor('bob'),
      app.anonymous.with({ authorization: 'Bearer garbage' }),
    ]) {
      expect((await caller.get('/health/live').expect(200)).body).toEqual({ status: 'ok' });
    }
    expect((await database.admin('select from threadkeep.app_user')).rowCount).toBe(0);
  });
});

describe('when the database is not there', () => {
  it.each(['reset', 'blackhole'] as const)(
    'is alive but not ready (%s), and ready again afterwards',
    async (mode) => {
      const proxy = await TcpProxy.inFrontOf(database.adminUrl);
      try {
        const app = await start({
          DATABASE_URL: proxy.through(database.adminUrl),
          DB_CONNECT_TIMEOUT: '3',
        });
        await ready(app).expect(200);
        proxy.set(mode);
        const response = await ready(app);
        expectProblem(response, 503, 'server.unavailable');
        expect(response.text).not.toMatch(/127\.0\.0\.1|postgres:/);
        await app.anonymous.get('/health/live').expect(200);
        await app.anonymous.get('/health/startup').expect(200);
        proxy.set('pass');
        await eventually(async () => (await statusOf(app)) === 200);
        for (const user of ['ada', 'bob'])
          await eventually(
            async () => (await app.actingFor(user).get('/v1/conversations')).status === 200,
          );
      } finally {
        await Promise.all(open.splice(0).map((app) => app.close()));
        await proxy.close();
      }
    },
  );

  it('survives the end of the connection it asks on', async () => {
    const app = await start();
    await ready(app).expect(200);
    const ended = await database.admin(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name = 'threadkeep health'`,
      [database.name],
    );
    expect(ended.rowCount).toBe(1);
    await eventually(async () => (await statusOf(app)) === 200);
  });

  it('answers many who ask at once', async () => {
    const app = await start();
    await app.listen();
    const answers = await Promise.all(Array.from({ length: 20 }, async () => statusOf(app)));
    expect(new Set(answers)).toEqual(new Set([200]));
  });
});

describe('when every connection of the pool is in use', () => {
  it('is ready, while requests are told to come back', async () => {
    const app = await start({
      DB_SYSTEM_POOL_SIZE: '1',
      DB_SYSTEM_POOL_OVERFLOW: '0',
      DB_POOL_TIMEOUT: '2',
    });
    await app.service.get('/v1/users').expect(200);
    const scoped = app.app.get(ScopedDatabase);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let holding = () => {};
    const started = new Promise<void>((resolve) => (holding = resolve));
    const work = scoped.runAsSystem('hold the only connection', () =>
      scoped.transaction(() => (holding(), held)),
    );
    await started;
    try {
      await ready(app).expect(200);
      const refused = await app.service.get('/v1/users?q=nobody');
      expectProblem(refused, 503, 'server.overloaded');
      expect(refused.headers['retry-after']).toBe('1');
      await ready(app).expect(200);
    } finally {
      release();
      await work;
    }
    await app.service.get('/v1/users').expect(200);
  });
});

describe('when the process stops', () => {
  it('is not ready any more, while it is still alive', async () => {
    const app = await start();
    app.app.get(Lifecycle, { strict: false }).beforeApplicationShutdown();
    expectProblem(await ready(app), 503, 'server.unavailable');
    await app.anonymous.get('/health/live').expect(200);
    await app.anonymous.get('/health/startup').expect(200);
  });
});

/** Speaks enough of Redis for a client to connect and ping, or accepts and never says a word. */
class FakeRedis {
  private readonly sockets = new Set<Socket>();
  private constructor(private readonly server: Server) {}

  static async start(silent = false): Promise<FakeRedis> {
    const fake = new FakeRedis(createServer().listen(0, '127.0.0.1'));
    fake.server.on('connection', (socket) => {
      fake.sockets.add(socket.on('error', () => undefined));
      if (!silent) socket.on('data', (chunk) => fake.answer(socket, chunk.toString()));
    });
    await once(fake.server, 'listening');
    return fake;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** One reply for each command, which begins with `*`. */
  private answer(socket: Socket, text: string): void {
    for (const command of text.split(/(?=\*\d+\r\n)/))
      socket.write(/\r\nPING\r\n/i.test(command) ? '+PONG\r\n' : '+OK\r\n');
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

const redisOf = async (app: TestApp) =>
  (await ready(app).expect(200)).body.details.redis as { status: string; effect?: string };

describe('Redis', () => {
  it('is degraded when nobody answers at its address, and the process is ready all the same', async () => {
    const app = await start({ REDIS_URL: 'redis://127.0.0.1:1' });
    expect(await redisOf(app)).toEqual({ status: 'degraded', effect: 'caches are cold' });
    for (const user of ['ada', 'bob'])
      await app.actingFor(user).post('/v1/conversations').expect(201);
  });

  it('is degraded when it accepts connections and says nothing', async () => {
    const silent = await FakeRedis.start(true);
    const app = await start({ REDIS_URL: silent.url });
    expect((await redisOf(app)).status).toBe('degraded');
    await silent.stop();
  });

  it('is up when it answers, and degraded once it is gone', async () => {
    const redis = await FakeRedis.start();
    const app = await start({ REDIS_URL: redis.url });
    await eventually(async () => (await redisOf(app)).status === 'up');
    await redis.stop();
    await eventually(async () => (await redisOf(app)).status === 'degraded');
  });

  it('is up again after it was restarted under the same address', async () => {
    const redis = await FakeRedis.start();
    const url = process.env['TEST_REDIS_URL'] ?? redis.url;
    const proxy = await TcpProxy.inFrontOf(url);
    const app = await start({ REDIS_URL: proxy.through(url) });
    await eventually(async () => (await redisOf(app)).status === 'up');
    proxy.set('reset');
    await eventually(async () => (await redisOf(app)).status === 'degraded');
    proxy.set('pass');
    await eventually(async () => (await redisOf(app)).status === 'up');
    await Promise.all(open.splice(0).map((each) => each.close()));
    await proxy.close();
    await redis.stop();
  });
});
