import { afterEach, describe, expect, it } from '@jest/globals';
import type { SlowInput } from '../../../test/support/slow.task.js';
import { loadConfig } from '../config/config.js';
import { RequestContexts } from '../context/index.js';
import { WorkerPool, workerTask } from './index.js';

const SLOW = workerTask<SlowInput, number>(import.meta.url, '../../../test/support/slow.task');
const contexts = new RequestContexts();
const pools: WorkerPool[] = [];

function poolWith(timeout: number, threads = 2): WorkerPool {
  const config = loadConfig({ WORKER_TIMEOUT: String(timeout), WORKER_THREADS: String(threads) });
  pools.push(new WorkerPool(config, contexts));
  return pools.at(-1)!;
}

const run = (pool: WorkerPool, user: string, kind: SlowInput['kind'], value = 1) =>
  contexts.runAsUser(user, () => pool.run(SLOW, { kind, value }));
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );

afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.onApplicationShutdown();
});

describe('the pool of threads', () => {
  it('answers what the task returns or throws', async () => {
    const pool = poolWith(30);
    expect(await run(pool, 'ada', 'double', 21)).toBe(42);
    await expect(run(pool, 'ada', 'throw', 7)).rejects.toThrow('failed over 7');
    expect(
      await Promise.all([1, 2, 3, 4].map((value) => run(pool, 'ada', 'double', value))),
    ).toEqual([2, 4, 6, 8]);
  });

  it('ends what does not end by itself, and goes on', async () => {
    // The new thread has as long to start, which may take seconds on a busy machine.
    const pool = poolWith(20);
    expect(await codeOf(run(pool, 'ada', 'spin'))).toBe('request.too_costly');
    expect(await run(pool, 'ada', 'double', 4)).toBe(8);
  });

  it('ends what takes too much memory, and goes on', async () => {
    const pool = poolWith(60);
    expect(await codeOf(run(pool, 'ada', 'fill'))).toBe('request.too_costly');
    expect(await run(pool, 'ada', 'double', 4)).toBe(8);
  });

  it('leaves a thread to others, and refuses what one user brings beyond what may wait', async () => {
    const pool = poolWith(10);
    const greedy = Array.from({ length: 12 }, () => codeOf(run(pool, 'greedy', 'spin')));
    expect(await run(pool, 'bob', 'double', 5)).toBe(10);
    const codes = await Promise.all(greedy);
    expect(codes.filter((code) => code === 'request.too_much_at_once')).toHaveLength(3);
    expect(codes.filter((code) => code === 'request.too_costly').length).toBeGreaterThan(0);
    expect(codes.filter((code) => code === 'server.busy').length).toBeGreaterThan(0);
  });
});
