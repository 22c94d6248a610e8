// A database that answers late, and is not dead: whatever its delay below DB_CONNECT_TIMEOUT, requests are served by it.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { TcpProxy } from '../support/proxy.js';
import { eventually } from '../support/wait.js';

// Each of a transaction's round trips takes as long as the delay.
jest.setTimeout(240_000);

/** Longer than a connection may be idle and still be trusted. */
const IDLE = 700;

/** Waits for a connection, and for the first write of the same new user, take several delays: they are not what is tested. */
const PATIENT = {
  DB_POOL_SIZE: '2',
  DB_POOL_OVERFLOW: '30',
  DB_POOL_TIMEOUT: '120',
  DB_LOCK_TIMEOUT: '120',
};

describe('a database that answers late', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let app: TestApp | undefined;
  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await TcpProxy.inFrontOf(database.adminUrl);
  });
  afterEach(async () => {
    proxy.delayAnswers(0);
    proxy.set('pass');
    await app?.close();
    app = undefined;
  });
  afterAll(async () => {
    await proxy.close();
    await database.drop();
  });

  const start = async (environment: Record<string, string> = {}): Promise<TestApp> => {
    app = await createTestApp(
      { DATABASE_URL: proxy.through(database.adminUrl), ...PATIENT, ...environment },
      database,
    );
    return app;
  };

  let keys = 0;
  /** One of each way to the database, for several users at once. */
  async function useAll({ actingFor, service }: TestApp): Promise<number[]> {
    const some = ['ada', 'bob', 'eve'].flatMap((name) => {
      const user = actingFor(name);
      return [
        user.get('/v1/conversations'),
        user.get('/v1/conversations?q=x'),
        user.post('/v1/tasks', { title: 'a task' }),
        user.with({ 'idempotency-key': `late-${keys++}` }).post('/v1/conversations'),
      ];
    });
    const answers = await Promise.all([...some, service.get('/v1/users')]);
    return answers.map(({ status }) => status).filter((status) => status >= 400);
  }

  it.each([600, 1_000, 2_000])(
    'by %i ms serves every request, new and idle connections alike, and is called degraded',
    async (delay) => {
      const served = await start();
      expect(await useAll(served)).toEqual([]);
      proxy.delayAnswers(delay);
      for (let round = 0; round < 3; round++) {
        await sleep(IDLE);
        expect(await useAll(served)).toEqual([]);
      }
      await eventually(async () => (await served.anonymous.get('/health/ready')).status === 200);
      const { body } = await served.anonymous.get('/health/ready').expect(200);
      expect(body.details.database).toMatchObject({
        status: 'degraded',
        effect: 'the database answers late',
      });
      expect((await served.anonymous.get('/metrics')).text).toMatch(
        /^threadkeep_db_circuit_open 0$/m,
      );
      proxy.delayAnswers(0);
      await eventually(
        async () =>
          (await served.anonymous.get('/health/ready')).body.details.database.status === 'up',
      );
    },
  );

  it.each([600, 2_000])('by %i ms lets a start succeed', async (delay) => {
    proxy.delayAnswers(delay);
    expect(await useAll(await start())).toEqual([]);
  });

  it('by more than the default serves requests when DB_CONNECT_TIMEOUT says so', async () => {
    const served = await start({ DB_CONNECT_TIMEOUT: '8' });
    proxy.delayAnswers(4_000);
    await sleep(IDLE);
    expect(await useAll(served)).toEqual([]);
  });

  it('because this process was busy has answered all the same', async () => {
    const served = await start({ DB_CONNECT_TIMEOUT: '1' });
    await useAll(served);
    await sleep(IDLE);
    const answers = useAll(served);
    // Longer than every limit; what is asked is on its way, and is answered meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
    const until = Date.now() + 3_000;
    while (Date.now() < until);
    expect(await answers).toEqual([]);
  });

  it('is not ready while new connections are refused, and is again when they are not', async () => {
    const served = await start({ DB_CONNECT_TIMEOUT: '1.5' });
    await useAll(served);
    await sleep(IDLE);
    proxy.set('blackhole');
    await eventually(async () => {
      await Promise.all([
        served.actingFor('ada').get('/v1/users/me'),
        served.actingFor('bob').get('/v1/users/me'),
      ]);
      return /^threadkeep_db_circuit_open 1$/m.test((await served.anonymous.get('/metrics')).text);
    });
    await served.anonymous.get('/health/ready').expect(503);
    proxy.set('pass');
    await eventually(async () => (await served.anonymous.get('/health/ready')).status === 200);
    expect(await useAll(served)).toEqual([]);
  });
});
