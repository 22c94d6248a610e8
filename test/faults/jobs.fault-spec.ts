// Jobs while everything around them is killed: each effect exactly once, and none lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { redisBackend } from '../../src/platform/jobs/bull-backends.js';
import { createEffects, JobsWorld } from '../support/jobs.js';
import { jobsContract } from '../support/jobs-contract.js';
import { createTestDatabase } from '../support/database.js';
import { JobWorkers } from '../support/job-workers.js';
import { RedisServer } from '../support/redis-server.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { eventually } from '../support/wait.js';

/** JOBS=10000 is the long form. */
const JOBS = numberFromEnvironment('JOBS', 1_000);
const SEED = numberFromEnvironment('TEST_SEED', Date.now() % 1_000_000);
const WORKERS = 3;
const USERS = 10;
/** Milliseconds that a job takes at most. */
const JOB_MS = numberFromEnvironment('JOB_MS', 100);
/** Every twentieth transaction changes its mind. */
const ROLLED_BACK = 20;
/** Milliseconds of havoc at least, however fast the jobs are done. */
const HAVOC = 15_000;
const PATIENCE = 240_000 + JOBS * 30;

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** Orders jobs, each in a transaction of its user; some are rolled back. */
async function order(world: JobsWorld): Promise<void> {
  const users = await Promise.all(Array.from({ length: USERS }, () => world.newUser()));
  for (let from = 0; from < JOBS; from += 50) {
    const batch = Array.from({ length: Math.min(50, JOBS - from) }, (_, i) => from + i);
    await Promise.all(batch.map((n) => orderOne(world, users[n % USERS]!, n)));
    await sleep(20);
  }
}

async function orderOne(world: JobsWorld, user: string, n: number): Promise<void> {
  const enqueue = (label: string) => world.jobs.enqueue('test.leave', { label }, { key: label });
  await world.asUser(user, () => world.scoped.transaction(() => enqueue(`kept ${n}`)));
  if (n % ROLLED_BACK > 0) return;
  const regretted = world.asUser(user, () =>
    world.scoped.transaction(async () => {
      await enqueue(`regretted ${n}`);
      throw new Error('regret');
    }),
  );
  await expect(regretted).rejects.toThrow('regret');
}

interface Tally {
  completed: number;
  failed: number;
  waiting: number;
  effects: number;
  labels: number;
  regretted: number;
  attempts: number;
}

async function tally({ database }: JobsWorld): Promise<Tally> {
  const { rows } = await database.admin(`
    select count(*) filter (where status = 'completed')::int as completed, count(*) filter (where status = 'failed')::int as failed,
           count(*) filter (where status in ('queued', 'running'))::int as waiting, coalesce(sum(attempts), 0)::int as attempts,
           (select count(*)::int from threadkeep.effect) as effects, (select count(distinct label)::int from threadkeep.effect) as labels,
           (select count(*)::int from threadkeep.effect where label like 'regretted%') as regretted
      from threadkeep.job where name = 'test.leave'`);
  return rows[0] as unknown as Tally;
}

/** Until `over`, something dies every half to two seconds. */
async function havoc(
  random: Seeded,
  workers: JobWorkers,
  redis: RedisServer | null,
  over: () => boolean,
): Promise<Record<string, number>> {
  const done: Record<string, number> = {};
  const kill = () => workers.replace(random.integer(WORKERS));
  const blows: Record<string, () => Promise<unknown>> = { 'worker killed': kill };
  if (redis) {
    Object.assign(blows, {
      'Redis killed': async () => (
        await redis.kill(),
        await sleep(random.integer(1_500)),
        await redis.run()
      ),
      'Redis flushed': () => redis.ask((client) => client.flushAll()),
      'Redis frozen': async () => (
        redis.freeze(),
        await sleep(1_000 + random.integer(2_000)),
        redis.thaw()
      ),
      'worker and Redis killed': async () => (await redis.kill(), await kill(), await redis.run()),
    });
  }
  while (!over()) {
    const blow = random.pick(Object.keys(blows));
    await blows[blow]!();
    done[blow] = (done[blow] ?? 0) + 1;
    await sleep(500 + random.integer(1_500));
  }
  return done;
}

async function survive(redis: RedisServer | null): Promise<void> {
  const database = await createTestDatabase();
  ending.push(() => database.drop());
  await createEffects(database);
  // This one only writes the orders.
  const world = await JobsWorld.start({ JOB_CONCURRENCY: '0' }, database);
  ending.push(() => world.close());
  world.know('test.leave');
  const workers = new JobWorkers({
    DATABASE_URL: database.adminUrl,
    DB_POOL_SIZE: '8',
    DB_POOL_OVERFLOW: '0',
    JOB_CONCURRENCY: '4',
    JOB_MS: String(JOB_MS),
    ...(redis ? { REDIS_URL: redis.url } : {}),
  });
  ending.push(() => workers.stop());
  await workers.start(WORKERS);
  const began = Date.now();
  let isOver = false;
  const raging = havoc(new Seeded(SEED), workers, redis, () => isOver);
  try {
    await order(world);
    const isEnough = async () => (
      await sleep(500),
      Date.now() - began > HAVOC && (await tally(world)).completed > JOBS * 0.9
    );
    await eventually(isEnough, PATIENCE);
  } finally {
    isOver = true;
  }
  const blows = await raging;
  await eventually(async () => (await sleep(500), (await tally(world)).waiting === 0), PATIENCE);
  const result = await tally(world);
  const seconds = Math.round((Date.now() - began) / 1000);
  process.stdout.write(
    `${JSON.stringify({ seed: SEED, jobs: JOBS, seconds, blows, killed: workers.killed, crashed: workers.crashed, ...result })}\n`,
  );
  expect(result).toMatchObject({
    completed: JOBS,
    failed: 0,
    waiting: 0,
    effects: JOBS,
    labels: JOBS,
    regretted: 0,
  });
  expect({ crashed: workers.crashed, errors: workers.errors }).toEqual({ crashed: 0, errors: '' });
}

describe(`${JOBS} jobs (seed ${SEED})`, () => {
  it(
    'have each effect exactly once while workers and Redis are killed, flushed and frozen',
    async () => {
      const redis = await RedisServer.start();
      ending.push(() => redis.stop());
      await survive(redis);
    },
    2 * PATIENCE,
  );

  it(
    'have each effect exactly once on the PostgreSQL back-end while workers are killed',
    () => survive(null),
    2 * PATIENCE,
  );
});

it('connections to Redis that are lost while the process ends do not crash it', async () => {
  const redis = await RedisServer.start();
  ending.push(() => redis.stop());
  const { worker, queue, disconnect } = await redisBackend(
    { url: redis.url, tls: undefined },
    { run: () => Promise.resolve(), concurrency: 1 },
  );
  await sleep(300);
  await Promise.all([worker.close(), queue.close()]);
  await redis.kill();
  // What is thrown meanwhile fails this test: nothing catches it.
  await sleep(500);
  await disconnect();
});

describe('on Redis', () => {
  let redis: RedisServer;
  jobsContract({
    transport: 'redis',
    start: async () => {
      redis = await RedisServer.start();
      const world = await JobsWorld.start({ REDIS_URL: redis.url });
      const close = world.close.bind(world);
      return Object.assign(world, { close: () => close().then(() => redis.stop()) });
    },
  });
});
