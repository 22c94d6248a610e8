import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase, statement } from '../../src/platform/database/index.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { withClient } from '../support/database.js';

const ADA = uuidv7();
const CONVERSATION = uuidv7();
const show = (name: string, slow: boolean) =>
  statement<Record<string, string>>(
    name,
    `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock, current_setting('idle_in_transaction_session_timeout') as idle`,
    { slow },
  );
const LIMITS = show('test.limits', false);
const LIMITS_ALONE = show('test.limits_alone', true);
const RENAME = statement(
  'test.rename',
  `update threadkeep.conversation set title = 'renamed' where user_id = $1 and id = $2`,
);
const SLEEP = statement('test.sleep', 'select pg_sleep($1)');

describe('the time a transaction may take', () => {
  let app: TestApp;
  let database: ScopedDatabase;
  beforeAll(async () => {
    app = await createTestApp({
      DB_POOL_SIZE: '1',
      DB_STATEMENT_TIMEOUT: '2',
      DB_LOCK_TIMEOUT: '0.3',
      DB_IDLE_TRANSACTION_TIMEOUT: '0.4',
    });
    database = app.app.get(ScopedDatabase);
    await app.database.admin(
      `insert into threadkeep.app_user (id, external_id) values ($1, 'ada')`,
      [ADA],
    );
    await app.database.admin('insert into threadkeep.conversation (user_id, id) values ($1, $2)', [
      ADA,
      CONVERSATION,
    ]);
  });
  afterAll(() => app.close());

  const asAda = <T>(work: () => Promise<T>) => app.app.get(RequestContexts).runAsUser(ADA, work);

  it('is what the configuration says, in a transaction and in a statement on a connection of its own', async () => {
    const configured = [{ statement: '2s', lock: '300ms', idle: '400ms' }];
    expect(await asAda(() => database.transaction(() => database.read(LIMITS, [])))).toEqual(
      configured,
    );
    expect(await asAda(() => database.read(LIMITS_ALONE, []))).toEqual(configured);
  });

  it('is the same for a statement on a pipelined connection, except for locks, for which others would wait', async () => {
    expect(await asAda(() => database.read(LIMITS, []))).toEqual([
      { statement: '2s', lock: '100ms', idle: '0' },
    ]);
  });

  it('can be set for one transaction, and is the configured one again in the next', async () => {
    const limits = { statement: 7, lock: 1, idle: 3 };
    expect(
      await asAda(() => database.transaction(() => database.read(LIMITS, []), { limits })),
    ).toEqual([{ statement: '7s', lock: '1s', idle: '3s' }]);
    expect(await asAda(() => database.transaction(() => database.read(LIMITS, [])))).toMatchObject([
      { statement: '2s' },
    ]);
    await expect(
      asAda(() => database.transaction(() => database.read(SLEEP, [3]), { limits })),
    ).resolves.toHaveLength(1);
    await expect(
      asAda(() => database.transaction(() => database.read(SLEEP, [3]))),
    ).rejects.toMatchObject({ code: '57014' });
  });

  it('can be set for a route: an import may take longer than other requests', async () => {
    await app.database.admin(
      `create function threadkeep.dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(2.5); return new; end $$`,
    );
    await app.database.admin(
      `create trigger dawdle before insert on threadkeep.conversation for each row when (new.title = 'slow') execute function threadkeep.dawdle()`,
    );
    const ada = app.actingFor('ada');
    expect((await ada.post('/v1/conversations', { title: 'slow' }).expect(503)).body.code).toBe(
      'server.timeout',
    );
    await ada
      .post('/v1/conversations/import', {
        importKey: 'k',
        title: 'slow',
        messages: [{ role: 'user', content: 'Hello' }],
      })
      .expect(201);
  });

  it('ends for a row that somebody else holds before it does for a statement', async () => {
    await withClient(app.database.adminUrl, async (holder) => {
      await holder.query('begin');
      await holder.query('select from threadkeep.conversation for update');
      await expect(
        asAda(() => database.transaction(() => database.write(RENAME, [ADA, CONVERSATION]))),
      ).rejects.toMatchObject({ code: '55P03' });
      const refused = await app
        .actingFor('ada')
        .patch(`/v1/conversations/${CONVERSATION}`, { title: 'x' })
        .expect(503);
      expect(refused.body.code).toBe('server.timeout');
      expect(refused.headers['retry-after']).toBe('1');
    });
  });

  it('ends when the transaction does nothing, and what it had done is undone', async () => {
    const dawdling = () =>
      database.transaction(() =>
        database.write(RENAME, [ADA, CONVERSATION]).then(() => sleep(800)),
      );
    await expect(asAda(dawdling)).rejects.toThrow();
    const { rows } = await app.database.admin(
      'select title from threadkeep.conversation where id = $1',
      [CONVERSATION],
    );
    expect(rows).toEqual([{ title: null }]);
    expect(await asAda(() => database.transaction(() => database.read(LIMITS, [])))).toHaveLength(
      1,
    );
  });
});
