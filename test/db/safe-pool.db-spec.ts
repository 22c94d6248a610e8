import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { SafePool } from '../../src/platform/database/connections/safe-pool.js';
import { createTestDatabase, type TestDatabase, testRoles } from '../support/database.js';
import { TcpProxy } from '../support/proxy.js';
import { eventually } from '../support/wait.js';

const ADA = '00000000-0000-7000-8000-00000000000a';
const BOB = '00000000-0000-7000-8000-00000000000b';
const ROW = '00000000-0000-7000-8000-0000000000ff';

interface Trouble {
  client: pg.PoolClient;
  proxy: TcpProxy;
  database: TestDatabase;
}

/** Gives the query up after so many milliseconds. */
const within = (query_timeout: number, text: string) => ({ text, query_timeout }) as pg.QueryConfig;

const pidOf = (client: pg.PoolClient) => (client as unknown as { processID: number }).processID;

/** How Ada's transaction, in which a row was inserted, comes to an end nobody planned. */
const troubles: [title: string, trouble: (trouble: Trouble) => Promise<unknown>][] = [
  [
    'the server stopped a statement that took too long',
    async ({ client }) => {
      await client.query(`select set_config('statement_timeout', '50', true)`);
      await expect(client.query('select pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
    },
  ],
  [
    'the client stopped waiting for a statement',
    ({ client }) =>
      expect(client.query(within(50, 'select pg_sleep(0.5)'))).rejects.toThrow(
        'Query read timeout',
      ),
  ],
  [
    'the network went silent',
    async ({ client, proxy }) => {
      proxy.set('blackhole');
      await expect(client.query(within(50, 'select 1'))).rejects.toThrow('Query read timeout');
      proxy.set('pass');
    },
  ],
  [
    'the rollback was lost with the network, and its failure swallowed',
    async ({ client, proxy }) => {
      await expect(client.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
      proxy.set('blackhole');
      await client.query(within(50, 'rollback')).catch(() => undefined);
      proxy.set('pass');
    },
  ],
  [
    'every connection was reset',
    ({ client, proxy }) => {
      proxy.set('reset');
      proxy.set('pass');
      return expect(client.query('select 1')).rejects.toThrow(
        /ECONNRESET|terminated|not queryable/,
      );
    },
  ],
  [
    'its backend was terminated',
    async ({ client, database }) => {
      await database.admin('select pg_terminate_backend($1)', [pidOf(client)]);
      await expect(client.query('select 1')).rejects.toThrow();
    },
  ],
  ['the transaction was never ended', async () => undefined],
  [
    'a statement failed and the transaction was never ended',
    ({ client }) => expect(client.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' }),
  ],
  [
    'a query was still running',
    async ({ client }) => void client.query('select pg_sleep(0.5)').catch(() => undefined),
  ],
  [
    'two queries were waiting for their turn',
    async ({ client }) => {
      for (const text of ['select pg_sleep(0.2)', 'select 1', 'select 2'])
        client.query(text).catch(() => undefined);
    },
  ],
];

describe.each([
  ['with pipelining, as the application uses it', true],
  ['without pipelining', false],
])('a pool of one connection, %s', (_title, pipeline) => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let pool: pg.Pool;
  let statuses: unknown[];

  const openPool = (Pool: typeof pg.Pool): pg.Pool => {
    const config = {
      connectionString: proxy.through(database.adminUrl),
      max: 1,
      options: `-c role=${testRoles().app}`,
      pipeline,
    };
    const opened = new Pool(config);
    opened.on('error', () => undefined);
    const seen = new WeakSet<pg.PoolClient>();
    opened.on('acquire', (client) => {
      // A new client is handed out before its driver has noted that the server is ready.
      statuses.push(seen.has(client) ? client.getTransactionStatus() : 'new');
      seen.add(client);
    });
    return opened;
  };

  async function inTransactionOf(
    userId: string,
    work: (client: pg.PoolClient) => Promise<unknown>,
  ): Promise<pg.PoolClient> {
    const client = await pool.connect();
    await client.query('begin');
    await client.query(`select set_config('app.user_id', $1, true)`, [userId]);
    await work(client);
    return client;
  }

  const insertRow = (client: pg.PoolClient) =>
    client.query('insert into threadkeep.conversation (user_id, id) values ($1, $2)', [ADA, ROW]);
  const rowsSeen = async (client: pg.ClientBase | pg.Pool) =>
    (await client.query('select user_id, id from threadkeep.conversation')).rows as unknown[];
  const backendIsGone = (pid: number) =>
    eventually(
      async () =>
        (await database.admin('select from pg_stat_activity where pid = $1', [pid])).rowCount === 0,
    );

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.admin('insert into threadkeep.app_user (id) values ($1), ($2)', [ADA, BOB]);
    proxy = await TcpProxy.inFrontOf(database.adminUrl);
  });
  afterAll(async () => {
    await proxy.close();
    await database.drop();
  });
  beforeEach(() => {
    statuses = [];
    pool = openPool(SafePool);
  });
  afterEach(async () => {
    proxy.set('pass');
    await pool.end();
    await database.admin('delete from threadkeep.conversation');
  });

  it.each(troubles)('gives nothing of Ada to the next when %s', async (_trouble, trouble) => {
    const client = await inTransactionOf(ADA, insertRow);
    const pid = pidOf(client);
    await trouble({ client, proxy, database });
    client.release();

    expect(await rowsSeen(pool)).toEqual([]);
    const next = await inTransactionOf(BOB, async (bob) => expect(await rowsSeen(bob)).toEqual([]));
    await next.query('commit');
    next.release();
    expect(
      (await pool.query(`select nullif(current_setting('app.user_id', true), '') as user_id`)).rows,
    ).toEqual([{ user_id: null }]);
    await backendIsGone(pid);
    expect((await database.admin('select from threadkeep.conversation')).rowCount).toBe(0);
    expect(statuses).toEqual(['new', 'new', 'I', 'I']);
  });

  it.each([[undefined], [false]])(
    'destroys a connection with an open transaction also when release is told %s',
    async (error) => {
      const client = await inTransactionOf(ADA, insertRow);
      client.release(error);
      expect(await rowsSeen(pool)).toEqual([]);
      expect(statuses).toEqual(['new', 'new']);
    },
  );

  it('keeps a connection whose transaction ended', async () => {
    const pids = new Set<number>();
    for (const end of ['commit', 'rollback', 'commit']) {
      const client = await inTransactionOf(BOB, rowsSeen);
      await client.query(end);
      pids.add(pidOf(client));
      client.release();
    }
    expect(pids.size).toBe(1);
    expect(pool.totalCount).toBe(1);
  });

  it('destroys a connection that was released with an error, and one asked for by a callback', async () => {
    const first = await pool.connect();
    first.release(new Error('broken'));
    const second = await new Promise<pg.PoolClient>((resolve, reject) => {
      pool.connect((error, client, release) => {
        if (!client) return reject(error ?? new Error('neither client nor error'));
        void client.query('begin').then(() => (release(), resolve(client)));
      });
    });
    const third = await pool.connect();
    expect(new Set([first, second, third].map(pidOf)).size).toBe(3);
    third.release();
  });

  it('reports a failure to connect to a callback', async () => {
    proxy.set('reset');
    await expect(
      new Promise((resolve, reject) =>
        pool.connect((error) => (error ? reject(error) : resolve(null))),
      ),
    ).rejects.toThrow();
  });

  it('survives the end of every backend, in use or idle, again and again', async () => {
    for (let round = 0; round < 5; round++) {
      const client = await pool.connect();
      const running = client.query('select pg_sleep(10)').then(
        () => 'finished',
        () => 'failed',
      );
      await database.admin('select pg_terminate_backend($1)', [pidOf(client)]);
      expect(await running).toBe('failed');
      client.release();
      const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
      await database.admin('select pg_terminate_backend($1)', [rows[0]!.pid]);
      await eventually(() => Promise.resolve(pool.totalCount === 0));
    }
    expect(await rowsSeen(pool)).toEqual([]);
  });

  it("is needed: pg's own pool hands Ada's open transaction to the next", async () => {
    await pool.end();
    pool = openPool(pg.Pool);
    const client = await inTransactionOf(ADA, insertRow);
    client.release();
    expect(await rowsSeen(pool)).toEqual([{ user_id: ADA, id: ROW }]);
    await pool.query('rollback');
    expect(statuses).toContain('T');
  });
});
