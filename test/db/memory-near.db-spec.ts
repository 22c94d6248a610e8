// Near memories are found by an index, however many a user has, and a job marks those of older releases.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { JobsWorld } from '../support/jobs.js';
import { type Caller, createTestApp } from '../support/app.js';
import { createTestDatabase, type TestDatabase, testRoles } from '../support/database.js';
import { StatementRecorder } from '../support/statements.js';
import { eventually } from '../support/wait.js';

const factsOf = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ content: `${name} fact ${n}` }));
const remember = async (who: Caller, memories: object[]): Promise<{ id: string }[]> =>
  (await who.post('/v1/memories', { memories }).expect(201)).body.data;

interface Node {
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Node[];
}
const rowsSeen = (node: Node): number =>
  (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'] +
  (node.Plans ?? []).reduce((sum, plan) => sum + rowsSeen(plan), 0);

describe('creating a memory', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('looks at a few rows of a user with many, with statistics of smaller users', async () => {
    const app = await createTestApp({}, database);
    for (let n = 0; n < 20; n++) await remember(app.actingFor(`small ${n}`), factsOf('A', 50));
    await database.admin('analyze threadkeep.memory');
    await database.admin('alter table threadkeep.memory set (autovacuum_enabled = false)');
    const ada = app.actingFor('ada');
    for (const name of ['One', 'Two', 'Three']) await remember(ada, factsOf(name, 1_000));
    await remember(ada, factsOf('ONE', 20));
    const { id } = (await ada.get('/v1/users/me').expect(200)).body as { id: string };
    const recorder = new StatementRecorder();
    for (const content of ['New', 'one fact 7', 'Two fact 7'])
      await ada.post('/v1/memories', { content });
    await remember(ada, [{ content: 'one fact 8' }]);
    await ada.post('/v1/memories', { content: 'one  fact 9', onSimilar: 'strengthen' }).expect(200);
    recorder.stop();
    const own = recorder.sent.filter(({ text }) => text.includes('near_fingerprint'));
    expect(own.length).toBeGreaterThan(5);
    const client = new pg.Client({ connectionString: database.adminUrl });
    await client.connect();
    try {
      for (const { text, values } of own) {
        await client.query('begin');
        await client.query(
          `select set_config('app.user_id', $1, true), set_config('role', '${testRoles().app}', true)`,
          [id],
        );
        const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Node }[] }>(
          `explain (analyze, timing off, format json) ${text}`,
          values,
        );
        expect([rowsSeen(rows[0]!['QUERY PLAN'][0]!.Plan) < 100, text]).toEqual([true, text]);
        await client.query('rollback');
      }
    } finally {
      await client.end();
      await app.close();
    }
  });
});

describe('memories of an older release', () => {
  let world: JobsWorld;
  beforeAll(async () => {
    world = await JobsWorld.start();
  });
  afterAll(() => world.close());

  it('are marked by a job, which a sweep starts, and are near from then on', async () => {
    const ada = world.app.actingFor('ada');
    const [first] = await remember(ada, factsOf('Old', 250));
    await ada.put('/v1/memory-blocks/persona', { content: 'kind' }).expect(200);
    const marks = async () =>
      (
        await world.database.admin(
          'select id, near_fingerprint as near from threadkeep.memory where label is null order by id',
        )
      ).rows;
    const marked = await marks();
    await world.database.admin('update threadkeep.memory set near_fingerprint = null');
    const unnamed = await ada.post('/v1/memories', { content: 'old fact 0!' }).expect(201);
    expect(unnamed.body.similar).toBeUndefined();
    await ada.delete(`/v1/memories/${unnamed.body.id}?purge=true`).expect(204);
    const { rows } = await world.database.admin(
      `select id from threadkeep.job where name = 'memory.near_sweep' and status = 'queued'`,
    );
    await world.makeDue(rows[0]!['id'] as string);
    await eventually(async () => (await marks()).every(({ near }) => near !== null));
    expect(await marks()).toEqual(marked);
    const named = await ada.post('/v1/memories', { content: 'old fact 0!' }).expect(201);
    expect(named.body.similar).toEqual([{ id: first!.id, similarity: expect.any(Number) }]);
  });

  it('are not marked while another write of the user runs, such as a rollback', async () => {
    const bea = world.app.actingFor('bea');
    await remember(bea, factsOf('Aged', 3));
    const client = new pg.Client({ connectionString: world.database.adminUrl });
    await client.connect();
    try {
      await client.query('update threadkeep.memory set near_fingerprint = null');
      await client.query('begin');
      await client.query('select from threadkeep.memory_head for update');
      const { rows } = await world.database.admin(
        `select id from threadkeep.job where name = 'memory.near_sweep' and status = 'queued'`,
      );
      await world.makeDue(rows[0]!['id'] as string);
      const waits = `select from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock' and query like '%memory_head%'`;
      await eventually(async () => (await world.database.admin(waits)).rowCount! > 0);
      const unmarked =
        'select from threadkeep.memory where near_fingerprint is null and label is null';
      expect((await world.database.admin(unmarked)).rowCount).toBeGreaterThan(0);
      await client.query('commit');
      await eventually(async () => (await world.database.admin(unmarked)).rowCount === 0);
    } finally {
      await client.end();
    }
  });
});
