import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, afterAll, describe, expect, it } from '@jest/globals';
import { getDataSourceToken } from '@nestjs/typeorm';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase, statement } from '../../src/platform/database/index.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { expectProblem } from '../support/problem.js';
import { eventually } from '../support/wait.js';

const SLEEP = statement('test.sleep_alone', 'select pg_sleep($1)', { slow: true });
/** Each is another user's, as one user may have a share of the pool only. */
const userOf = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
/** Statements that may take long may have the whole pool. */
const WHOLE_POOL = { DB_SHORT_WORK_CONNECTIONS: '0' };

let database: TestDatabase;
let app: TestApp;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(() => app.close());
afterAll(() => database.drop());

const poolOf = (): pg.Pool =>
  (app.app.get<DataSource>(getDataSourceToken()).driver as unknown as { master: pg.Pool }).master;
const sleeping = (seconds: number, n = 0) =>
  app.app
    .get(RequestContexts)
    .runAsUser(userOf(n), () => app.app.get(ScopedDatabase).read(SLEEP, [seconds]));

describe('a pool under load', () => {
  it('opens as many more connections as the overflow allows, and none beyond', async () => {
    app = await createTestApp(
      { DB_POOL_SIZE: '5', DB_POOL_OVERFLOW: '15', ...WHOLE_POOL },
      database,
    );
    let [most, done] = [0, false];
    const watching = (async () => {
      while (!done) {
        const { rows } = await database.admin(
          `select count(*)::int as count from pg_stat_activity where datname = current_database() and application_name = 'threadkeep' and query like '%pg_sleep($1)%'`,
        );
        most = Math.max(most, rows[0]!['count'] as number);
        await sleep(20);
      }
    })();
    await Promise.all(Array.from({ length: 50 }, (_, n) => sleeping(0.2, n)));
    done = true;
    await watching;
    expect(poolOf().totalCount).toBe(20);
    expect(most).toBeLessThanOrEqual(20);
    expect(most).toBeGreaterThan(5);
  });

  it('replaces a pool connection and a pipelined connection that exceed their lifetime', async () => {
    app = await createTestApp({ DB_POOL_SIZE: '2', DB_MAX_LIFETIME: '0.3' }, database);
    const user = app.actingFor('ada');
    const backends = async () =>
      (
        await database.admin(
          `select pid from pg_stat_activity where datname = current_database() and application_name = 'threadkeep'`,
        )
      ).rows.map(({ pid }) => pid as number);
    const use = () =>
      Promise.all([
        user.get('/v1/conversations').expect(200),
        user
          .with({ 'idempotency-key': String(Math.random()) })
          .post('/v1/conversations')
          .expect(201),
        sleeping(0),
      ]);
    await use();
    const before = await backends();
    await sleep(400);
    await use();
    await eventually(async () => (await backends()).every((pid) => !before.includes(pid)));
  });
});

describe('while every connection of the pool is in use', () => {
  /** Two that sleep until they are told to stop. */
  async function exhausted(): Promise<() => Promise<void>> {
    app = await createTestApp(
      { DB_POOL_SIZE: '1', DB_POOL_OVERFLOW: '1', DB_POOL_TIMEOUT: '1.5', ...WHOLE_POOL },
      database,
    );
    const busy = [sleeping(30, 0), sleeping(30, 1)].map((work) => work.catch(() => undefined));
    await eventually(async () => poolOf().totalCount === 2 && poolOf().idleCount === 0);
    return async () => {
      await database.admin(
        `select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query like '%pg_sleep($1)%'`,
      );
      await Promise.all(busy);
    };
  }

  const keyed = () => app.actingFor('ada').with({ 'idempotency-key': String(Math.random()) });

  it('a request that needs one is told to come back, and those that need none are answered', async () => {
    const release = await exhausted();
    const waiting = Array.from({ length: 5 }, () => keyed().post('/v1/conversations'));
    const answers = Promise.all(waiting);
    await eventually(async () =>
      /^threadkeep_db_pool_waiting [1-9]/m.test((await app.anonymous.get('/metrics')).text),
    );
    expect((await app.anonymous.get('/health/ready').expect(200)).body).toMatchObject({
      status: 'degraded',
      details: { database: { status: 'degraded', effect: 'requests wait for a connection' } },
    });
    expect((await app.anonymous.get('/metrics')).text).toMatch(
      /^threadkeep_db_pool_connections\{state="busy"\} 2$/m,
    );
    for (const answer of await answers) {
      expectProblem(answer, 503, 'server.overloaded');
      expect(answer.headers['retry-after']).toBe('1');
    }
    await app.service.get('/v1/nothing').expect(404);
    await app.anonymous.get('/v1/conversations').expect(401);
    await app.actingFor('ada').get('/v1/conversations?limit=none').expect(400);
    await app.actingFor('ada').call('post', '/v1/conversations', { title: 1 }).expect(422);
    await app.actingFor('ada').put('/v1/conversations', {}).expect(405);
    await app.anonymous.get('/health/live').expect(200);
    // Reads go on: they do not need the pool.
    await app.actingFor('ada').get('/v1/conversations').expect(200);
    await release();
    await keyed().post('/v1/conversations').expect(201);
    expect(
      (await app.anonymous.get('/health/ready').expect(200)).body.details.database,
    ).toMatchObject({ status: 'up' });
    expect((await app.anonymous.get('/metrics')).text).toMatch(
      /^threadkeep_db_pool_wait_seconds_count [1-9]/m,
    );
  });
});
