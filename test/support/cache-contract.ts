// What a cache does on every back-end: in memory, on Redis, and in two processes that share one Redis.
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { cacheKey } from '../../src/platform/cache/cache-key.js';
import { toCachedValue } from '../../src/platform/cache/cache-entry.js';
import { ScopeMissingError, UserScope } from '../../src/platform/context/index.js';
import { builder, type CacheProcess, newUser } from './cache.js';
import { standingProof } from './proof.js';

/** `start` gives the processes that share a cache: one, or two. */
export function cacheContract(title: string, start: () => Promise<CacheProcess[]>): void {
  describe(`the cache ${title}`, () => {
    let processes: CacheProcess[];
    /** Where a value is built, and where it is asked for again; the same process when there is one. */
    let here: CacheProcess;
    let there: CacheProcess;
    let ada: string;
    let bob: string;

    beforeAll(async () => {
      processes = await start();
      [here, there] = [processes[0]!, processes.at(-1)!];
    });
    beforeEach(() => {
      [ada, bob] = [newUser(), newUser()];
    });
    afterEach(() => void jest.restoreAllMocks());
    afterAll(async () => {
      for (const each of processes) await each.stop();
    });

    const later = (milliseconds: number) =>
      jest.spyOn(Date, 'now').mockReturnValue(Date.now() + milliseconds);
    /** Built here, and as far as it goes from here written. */
    const stored = async (
      user: string,
      version: string,
      value: unknown,
      options?: Parameters<CacheProcess['getOrCompute']>[3],
    ) => {
      await here.getOrCompute(user, version, builder(value), options);
      await here.tiers.settled();
    };

    it.each([
      ['a text'],
      [{ list: [1, { deep: 'ü' }], none: null }],
      [''],
      [0],
      [false],
      ['long '.repeat(50_000)],
    ])('gives what was built, again and again (%#)', async (value) => {
      const build = builder(value);
      await expect(here.getOrCompute(ada, '1', build)).resolves.toEqual(value);
      await here.tiers.settled();
      for (const each of [here, there, there])
        await expect(each.getOrCompute(ada, '1', build)).resolves.toEqual(value);
      expect(build.built.calls).toBe(1);
    });

    it('gives the first who asks what it will give the others', async () => {
      const first = await here.getOrCompute<unknown>(ada, '1', builder({ at: new Date(0) }));
      await here.tiers.settled();
      expect(first).toEqual({ at: '1970-01-01T00:00:00.000Z' });
      await expect(there.getOrCompute<unknown>(ada, '1', builder(null))).resolves.toEqual(first);
    });

    it('builds anew for another version, and does not go back', async () => {
      await stored(ada, '1', 'old');
      await expect(there.getOrCompute(ada, '2', builder('new'))).resolves.toBe('new');
      await there.tiers.settled();
      await expect(here.getOrCompute(ada, '2', builder('newer'))).resolves.toBe('new');
      await expect(here.getOrCompute(ada, '1', builder('as it was'))).resolves.toBe('as it was');
    });

    it('keeps users, kinds and parts apart', async () => {
      await stored(ada, '1', "Ada's");
      await expect(there.getOrCompute(bob, '1', builder("Bob's"))).resolves.toBe("Bob's");
      await expect(
        there.getOrCompute(ada, '1', builder('other kind'), { kind: 'local' }),
      ).resolves.toBe('other kind');
      await expect(
        there.getOrCompute(ada, '1', builder('other part'), { parts: ['c2'] }),
      ).resolves.toBe('other part');
      await expect(there.getOrCompute(ada, '1', builder('lost'))).resolves.toBe("Ada's");
    });

    it('remembers that there is nothing, and for less long', async () => {
      await stored(ada, '1', null);
      await expect(there.getOrCompute(ada, '1', builder('late'))).resolves.toBeNull();
      later(6_000);
      await expect(there.getOrCompute(ada, '1', builder('late'))).resolves.toBe('late');
    });

    it('does not remember that there is nothing where the policy says so', async () => {
      await stored(ada, '1', null, { kind: 'local' });
      await expect(there.getOrCompute(ada, '1', builder('there'), { kind: 'local' })).resolves.toBe(
        'there',
      );
    });

    it('forgets a value when its time is over, and not before', async () => {
      await stored(ada, '1', 'first');
      const build = builder('second');
      later(530_000);
      await expect(there.getOrCompute(ada, '1', build)).resolves.toBe('first');
      later(135_000);
      await expect(there.getOrCompute(ada, '1', build)).resolves.toBe('second');
    });

    it('builds once for 200 who ask at once', async () => {
      const build = builder('once');
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, i) =>
          processes[i % processes.length]!.getOrCompute(ada, '1', build),
        ),
      );
      expect(new Set(answers)).toEqual(new Set(['once']));
      expect(build.built.calls).toBe(1);
    });

    it('does not build what another has built since it looked', async () => {
      const find = here.tiers.memory.find.bind(here.tiers.memory);
      jest.spyOn(here.tiers.memory, 'find').mockImplementationOnce(async (wanted) => {
        const found = await find(wanted);
        await stored(ada, '1', 'built meanwhile');
        return found;
      });
      const before = (await here.counts())['shared_hit'];
      await expect(here.getOrCompute(ada, '1', builder('again'))).resolves.toBe('built meanwhile');
      expect((await here.counts())['shared_hit']).toBe(before);
    });

    it('builds once for each user and each version when many ask at once', async () => {
      const builds = [ada, bob].flatMap((user) =>
        ['1', '2'].map((version) => ({ user, version, build: builder(`${user} ${version}`) })),
      );
      const answers = await Promise.all(
        Array.from({ length: 40 }, () =>
          builds.map(({ user, version, build }) => here.getOrCompute(user, version, build)),
        ).flat(),
      );
      expect(new Set(answers)).toEqual(
        new Set(builds.map(({ user, version }) => `${user} ${version}`)),
      );
      expect(builds.map(({ build }) => build.built.calls)).toEqual([1, 1, 1, 1]);
    });

    it('tells everybody who waits that a build failed, and tries again for the next', async () => {
      const failing = () => Promise.reject(new Error('no database'));
      const answers = await Promise.allSettled(
        Array.from({ length: 20 }, () => here.getOrCompute(ada, '1', failing)),
      );
      expect(
        answers.map((answer) =>
          answer.status === 'rejected' ? String(answer.reason) : answer.value,
        ),
      ).toEqual(Array(20).fill('Error: no database'));
      await here.tiers.settled();
      await expect(there.getOrCompute(ada, '1', builder('there'))).resolves.toBe('there');
    });

    it('refuses a value that JSON cannot say, and remembers nothing', async () => {
      await expect(here.getOrCompute<unknown>(ada, '1', builder(1n))).rejects.toThrow(TypeError);
      await expect(there.getOrCompute(ada, '1', builder('fine'))).resolves.toBe('fine');
    });

    it('forgets what it is told to forget, and nothing else', async () => {
      await stored(ada, '1', 'one');
      await stored(ada, '1', 'two', { parts: ['c2'] });
      await here.as(ada, () => here.cache.forget('shared', ['c1']));
      await expect(here.getOrCompute(ada, '1', builder('anew'))).resolves.toBe('anew');
      await expect(here.getOrCompute(ada, '1', builder('anew'), { parts: ['c2'] })).resolves.toBe(
        'two',
      );
    });

    it('forgets all of a user and nothing of another', async () => {
      for (const parts of [['c1'], ['c2'], ['*'], ['c1', 'deep', ':']])
        await stored(ada, '1', "Ada's", { parts });
      await stored(bob, '1', "Bob's");
      await here.cache.forgetUser(ada);
      for (const parts of [['c1'], ['c2'], ['*'], ['c1', 'deep', ':']])
        await expect(here.getOrCompute(ada, '1', builder('gone'), { parts })).resolves.toBe('gone');
      await expect(there.getOrCompute(bob, '1', builder('lost'))).resolves.toBe("Bob's");
    });

    it('keeps nothing of a build that a user was forgotten under, and answers who asked', async () => {
      let finish = () => {};
      const slow = builder('under way', () => new Promise<void>((resolve) => (finish = resolve)));
      const asked = here.getOrCompute(ada, '1', slow);
      while (slow.built.calls === 0) await new Promise((resolve) => setImmediate(resolve));
      await here.cache.forgetUser(ada);
      finish();
      await expect(asked).resolves.toBe('under way');
      await here.tiers.settled();
      await expect(there.getOrCompute(ada, '1', builder('anew'))).resolves.toBe('anew');
    });

    it('refuses an entry that names another user, and puts a right one in its place', async () => {
      const planted = {
        userId: bob,
        key: cacheKey({ userId: ada }, 'shared', ['c1']),
        version: '1',
      };
      await there.tiers.memory.keep(planted, toCachedValue("Bob's secret"), 60_000);
      await there.tiers.shared?.keep(planted, toCachedValue("Bob's secret"), 60_000);
      const refused = async () => {
        const { error = 0, unverified = 0 } = await there.counts();
        return error + unverified;
      };
      const before = await refused();
      await expect(there.getOrCompute(ada, '1', builder("Ada's"))).resolves.toBe("Ada's");
      await expect(there.getOrCompute(ada, '1', builder('not built'))).resolves.toBe("Ada's");
      expect(await refused()).toBe(before + 1);
    });

    it('has no entry for the system or for nobody, and none yet for a user who does not exist', async () => {
      const { cache, contexts } = here;
      await expect(cache.getOrCompute('shared', ['c1'], '1', builder('x'))).rejects.toThrow(
        ScopeMissingError,
      );
      await expect(
        contexts.runIn({ kind: 'system', reason: 'test' }, () =>
          cache.getOrCompute('shared', ['c1'], '1', builder('x')),
        ),
      ).rejects.toThrow(ScopeMissingError);
      await expect(
        contexts.runIn({ kind: 'system', reason: 'test' }, () => cache.forget('shared', ['c1'])),
      ).rejects.toThrow(ScopeMissingError);
      const build = builder('built each time');
      const provisional = new UserScope(ada, () => Promise.resolve(standingProof));
      for (const calls of [1, 2]) {
        await contexts.runIn(provisional, () => cache.getOrCompute('shared', ['c1'], '1', build));
        expect(build.built.calls).toBe(calls);
      }
    });

    it('counts each lookup once, and each build', async () => {
      const [before, parts] = [await here.counts(), { parts: ['counted'] }];
      await stored(ada, '1', 'x', parts);
      await here.getOrCompute(ada, '1', builder('x'), parts);
      await Promise.all(
        Array.from({ length: 5 }, () => here.getOrCompute(ada, '2', builder('x'), parts)),
      );
      const after = await here.counts();
      const difference = Object.entries(after).map(
        ([result, count]) => [result, count - (before[result] ?? 0)] as const,
      );
      expect(Object.fromEntries(difference.filter(([, count]) => count > 0))).toEqual({
        miss: 1,
        hit: 1,
        stale: 1,
        joined: 4,
        build: 2,
      });
    });
  });
}
