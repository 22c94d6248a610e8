// Databases in which an earlier version handed out jobs by BullMQ's own tables.
import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { runMigrations as RunMigrations } from 'bullmq';
import { migrate } from '../../src/platform/database/index.js';
import { schema } from '../../src/schema.js';
import { createTestDatabase, type TestDatabase, withClient } from '../support/database.js';
import { createEffects, JobsWorld } from '../support/jobs.js';

const { runMigrations } = createRequire(import.meta.url)(
  'bullmq/dist/cjs/postgres/migrator.js',
) as {
  runMigrations: typeof RunMigrations;
};
const MIGRATION = 'DropBullmqSchema1795911200000';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await createEffects(database);
  await withClient(database.adminUrl, (client) => runMigrations(client, 'bullmq'));
});
afterEach(() => database.drop());

const carry = (queue: string, id: string, state: string) =>
  database.admin(
    `insert into bullmq.job (queue, id, seq, name, state, data, added_at_ms) values ($1, $2 || '.0', nextval('bullmq.job_seq'), 'run', $3::bullmq.job_state, jsonb_build_object('id', $2::text), 0)`,
    [queue, id, state],
  );
async function upgrade(): Promise<string | null> {
  await database.admin('delete from threadkeep.threadkeep_migrations where name = $1', [MIGRATION]);
  expect(await migrate(schema, database.adminUrl)).toEqual([MIGRATION]);
  const { rows } = await database.admin(`select to_regnamespace('bullmq')::text as name`);
  return rows[0]!['name'] as string | null;
}

it('jobs that were handed out, or ran in a process that is gone, run after the upgrade', async () => {
  // Nothing runs jobs yet.
  const before = await JobsWorld.start({ JOB_CONCURRENCY: '0' }, database);
  const user = await before.newUser();
  const name = before.handle(async () => undefined);
  const ids = await Promise.all(
    ['waiting', 'running', 'delayed'].map((label) =>
      before.asUser(user, () => before.jobs.enqueue(name, { label })),
    ),
  );
  await before.close();
  const [waiting, running] = ids as [string, string];
  await carry('threadkeep-jobs', waiting, 'waiting');
  await carry('threadkeep-jobs', running, 'active');
  const set = (id: string, columns: string) =>
    database.admin(`update threadkeep.job set ${columns} where id = $1`, [id]);
  await set(waiting, `wake_at = now() + interval '1 hour'`);
  await set(running, `status = 'running', attempts = 1, wake_at = now() + interval '1 hour'`);

  expect(await upgrade()).toBeNull();
  const world = await JobsWorld.start({ DATABASE_URL: database.adminUrl }, database);
  try {
    expect(world.handle(({ label }, job) => world.leave(label, job, user))).toBe(name);
    // Only now: a process leaves a job that it has no handler for to others for 30 seconds.
    for (const id of [waiting, running]) await set(id, 'wake_at = now()');
    for (const id of ids) await world.until(id, 'completed');
    expect(await world.effects('waiting')).toEqual([{ user_id: user, attempt: 1 }]);
    expect(await world.effects('running')).toEqual([{ user_id: user, attempt: 2 }]);
    expect(await world.effects('delayed')).toEqual([{ user_id: user, attempt: 1 }]);
  } finally {
    await world.close();
  }
});

it('a schema with queues of another application stays', async () => {
  await carry('threadkeep-jobs', 'ours', 'waiting');
  await carry('mail', 'theirs', 'waiting');
  expect(await upgrade()).toBe('bullmq');
  expect((await database.admin('select from bullmq.job')).rowCount).toBe(2);
});

it('a schema of another owner stays, and does not stop the upgrade', async () => {
  const [owner, other] = [`${database.name}_owner`, `${database.name}_other`];
  await database.admin(`create role ${other}; alter schema bullmq owner to ${other}`);
  await database.admin(`create role ${owner}; grant usage on schema bullmq to ${owner}`);
  try {
    // A superuser owns everything.
    await database.admin(`begin; set local role ${owner}; ${await dropping()}; commit`);
    const { rows } = await database.admin(`select to_regnamespace('bullmq')::text as name`);
    expect(rows[0]!['name']).toBe('bullmq');
  } finally {
    await database.admin('drop schema bullmq cascade');
    await database.admin(`drop role ${owner}, ${other}`);
  }
});

/** What the migration sends. */
async function dropping(): Promise<string> {
  const migration = schema.migrations.find(({ name }) => name === MIGRATION)!;
  const sent: string[] = [];
  await new (migration as new () => { up: (runner: unknown) => Promise<void> })().up({
    query: (text: string) => Promise.resolve(sent.push(text)),
  });
  return sent.join(';');
}
