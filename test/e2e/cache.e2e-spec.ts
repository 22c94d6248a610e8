// The cache in memory and, where TEST_REDIS_URL names a Redis, on that; test/faults has a Redis of its own.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { builder, startCache, newUser } from '../support/cache.js';
import { cacheContract } from '../support/cache-contract.js';
import { RequestContexts } from '../../src/platform/context/index.js';
import { ScopedDatabase } from '../../src/platform/database/index.js';
import { ScopedCache } from '../../src/platform/cache/index.js';

const redisUrl = process.env['TEST_REDIS_URL'];

cacheContract('in memory', async () => [await startCache()]);
if (redisUrl) {
  cacheContract('on Redis', async () => [await startCache({ redisUrl })]);
  cacheContract('of two processes that share a Redis', () =>
    Promise.all([startCache({ redisUrl }), startCache({ redisUrl })]),
  );
}

describe('the cache and a transaction', () => {
  it('stores a value after the commit, and never after a rollback', async () => {
    const effects: (() => void)[] = [];
    const inside = await startCache({
      transaction: { inTransaction: true, afterCommit: (effect) => effects.push(effect) },
    });
    const ada = newUser();
    await expect(inside.getOrCompute(ada, '1', builder('rolled back'))).resolves.toBe(
      'rolled back',
    );
    await expect(inside.getOrCompute(ada, '1', builder('committed'))).resolves.toBe('committed');
    effects[1]!();
    await expect(inside.getOrCompute(ada, '1', builder('anew'))).resolves.toBe('committed');
    await inside.stop();
  });

  it('does not share a build inside a transaction', async () => {
    const inside = await startCache({
      transaction: { inTransaction: true, afterCommit: () => undefined },
    });
    const ada = newUser();
    const build = builder('own');
    await Promise.all(Array.from({ length: 3 }, () => inside.getOrCompute(ada, '1', build)));
    expect(build.built.calls).toBe(3);
    expect(await inside.counts()).toEqual({ miss: 3, build: 3 });
    await inside.stop();
  });
});

describe('the cache of the application', () => {
  let app: TestApp;
  let scoped: ScopedDatabase;
  let cache: ScopedCache;
  let contexts: RequestContexts;
  beforeAll(async () => {
    app = await createTestApp();
    scoped = app.app.get(ScopedDatabase);
    cache = app.app.get(ScopedCache);
    contexts = app.app.get(RequestContexts);
  });
  afterAll(() => app.close());

  const ask = (user: string, value: string) =>
    contexts.runAsUser(user, () => cache.getOrCompute('context', ['c1'], '1', builder(value)));

  it('works without Redis, for each user', async () => {
    const [ada, bob] = [newUser(), newUser()];
    await expect(ask(ada, "Ada's")).resolves.toBe("Ada's");
    await expect(ask(bob, "Bob's")).resolves.toBe("Bob's");
    await expect(ask(ada, 'not built')).resolves.toBe("Ada's");
  });

  it('stores nothing that a rolled-back transaction read', async () => {
    const ada = newUser();
    const work = contexts.runAsUser(ada, () =>
      scoped.transaction(async () => {
        await cache.getOrCompute('context', ['c1'], '1', builder('never committed'));
        throw new Error('rolled back');
      }),
    );
    await expect(work).rejects.toThrow('rolled back');
    await expect(ask(ada, 'committed')).resolves.toBe('committed');
  });

  it('is counted in the metrics, which name no user', async () => {
    const ada = newUser();
    await ask(ada, 'x');
    await ask(ada, 'x');
    const { text, headers } = await app.anonymous.get('/metrics').expect(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    expect(text).toMatch(/^threadkeep_cache_requests_total\{kind="context",result="hit"\} [1-9]/m);
    expect(text).toMatch(
      /^threadkeep_cache_requests_total\{kind="context",result="build"\} [1-9]/m,
    );
    expect(text).not.toContain(ada);
  });
});
