// Jobs of several processes on one PostgreSQL, without Redis.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { JobRunner } from '../../src/platform/jobs/job-runner.js';
import { JobRunsRepository } from '../../src/platform/jobs/job-runs.repository.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { createEffects, JobsWorld } from '../support/jobs.js';
import { eventually } from '../support/wait.js';

const DIRECTLY = { DB_TRANSACTION_POOLER: 'false' };
const JOBS = 200;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await createEffects(database);
});
afterAll(() => database.drop());

const worlds: JobsWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
  await database.admin('delete from threadkeep.job');
});
async function start(concurrency: number): Promise<JobsWorld> {
  const environment = {
    ...DIRECTLY,
    DATABASE_URL: database.adminUrl,
    JOB_CONCURRENCY: String(concurrency),
    DB_POOL_SIZE: String(Math.max(6, 2 * concurrency)),
  };
  worlds.push(await JobsWorld.start(environment, database));
  return worlds.at(-1)!;
}

const enqueue = (world: JobsWorld, user: string, name: string) =>
  world.asUser(user, () => world.jobs.enqueue(name, { label: name }));
const rowsOf = async (name: string) =>
  (await database.admin('select status, attempts from threadkeep.job where name = $1', [name]))
    .rows;

it('jobs of a process that runs none are shared by the others: each runs once', async () => {
  const [orders, ...workers] = [await start(0), await start(4), await start(4)];
  const [user, ran] = [await orders.newUser(), new Set<JobsWorld>()];
  const names = workers.map((worker) =>
    worker.handle(async (_, job) => {
      ran.add(worker);
      await worker.leave('shared', job, user);
    }),
  );
  const name = names[0]!;
  expect(new Set(names)).toEqual(new Set([name]));
  orders.know(name);
  await Promise.all(Array.from({ length: JOBS }, () => enqueue(orders, user, name)));
  await eventually(async () => (await rowsOf(name)).every(({ status }) => status === 'completed'));
  expect(await rowsOf(name)).toEqual(
    Array.from({ length: JOBS }, () => ({ status: 'completed', attempts: 1 })),
  );
  expect(await orders.effects('shared')).toHaveLength(JOBS);
  expect(ran).toEqual(new Set(workers));
});

describe('a notification to other processes', () => {
  /** Notifications since the last fence. */
  let heard: string[] = [];
  let client: pg.Client;
  beforeAll(async () => {
    client = new pg.Client({ connectionString: database.adminUrl });
    await client.connect();
    client.on('notification', ({ payload = '' }) => heard.push(payload));
    await client.query('listen threadkeep_jobs');
  });
  afterAll(() => client.end());
  /** What was notified before it is heard before it. @returns how many were */
  async function fence(): Promise<number> {
    await database.admin(`notify threadkeep_jobs, 'fence'`);
    await eventually(async () => heard.at(-1) === 'fence');
    const count = heard.length - 1;
    heard = [];
    return count;
  }

  it('is sent for many jobs together, when this process runs none', async () => {
    const orders = await start(0);
    const [user, name] = [await orders.newUser(), orders.handle(async () => undefined)];
    await fence();
    await Promise.all(Array.from({ length: JOBS }, () => enqueue(orders, user, name)));
    await eventually(async () => heard.length > 0);
    expect(heard.length).toBeLessThan(JOBS / 4);
  });

  it('is not sent for what is rolled back', async () => {
    const orders = await start(0);
    const [user, name] = [await orders.newUser(), orders.handle(async () => undefined)];
    await fence();
    const regretted = orders.asUser(user, () =>
      orders.scoped.transaction(async () => {
        await orders.jobs.enqueue(name);
        throw new Error('regret');
      }),
    );
    await expect(regretted).rejects.toThrow('regret');
    expect(await fence()).toBe(0);
  });

  it('is not sent for a job that this process runs itself', async () => {
    // More than there are recurring jobs.
    const world = await start(20);
    const user = await world.newUser();
    const name = world.handle(async () => undefined);
    await fence();
    await world.until(await enqueue(world, user, name), 'completed');
    expect(await fence()).toBe(0);
  });
});

describe('taking due jobs', () => {
  it('gives each job to one process, and leaves those without a handler here to others', async () => {
    const [one, two] = [await start(0), await start(0)];
    const [user, name] = [await one.newUser(), one.handle(async () => undefined)];
    const unknown = `${name}_unknown`;
    one.know(unknown);
    two.know(name);
    const ids = await Promise.all(
      Array.from({ length: 40 }, (_, i) => enqueue(one, user, i % 4 === 0 ? unknown : name)),
    );
    const take = (world: JobsWorld, names = [name]) =>
      world.asSystem(() => world.app.app.get(JobRunsRepository).takeDue(20, names));
    const taken = (await Promise.all([take(one), take(two)])).flat();
    expect(taken.map((job) => [job.name, job.attempt, job.userId, job.payload])).toEqual(
      Array.from({ length: 30 }, () => [name, 1, user, { label: name }]),
    );
    expect(await take(one)).toEqual([]);
    // They took no places, and wait for nothing.
    const left = await take(two, [unknown]);
    expect(left.map((job) => [job.name, job.attempt])).toEqual(
      Array.from({ length: 10 }, () => [unknown, 1]),
    );
    expect([...taken, ...left].map(({ id }) => id).sort()).toEqual([...ids].sort());
  });

  it('in a process that stops gives them back at once, with no attempt used up', async () => {
    const world = await start(0);
    const [user, left] = [await world.newUser(), 'given back'];
    const name = world.handle((_, job) => world.leave(left, job, user));
    const id = await enqueue(world, user, name);
    const [runs, runner] = [world.app.app.get(JobRunsRepository), world.app.app.get(JobRunner)];
    const taken = await world.asSystem(() => runs.takeDue(100, [name]));
    await runner.stop();
    await runner.runClaimed(taken.find((job) => job.id === id)!);
    expect(await world.row(id)).toMatchObject({ status: 'queued', attempts: 1, max_attempts: 9 });
    expect((await world.asSystem(() => runs.takeDue(100, null))).map((job) => job.id)).toContain(
      id,
    );
    expect(await world.effects(left)).toEqual([]);
  });
});
