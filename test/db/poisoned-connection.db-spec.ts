import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getDataSourceToken } from '@nestjs/typeorm';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { uuidv7 } from 'uuidv7';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase, statement } from '../../src/platform/database/index.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { TcpProxy } from '../support/proxy.js';
import { eventually } from '../support/wait.js';

const ADA = uuidv7();
const BOB = uuidv7();
const INSERT = statement(
  'test.insert',
  'insert into threadkeep.conversation (user_id, id) values ($1, $2)',
);
const INSERT_SLOWLY = statement(
  'test.insert_slowly',
  'insert into threadkeep.conversation (user_id, id) select $1, $2 from pg_sleep(5)',
);
const SLEEP = statement('test.sleep', 'select pg_sleep(5)');
const SEEN = statement<{ id: string }>('test.seen', 'select id from threadkeep.conversation');

/** One connection, short limits, and a network in between that can fail: what a request leaves behind, the next one gets. */
describe('the one connection of the application', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let app: TestApp;
  let scoped: ScopedDatabase;
  let statuses: unknown[];
  /** One looks on, one holds a lock: on connections that are open already, because there is little time. */
  let observer: pg.Client;
  let holder: pg.Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    observer = new pg.Client({ connectionString: database.adminUrl });
    holder = new pg.Client({ connectionString: database.adminUrl });
    await Promise.all([observer.connect(), holder.connect()]);
    await database.admin(
      `insert into threadkeep.app_user (id, external_id) values ($1, 'ada'), ($2, 'bob')`,
      [ADA, BOB],
    );
    proxy = await TcpProxy.inFrontOf(database.adminUrl);
    app = await createTestApp(
      {
        DATABASE_URL: proxy.through(database.adminUrl),
        DB_POOL_SIZE: '1',
        DB_STATEMENT_TIMEOUT: '1.5',
      },
      database,
    );
    scoped = app.app.get(ScopedDatabase);
    const seen = new WeakSet<pg.PoolClient>();
    const { master } = app.app.get<DataSource>(getDataSourceToken()).driver as unknown as {
      master: pg.Pool;
    };
    master.on('acquire', (client) => {
      statuses.push(seen.has(client) ? client.getTransactionStatus() : 'I');
      seen.add(client);
    });
  });
  beforeEach(() => {
    statuses = [];
  });
  afterEach(async () => {
    proxy.set('pass');
    await holder.query('rollback');
    await database.admin('delete from threadkeep.conversation');
  });
  afterAll(async () => {
    await app.close();
    await proxy.close();
    await Promise.all([observer.end(), holder.end()]);
    await database.drop();
  });

  const as = <T>(userId: string, work: () => Promise<T>) =>
    app.app.get(RequestContexts).runAsUser(userId, work);

  const backends = async (condition: string) =>
    (
      await observer.query(
        `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and ${condition}`,
      )
    ).rowCount;

  async function nothingOfAdaIsLeft(): Promise<void> {
    expect(await as(BOB, () => scoped.read(SEEN, []))).toEqual([]);
    for (let i = 0; i < 3; i++)
      expect(await as(BOB, () => scoped.transaction(() => scoped.write(SEEN, [])))).toEqual([]);
    await eventually(async () => (await backends(`state like '%transaction%'`)) === 0);
    expect((await database.admin('select from threadkeep.conversation')).rowCount).toBe(0);
    expect(statuses.length).toBeGreaterThanOrEqual(3);
    expect(statuses.filter((status) => status !== 'I')).toEqual([]);
  }

  /** Ada's transaction: a row is inserted, then comes the trouble. */
  const adasTransaction = (trouble: () => Promise<unknown>) =>
    as(ADA, () =>
      scoped.transaction(async () => {
        await scoped.write(INSERT, [ADA, uuidv7()]);
        await trouble();
      }),
    );

  it('is clean after the server stopped a statement, alone and in a transaction', async () => {
    await expect(adasTransaction(() => scoped.write(SLEEP, []))).rejects.toMatchObject({
      code: '57014',
    });
    await expect(as(ADA, () => scoped.write(INSERT_SLOWLY, [ADA, uuidv7()]))).rejects.toMatchObject(
      { code: '57014' },
    );
    await nothingOfAdaIsLeft();
  });

  it('is replaced when the network went silent in a transaction, and the work is not retried', async () => {
    let begun = 0;
    const failing = adasTransaction(() => {
      begun++;
      proxy.set('blackhole');
      return scoped.write(INSERT, [ADA, uuidv7()]);
    });
    await expect(failing).rejects.toThrow('Query read timeout');
    proxy.set('pass');
    await nothingOfAdaIsLeft();
    expect(begun).toBe(1);
  });

  it('is replaced when it was reset in a transaction, and in a single statement', async () => {
    await expect(
      adasTransaction(async () => (proxy.set('reset'), proxy.set('pass'), scoped.write(SLEEP, []))),
    ).rejects.toThrow();
    await eventually(() =>
      as(BOB, () => scoped.read(SEEN, [])).then(
        () => true,
        () => false,
      ),
    );
    const single = as(ADA, () => scoped.write(INSERT_SLOWLY, [ADA, uuidv7()]));
    const failure = expect(single).rejects.toThrow();
    await eventually(async () => (await backends(`state = 'active'`)) === 1);
    proxy.set('reset');
    proxy.set('pass');
    await failure;
    await nothingOfAdaIsLeft();
  });

  it('is clean when the work went on after its transaction had failed', async () => {
    const late: Promise<unknown>[] = [];
    const failing = adasTransaction(() => {
      late.push(scoped.write(SLEEP, []).catch(() => 'failed'));
      return Promise.reject(new Error('done waiting'));
    });
    await expect(failing).rejects.toThrow('done waiting');
    expect(await Promise.all(late)).toEqual(['failed']);
    await nothingOfAdaIsLeft();
  });

  it('is clean after the client of a request went away in the middle of it', async () => {
    const url = await app.listen();
    const id = uuidv7();
    await database.admin('insert into threadkeep.conversation (user_id, id) values ($1, $2)', [
      ADA,
      id,
    ]);
    await holder.query('begin');
    await holder.query('select from threadkeep.conversation for update');
    const abort = new AbortController();
    const headers = {
      authorization: `Bearer ${app.serviceKey}`,
      'threadkeep-user': 'ada',
      'content-type': 'application/json',
      'idempotency-key': 'gone',
    };
    const request = fetch(`${url}/v1/conversations/${id}/messages`, {
      method: 'POST',
      headers,
      body: '{"role":"user","content":"x"}',
      signal: abort.signal,
    });
    const aborted = expect(request).rejects.toThrow(/abort/i);
    await eventually(async () => (await backends(`wait_event_type = 'Lock'`)) === 1);
    abort.abort();
    await aborted;
    expect((await app.actingFor('bob').get('/v1/conversations').expect(200)).body.data).toEqual([]);
    await holder.query('rollback');
    await database.admin('delete from threadkeep.conversation');
    await nothingOfAdaIsLeft();
  });
});
