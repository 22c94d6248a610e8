import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase, statement } from '../../src/platform/database/index.js';
import { ConnectionBreaker } from '../../src/platform/database/connections/connection-breaker.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { testRoles } from '../support/database.js';
import { eventually } from '../support/wait.js';

const POOL = 4;
/** Connections that single statements share: two to read, eight to write. */
const PIPELINED_CONNECTIONS = 10;
const ROUNDS = 6;
const USERS = Array.from({ length: 20 }, () => uuidv7());

const WHO = statement<{ userId: string | null; role: string }>(
  'test.who',
  `select nullif(current_setting('app.user_id', true), '') as "userId", current_user as role`,
);
const INSERT = statement(
  'test.insert',
  'insert into threadkeep.conversation (user_id, id) values ($1, $2)',
);

describe('the scoped database, when connections are lost again and again', () => {
  let app: TestApp;
  let database: ScopedDatabase;
  let contexts: RequestContexts;
  beforeAll(async () => {
    app = await createTestApp({ DB_POOL_SIZE: String(POOL) });
    database = app.app.get(ScopedDatabase);
    contexts = app.app.get(RequestContexts);
    for (const id of USERS)
      await app.database.admin('insert into threadkeep.app_user (id) values ($1)', [id]);
  });
  afterAll(() => app.close());

  const backends = async () =>
    (
      await app.database.admin(
        `select from pg_stat_activity where datname = current_database() and application_name = 'threadkeep'`,
      )
    ).rowCount!;
  const terminateAll = () =>
    app.database.admin(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );

  it('shows no user the rows of another, loses no confirmed write, and stays within its number of connections', async () => {
    const wrong: unknown[] = [];
    const confirmed: string[] = [];
    let stopped = false;
    const kinds: ((user: string) => Promise<void>)[] = [
      async (user) => note(user, await database.read(WHO, [])),
      async (user) => note(user, await database.transaction(() => database.write(WHO, []))),
      async (user) => {
        const id = uuidv7();
        await database.write(INSERT, [user, id]);
        confirmed.push(id);
      },
    ];
    const note = (user: string, [row]: { userId: string | null; role: string }[]) => {
      if (row?.userId !== user || !row.role.startsWith(testRoles().app)) wrong.push({ user, row });
    };
    const work = async (lane: number) => {
      for (let turn = 0; !stopped; turn++) {
        const user = USERS[(lane * 7 + turn) % USERS.length]!;
        await contexts
          .runAsUser(user, () => kinds[turn % kinds.length]!(user))
          .catch(() => undefined);
      }
    };
    const working = Promise.all(Array.from({ length: 30 }, (_, lane) => work(lane)));
    for (let round = 0; round < ROUNDS; round++) {
      const before = confirmed.length;
      await terminateAll();
      await eventually(() => Promise.resolve(confirmed.length > before + 10));
    }
    stopped = true;
    await working;
    expect(wrong).toEqual([]);
    const { rows } = await app.database.admin('select id from threadkeep.conversation');
    const stored = new Set(rows.map(({ id }) => id));
    expect(confirmed.filter((id) => !stored.has(id))).toEqual([]);
    await eventually(async () => (await backends()) <= POOL + PIPELINED_CONNECTIONS);
  });

  it('serves requests at once after it has lost every idle connection', async () => {
    await contexts.runAsUser(USERS[0]!, () => database.read(WHO, []));
    await terminateAll();
    await eventually(async () => (await backends()) === 0);
    const seen = await Promise.all(
      USERS.map((user) => contexts.runAsUser(user, () => database.read(WHO, []))),
    );
    expect(seen.map(([row]) => row!.userId)).toEqual(USERS);
  });

  it('goes on to open connections when the server ends each new one, and stops when it refuses them', async () => {
    const breaker = new ConnectionBreaker(app.database.adminUrl, 3_000);
    const terminate = (pid: number) => app.database.admin('select pg_terminate_backend($1)', [pid]);
    const openAndLose = async (meanwhile: 'queries' | 'idles') => {
      const client = new pg.Client(app.database.adminUrl);
      const ended = new Promise((resolve) => client.on('error', resolve).once('end', resolve));
      await client.connect();
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const query = () => client.query('select pg_sleep(10)');
      const querying = meanwhile === 'queries' ? query() : undefined;
      querying?.catch(() => undefined);
      await terminate(rows[0]!.pid);
      await ended;
      await (querying ?? query());
    };
    for (const meanwhile of ['queries', 'idles', 'queries', 'idles'] as const)
      await expect(breaker.execute(() => openAndLose(meanwhile))).rejects.toThrow(
        /terminating connection|connection error/,
      );
    expect(breaker.isClosed).toBe(true);
    for (let attempt = 0; attempt < 3; attempt++)
      await expect(
        breaker.execute(() => new pg.Client({ host: '127.0.0.1', port: 1 }).connect()),
      ).rejects.toThrow('ECONNREFUSED');
    expect(breaker.isClosed).toBe(false);
    breaker.stop();
  });
});
