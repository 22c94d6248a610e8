// More clients than connections, and statements that take long: everybody is answered, by the service or by a 503.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getDataSourceToken } from '@nestjs/typeorm';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase, statement } from '../../src/platform/database/index.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { TcpProxy } from '../support/proxy.js';
import { eventually, HANG_MS, untilServed } from '../support/wait.js';
import { Wire } from '../support/wire.js';

const CLIENTS = 500;
const userOf = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const SLEEP = statement('test.sleep_alone', 'select pg_sleep($1)', { slow: true });

describe('when there are more clients than connections', () => {
  let app: TestApp;
  let wire: Wire;
  beforeAll(async () => {
    app = await createTestApp({ DB_POOL_SIZE: '5', DB_POOL_OVERFLOW: '0', DB_POOL_TIMEOUT: '2' });
    wire = new Wire(await app.listen(), CLIENTS);
    await app.database.admin(`
      create function threadkeep.dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(0.1); return new; end $$;
      create trigger dawdle before insert on threadkeep.conversation for each row execute function threadkeep.dawdle()`);
  });
  afterAll(async () => {
    wire.close();
    await app.close();
  });

  it(`answers ${CLIENTS} at once on five connections with slow statements: with 201, or told when to come back`, async () => {
    const headers = { authorization: `Bearer ${app.serviceKey}`, 'threadkeep-user': 'ada' };
    await wire.json('POST', '/v1/conversations', headers, {});
    const post = (n: number) =>
      wire.json('POST', '/v1/conversations', { ...headers, 'idempotency-key': `client-${n}` }, {});
    const writing = Promise.all(Array.from({ length: CLIENTS }, (_, n) => post(n)));
    await sleep(300);
    expect((await wire.json('GET', '/v1/conversations', headers)).status).toBe(200);
    const answers = await writing;
    const created = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(
      ({ status, headers: told, text }) =>
        [429, 503].includes(status) &&
        told['retry-after'] === '1' &&
        /server\.overloaded|request\.too_much_at_once/.test(text),
    );
    expect(created.length + refused.length).toBe(CLIENTS);
    expect([created.length > 20, refused.length > 100]).toEqual([true, true]);
    const { rows } = await app.database.admin(
      'select count(*)::int as count from threadkeep.conversation',
    );
    expect(rows).toEqual([{ count: created.length + 1 }]);
    expect((await post(CLIENTS)).status).toBe(201);
  });
});

describe('a pool of 5 connections with an overflow of 15', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({
      DB_POOL_SIZE: '5',
      DB_POOL_OVERFLOW: '15',
      DB_POOL_TIMEOUT: '3',
      DB_STATEMENT_TIMEOUT: '8',
      DB_SHORT_WORK_CONNECTIONS: '0',
    });
  });
  afterAll(() => app.close());

  it('opens at most 20 connections, ends each wait at the time-out, and goes back to 5', async () => {
    const pool = (
      app.app.get<DataSource>(getDataSourceToken()).driver as unknown as { master: pg.Pool }
    ).master;
    const sleeping = async (seconds: number, n: number) => {
      const begun = Date.now();
      const reason = await app.app
        .get(RequestContexts)
        .runAsUser(userOf(n), () => app.app.get(ScopedDatabase).read(SLEEP, [seconds]))
        .then(
          () => 'slept',
          (error: Error) => error.message,
        );
      return { reason, took: Date.now() - begun };
    };
    const slept = await Promise.all(Array.from({ length: 25 }, (_, n) => sleeping(5, n)));
    const refused = slept.filter(({ reason }) => reason !== 'slept');
    expect(refused.map(({ reason }) => reason)).toEqual(
      Array(5).fill('timeout exceeded when trying to connect'),
    );
    expect(refused.filter(({ took }) => took < 2_900 || took > HANG_MS)).toEqual([]);
    expect(pool.totalCount).toBe(20);
    await eventually(async () => pool.totalCount === 5);
  });
});

describe('a network that goes silent under load', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let app: TestApp;
  let wire: Wire;
  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await TcpProxy.inFrontOf(database.adminUrl);
    app = await createTestApp(
      {
        DATABASE_URL: proxy.through(database.adminUrl),
        DB_CONNECT_TIMEOUT: '3',
        DB_POOL_SIZE: '5',
        DB_POOL_OVERFLOW: '15',
      },
      database,
    );
    wire = new Wire(await app.listen(), 1_000);
  });
  afterAll(async () => {
    wire.close();
    await app.close();
    await proxy.close();
    await database.drop();
  });

  it('keeps nobody waiting without a bound, and is well by itself afterwards', async () => {
    const headers = { authorization: `Bearer ${app.serviceKey}`, 'threadkeep-user': 'ada' };
    await wire.json('POST', '/v1/conversations', headers, {});
    const samples: { at: number; took: number; status: number }[] = [];
    const send = async (n: number) => {
      const at = Date.now();
      const keyed = n % 3 === 2 ? { ...headers, 'idempotency-key': `silence-${n}` } : headers;
      const { status } =
        n % 3 === 0
          ? await wire.json('GET', '/v1/conversations', headers)
          : await wire.json('POST', '/v1/conversations', keyed, {});
      samples.push({ at, took: Date.now() - at, status });
    };
    const pending: Promise<void>[] = [];
    let n = 0;
    const timer = setInterval(() => pending.push(send(n++)), 20);
    await untilServed(samples, 0);
    proxy.set('blackhole');
    const silent = Date.now();
    await sleep(6_000);
    proxy.set('pass');
    const healed = Date.now();
    const served = await untilServed(samples, healed);
    clearInterval(timer);
    await Promise.all(pending);
    // A request that was still waiting when the network healed may succeed.
    const during = samples.filter(({ at, took }) => at > silent && at + took < healed);
    expect(new Set(during.map(({ status }) => status))).toEqual(new Set([503]));
    expect(Math.max(...samples.map(({ took }) => took))).toBeLessThan(HANG_MS);
    expect(new Set(samples.filter(({ at }) => at > served).map(({ status }) => status))).toEqual(
      new Set([200, 201]),
    );
  });
});
