import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { expectProblem } from '../support/problem.js';
import { TcpProxy } from '../support/proxy.js';
import { eventually } from '../support/wait.js';

const CONVERSATION = uuidv7();
const USERS = { ada: uuidv7(), bob: uuidv7(), eve: uuidv7(), dan: uuidv7() };

/** The replica is a database of its own, in which the rows say where they are: so one sees where they were read. */
describe('with a replica', () => {
  let primary: TestDatabase;
  let replica: TestDatabase;
  let proxy: TcpProxy;
  let app: TestApp;
  beforeAll(async () => {
    [primary, replica] = [await createTestDatabase(), await createTestDatabase()];
    for (const [database, place] of [
      [primary, 'primary'],
      [replica, 'replica'],
    ] as const) {
      for (const [name, id] of Object.entries(USERS)) {
        await database.admin('insert into threadkeep.app_user (id, external_id) values ($1, $2)', [
          id,
          name,
        ]);
        await database.admin(
          'insert into threadkeep.conversation (user_id, id, title, last_seq) values ($1, $2, $3, 1)',
          [id, name === 'ada' ? CONVERSATION : uuidv7(), place],
        );
      }
      await database.admin(
        `insert into threadkeep.message (user_id, conversation_id, id, seq, role, content, content_is_json, token_count) values ($1, $2, $3, 1, 'user', $4, false, 1)`,
        [USERS.ada, CONVERSATION, uuidv7(), place],
      );
    }
    proxy = await TcpProxy.inFrontOf(replica.adminUrl);
    app = await createTestApp(
      { DATABASE_REPLICA_URLS: proxy.through(replica.adminUrl), DB_CONNECT_TIMEOUT: '1' },
      primary,
    );
  });
  afterEach(() => proxy.set('pass'));
  afterAll(async () => {
    await app.close();
    await proxy.close();
    await Promise.all([primary.drop(), replica.drop()]);
  });

  const titles = async (caller: Caller, query = '') => {
    const { body } = await caller.get(`/v1/conversations${query}`).expect(200);
    return (body as { data: { title: string | null }[] }).data.map(({ title }) => title);
  };

  it('lists and pages are read from it, prepared and not, and only of the user', async () => {
    const ada = app.actingFor('ada');
    expect(await titles(ada)).toEqual(['replica']);
    expect(await titles(ada, '?sort=createdAt&limit=5')).toEqual(['replica']);
    expect(
      (await ada.get(`/v1/conversations/${CONVERSATION}/messages`).expect(200)).body.data,
    ).toMatchObject([{ content: 'replica' }]);
    const { rows } = await replica.admin(
      `select count(*)::int as count from pg_stat_activity where datname = current_database() and application_name = 'threadkeep'`,
    );
    expect(rows[0]!['count']).toBeGreaterThan(0);
  });

  it('a row that is asked for by its id, and what the service administers, are read from the primary', async () => {
    expect(
      (await app.actingFor('ada').get(`/v1/conversations/${CONVERSATION}`).expect(200)).body.title,
    ).toBe('primary');
    await replica.admin(
      `update threadkeep.app_user set external_id = 'nobody' where external_id = 'dan'`,
    );
    expect(
      (await app.service.get('/v1/users').expect(200)).body.data.map(
        ({ externalId }: { externalId: string }) => externalId,
      ),
    ).toContain('dan');
  });

  it('a client may ask for the primary, in these words only', async () => {
    expect(await titles(app.actingFor('ada').with({ 'threadkeep-read': 'primary' }))).toEqual([
      'primary',
    ]);
    expectProblem(
      await app.actingFor('ada').with({ 'threadkeep-read': 'replica' }).get('/v1/conversations'),
      400,
      'request.invalid_query',
    );
  });

  it('whoever has written reads what he wrote, and nobody else is kept from it', async () => {
    const bob = app.actingFor('bob');
    expect(await titles(bob)).toEqual(['replica']);
    await bob.post('/v1/conversations', { title: 'new' }).expect(201);
    expect((await titles(bob)).sort()).toEqual(['new', 'primary']);
    const eve = app.actingFor('eve');
    await eve
      .with({ 'idempotency-key': 'eve' })
      .post('/v1/conversations', { title: 'new' })
      .expect(201);
    expect((await titles(eve)).sort()).toEqual(['new', 'primary']);
    expect(await titles(app.actingFor('ada'))).toEqual(['replica']);
  });

  it.each(['reset', 'blackhole'] as const)(
    'the primary answers when it is gone (%s), and it is used again when it is back',
    async (mode) => {
      const ada = app.actingFor('ada');
      expect(await titles(ada)).toEqual(['replica']);
      proxy.set(mode);
      for (let i = 0; i < 6; i++) expect(await titles(ada)).toEqual(['primary']);
      proxy.set('pass');
      await eventually(async () => (await titles(ada))[0] === 'replica');
    },
  );

  it('the primary answers what it cannot, such as while it has not been migrated yet', async () => {
    await replica.admin('alter table threadkeep.conversation rename column title to titled');
    expect(await titles(app.actingFor('ada'))).toEqual(['primary']);
    await replica.admin('alter table threadkeep.conversation rename column titled to title');
    expect(await titles(app.actingFor('ada'))).toEqual(['replica']);
  });
});
