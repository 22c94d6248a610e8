import { describe, expect, it } from '@jest/globals';
import type { Config } from '../../platform/config/config.js';
import type { RequestContexts } from '../../platform/context/index.js';
import type { FoundMemoriesRepository, FoundMemoryRow } from './found-memories.repository.js';
import type { MemoryCounters } from './memory-head.js';
import { SHOWN_SHARE, ShownMemories } from './shown-memories.js';

const MAX_BYTES = 1_000;

/** A user in scope who has memories, and what was read of them. */
function setUp({ indexBytes = 1_000_000 } = {}) {
  const scope = { userId: 'ann' };
  const head: MemoryCounters = { revision: 1, purged: 0, embedded: 0 };
  const stored = new Map<string, FoundMemoryRow>();
  const reads: string[] = [];
  const memories = {
    head: () => {
      reads.push('head');
      return Promise.resolve({ ...head });
    },
    find: (ids: string[]) => {
      reads.push(`rows of ${ids.length}`);
      const rows = ids.flatMap((id) => stored.get(`${scope.userId} ${id}`) ?? []);
      return Promise.resolve({ head: { ...head }, memories: rows });
    },
  };
  const shown = new ShownMemories(
    { memoryIndexBytes: indexBytes } as Config,
    memories as unknown as FoundMemoriesRepository,
    { userScope: () => scope } as unknown as RequestContexts,
  );
  const store = (id: string, json: string | null, isLasting = true): void => {
    stored.set(`${scope.userId} ${id}`, { id, revision: 1, bytes: 10, json, isLasting });
  };
  const read = async (...ids: string[]) => {
    reads.length = 0;
    const found = await shown.read(ids, MAX_BYTES);
    return { texts: found!.memories.map(({ json }) => json), reads: [...reads] };
  };
  return { scope, head, store, read };
}

describe('the memories that searches have shown', () => {
  it('are read once, until something of the user was written or purged', async () => {
    const { head, store, read } = setUp();
    store('a', 'one');
    store('b', 'two');
    expect(await read('a', 'b')).toEqual({ texts: ['one', 'two'], reads: ['rows of 2'] });
    expect(await read('b', 'a')).toEqual({ texts: ['two', 'one'], reads: ['head'] });

    for (const counter of ['revision', 'purged'] as const) {
      head[counter]++;
      store('a', `changed with the ${counter}`);
      const changed = [`changed with the ${counter}`];
      expect(await read('a')).toEqual({ texts: changed, reads: ['head', 'rows of 1'] });
      expect(await read('a')).toEqual({ texts: changed, reads: ['head'] });
    }
    // The other one was read with older counters.
    expect((await read('b', 'a')).reads).toEqual(['head', 'rows of 2']);
  });

  it('are not known to another user, even under the same id', async () => {
    const { scope, store, read } = setUp();
    store('a', 'of ann');
    await read('a');
    scope.userId = 'bob';
    expect(await read('a')).toEqual({ texts: [], reads: ['rows of 1'] });
    store('a', 'of bob');
    expect((await read('a')).texts).toEqual(['of bob']);
  });

  it('are read each time when something else than a write may change them', async () => {
    const { store, read } = setUp();
    store('a', 'until tomorrow', false);
    store('large', null);
    for (const id of ['a', 'large', 'unknown', 'a', 'large', 'unknown'])
      expect((await read(id)).reads).toEqual(['rows of 1']);
  });

  it('leave for others when they take more than their share', async () => {
    const { store, read } = setUp({ indexBytes: 5_000 / SHOWN_SHARE });
    const ids = Array.from({ length: 8 }, (_, i) => String(i));
    for (const id of ids) {
      store(id, 'x'.repeat(500));
      await read(id);
    }
    expect((await read('7')).reads).toEqual(['head']);
    expect((await read('0')).reads).toEqual(['rows of 1']);
  });
});
