import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase, statement } from '../../src/platform/database/index.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { TcpProxy } from '../support/proxy.js';
import { eventually, HANG_MS } from '../support/wait.js';

const ADA = uuidv7();
const POOL = 20;
/** Longer than a connection may be idle and still be trusted. */
const IDLE = 600;
const ONE = statement<{ one: number }>('test.one', 'select 1 as one');
const INSERT = statement(
  'test.insert',
  'insert into threadkeep.conversation (user_id, id) values ($1, $2)',
);

describe('connections that died while nobody used them', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let app: TestApp;
  let scoped: ScopedDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await database.admin(`insert into threadkeep.app_user (id, external_id) values ($1, 'ada')`, [
      ADA,
    ]);
    proxy = await TcpProxy.inFrontOf(database.adminUrl);
  });
  beforeEach(async () => {
    app = await createTestApp(
      {
        DATABASE_URL: proxy.through(database.adminUrl),
        DB_POOL_SIZE: String(POOL),
        DB_USER_CONNECTIONS: String(POOL),
        DB_CONNECT_TIMEOUT: '1',
      },
      database,
    );
    scoped = app.app.get(ScopedDatabase);
  });
  afterEach(async () => {
    proxy.set('pass');
    await app.close();
  });
  afterAll(async () => {
    await proxy.close();
    await database.drop();
  });

  const asAda = <T>(work: () => Promise<T>) => app.app.get(RequestContexts).runAsUser(ADA, work);
  const read = () => asAda(() => scoped.read(ONE, []));
  const write = () => asAda(() => scoped.write(INSERT, [ADA, uuidv7()]));
  const transact = (meanwhile: () => Promise<unknown> = () => Promise.resolve()) =>
    asAda(() => scoped.transaction(() => scoped.write(ONE, []).then(meanwhile)));
  const metric = async (name: string) =>
    Number(
      new RegExp(`^${name}(?:\\{.*\\})? (\\d+)`, 'm').exec(
        (await app.anonymous.get('/metrics')).text,
      )?.[1] ?? 0,
    );
  const backends = async () =>
    (
      await database.admin(
        `select pid from pg_stat_activity where datname = current_database() and application_name = 'threadkeep'`,
      )
    ).rows.map(({ pid }) => pid);

  /** All of the pool and every pipelined connection, at the same time, and then left alone. */
  async function openAllAndWait(): Promise<void> {
    let inside = 0;
    const all = async () => {
      inside++;
      await eventually(async () => inside === POOL);
    };
    await Promise.all([
      ...Array.from({ length: POOL }, () => transact(all)),
      read(),
      read(),
      write(),
    ]);
    await sleep(IDLE);
  }

  const fifty = () =>
    Promise.allSettled(Array.from({ length: 50 }, (_, i) => [read, write, transact][i % 3]!()));
  const thirtyReads = () =>
    Promise.allSettled(Array.from({ length: 30 }, (_, i) => [read, transact][i % 2]!()));
  const failures = async (settled: ReturnType<typeof fifty>) =>
    (await settled).flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));

  it.each<[string, () => Promise<unknown>]>([
    ['reset', async () => (proxy.set('reset'), proxy.set('pass'))],
    [
      'terminated by the server',
      () =>
        database.admin(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        ),
    ],
  ])('are replaced before anybody notices: %s', async (_title, kill) => {
    await openAllAndWait();
    expect((await backends()).length).toBeGreaterThanOrEqual(POOL);
    await kill();
    expect(await failures(fifty())).toEqual([]);
  });

  it('are found dead in time when the network says nothing, and the service is back at once when the network is', async () => {
    await openAllAndWait();
    proxy.set('blackhole');
    const begun = Date.now();
    expect(
      new Set(
        (await failures(fifty())).map((reason) =>
          /cannot be reached|timeout expired|terminated/.test(reason),
        ),
      ),
    ).toEqual(new Set([true]));
    expect(Date.now() - begun).toBeLessThan(HANG_MS);
    expect(await metric('threadkeep_db_failed_pings_total')).toBeGreaterThan(0);
    expect(await metric('threadkeep_db_circuit_open')).toBe(1);
    proxy.set('pass');
    await eventually(
      () =>
        read().then(
          () => true,
          () => false,
        ),
      HANG_MS,
    );
    expect(await failures(fifty())).toEqual([]);
    expect(await metric('threadkeep_db_circuit_open')).toBe(0);
  });

  it('are used without a ping shortly after their last use; a read that fails on one is repeated', async () => {
    await Promise.all([read(), read(), write(), transact()]);
    proxy.set('reset');
    proxy.set('pass');
    expect(await failures(thirtyReads())).toEqual([]);
    expect(await metric('threadkeep_db_retries_total')).toBeGreaterThan(0);
    expect(await metric('threadkeep_db_failed_pings_total')).toBe(0);
  });

  it('cost nobody the wait when the database is known to be gone', async () => {
    await read();
    proxy.set('reset');
    await failures(fifty());
    const refused = await app.actingFor('ada').get('/v1/conversations').expect(503);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.body).toMatchObject({ code: 'server.unavailable' });
    expect(refused.text).not.toMatch(/127\.0\.0\.1|postgres/i);
    expect(await metric('threadkeep_db_circuit_open')).toBe(1);
    proxy.set('pass');
    await eventually(
      () =>
        read().then(
          () => true,
          () => false,
        ),
      HANG_MS,
    );
  });
});
