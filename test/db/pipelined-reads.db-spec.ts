import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RequestContexts } from '../../src/platform/context/index.js';
import { type Connection, ScopedDatabase, statement } from '../../src/platform/database/index.js';
import { clientOptions } from '../../src/platform/database/data-source.js';
import { PipelinedReads } from '../../src/platform/database/connections/pipelined-reads.js';
import type { NamedConfig } from '../../src/platform/database/connections/scoped-query.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { withClient } from '../support/database.js';

const WHO = statement<{ userId: string; sleeping: unknown }>(
  'test.who',
  `select current_setting('app.user_id', true) as "userId", case when $1 then pg_sleep(0.002) end as sleeping`,
);
const TITLE = statement(
  'test.title',
  `update threadkeep.conversation set title = $3 where user_id = $1 and id = $2 returning title`,
);
const BROKEN = statement('test.broken', `select 1 / ($1::integer - $1::integer) as never`);
/** A scope that sets nothing. */
const OPEN: NamedConfig = { name: 'test.open', text: 'select 1', values: [] };
const BACKENDS = `select pid from pg_stat_activity where datname = current_database() and application_name = 'threadkeep'`;

describe('pipelined reads, over connections that requests share', () => {
  let app: TestApp;
  let database: ScopedDatabase;
  let contexts: RequestContexts;
  let users: string[];
  beforeAll(async () => {
    app = await createTestApp();
    database = app.app.get(ScopedDatabase);
    contexts = app.app.get(RequestContexts);
    const created = await Promise.all(
      Array.from({ length: 20 }, () => app.service.post('/v1/users').expect(201)),
    );
    users = created.map(({ body }) => body.id as string);
  });
  afterAll(() => app.close());

  it('answers each of 2,000 transactions under way at once as its own user', async () => {
    const asked = Array.from({ length: 2_000 }, (_, i) => users[i % users.length]!);
    const answers = await Promise.all(
      asked.map((user, i) => contexts.runAsUser(user, () => database.read(WHO, [i % 50 === 0]))),
    );
    expect(answers.map(([row]) => row!.userId)).toEqual(asked);
  });

  it('fails the one transaction whose statement fails, and none that was sent before or after it', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 200 }, (_, i) =>
        contexts.runAsUser(users[i % users.length]!, async () =>
          i % 10 === 3
            ? database.read(BROKEN, [1])
            : (await database.read(WHO, [false]))[0]!.userId,
        ),
      ),
    );
    results.forEach((result, i) => {
      if (i % 10 === 3)
        expect(result).toMatchObject({ status: 'rejected', reason: { code: '22012' } });
      else expect(result).toEqual({ status: 'fulfilled', value: users[i % users.length] });
    });
  });

  it('leaves a shared connection without a user, read-write, and in no transaction', async () => {
    const options = clientOptions({ url: app.database.adminUrl } satisfies Connection);
    const scope: NamedConfig = {
      name: 'test.scope',
      text: `select set_config('app.user_id', $1, true), set_config('transaction_read_only', 'on', true)`,
      values: [''],
    };
    const connections = new PipelinedReads(1, options, { settings: {}, scopes: [scope, OPEN] });
    const probe: NamedConfig = {
      name: 'test.probe',
      text: `select current_setting('app.user_id', true) as "userId", current_setting('transaction_read_only') as "readOnly"`,
      values: [],
    };
    expect(
      await connections.run({ scope: { ...scope, values: [users[0]!] }, statement: probe }),
    ).toEqual([{ userId: users[0], readOnly: 'on' }]);
    expect(await connections.run({ scope: OPEN, statement: probe })).toEqual([
      { userId: '', readOnly: 'off' },
    ]);
    await connections.close();
  });

  it('answers all who ask the same for the first time while its table is locked: none relies on what another failed to prepare', async () => {
    const first = {
      read: statement('test.first_read', 'select count(*)::integer as count from threadkeep.task'),
      write: statement('test.first_write', `update threadkeep.task set title = $1 where false`),
    };
    const ask = (n: number) =>
      contexts.runAsUser(users[n % users.length]!, () =>
        n % 2 ? database.write(first.write, ['x']) : database.read(first.read, []),
      );
    const answers = await withClient(app.database.adminUrl, async (client) => {
      await client.query('begin');
      await client.query('lock table threadkeep.task in access exclusive mode');
      const asked: Promise<unknown>[] = [];
      // Before, while and after the first of them is given up.
      for (let n = 0; n < 40; n++) {
        asked.push(ask(n).catch((error: unknown) => error));
        await sleep(10);
      }
      await client.query('commit');
      return Promise.all(asked);
    });
    expect(answers.filter((answer) => !Array.isArray(answer))).toEqual([]);
  });

  it('does not keep others waiting behind a locked row: the write goes on alone and succeeds', async () => {
    const acting = app.actingFor('locked');
    const { body: conversation } = await acting.post('/v1/conversations').expect(201);
    const userId = (await acting.get('/v1/users/me').expect(200)).body.id as string;
    await withClient(app.database.adminUrl, async (holder) => {
      await holder.query('begin');
      await holder.query('select from threadkeep.conversation where id = $1 for update', [
        conversation.id,
      ]);
      const write = contexts.runAsUser(userId, () =>
        database.write(TITLE, [userId, conversation.id, 'kept']),
      );
      // Twenty reads on two connections: all of them are answered while the row is still held.
      const reads = await Promise.all(
        Array.from({ length: 20 }, () =>
          contexts.runAsUser(users[0]!, () => database.read(WHO, [false])),
        ),
      );
      expect(reads).toHaveLength(20);
      await holder.query('commit');
      expect(await write).toEqual([{ title: 'kept' }]);
    });
  });

  it('reopen their connection after its backend was terminated', async () => {
    await app.database.admin(`select pg_terminate_backend(pid) from (${BACKENDS}) backends`);
    const again = async () =>
      contexts.runAsUser(users[1]!, () => database.read(WHO, [false])).catch(() => []);
    for (let tries = 0; tries < 50 && (await again()).length === 0; tries++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await again()).toMatchObject([{ userId: users[1] }]);
  });

  it('rejects what is under way when the connection is lost, once for each', async () => {
    const connections = new PipelinedReads(1, clientOptions({ url: app.database.adminUrl }), {
      settings: {},
      scopes: [OPEN],
    });
    const sleep: NamedConfig = {
      name: 'test.sleep',
      text: 'select pg_sleep(5), pg_backend_pid() as pid',
      values: [],
    };
    const pid: NamedConfig = {
      name: 'test.pid',
      text: 'select pg_backend_pid() as pid',
      values: [],
    };
    const [row] = (await connections.run<{ pid: number }>({ scope: OPEN, statement: pid }))!;
    const lost = Promise.allSettled([
      connections.run({ scope: OPEN, statement: sleep }),
      connections.run({ scope: OPEN, statement: pid }),
    ]);
    await withClient(app.database.adminUrl, (client) =>
      client.query('select pg_terminate_backend($1)', [row!.pid]),
    );
    expect((await lost).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await connections.run({ scope: OPEN, statement: pid })).toHaveLength(1);
    await connections.close();
  });
});
