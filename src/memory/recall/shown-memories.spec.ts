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
  const head: MemoryCounters = { revision: 1, moment: 1, purged: 0, embedded: 0 };
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
  const readWith = async (isCurrent: (head: MemoryCounters) => boolean, ...ids: string[]) => {
    reads.length = 0;
    const found = await shown.read(ids, MAX_BYTES, isCurrent);
    return { texts: found!.memories.map(({ json }) => json), reads: [...reads] };
  };
  const read = (...ids: string[]) => readWith(() => true, ...ids);
  return { shown, scope, head, store, read, readWith };
}

describe('the memories that searches have shown', () => {
  it('are read once, until something of the user was written or purged', async () => {
    const { head, store, read } = setUp();
    store('a', 'one');
    store('b', 'two');
    expect(await read('a', 'b')).toEqual({ texts: ['one', 'two'], reads: ['rows of 2'] });
    expect(await read('b', 'a')).toEqual({ texts: ['two', 'one'], reads: ['head'] });

    for (const counter of ['revision', 'moment', 'purged'] as const) {
      head[counter]++;
      store('a', `changed with the ${counter}`);
      const changed = [`changed with the ${counter}`];
      expect(await read('a')).toEqual({ texts: changed, reads: ['head', 'rows of 1'] });
      expect(await read('a')).toEqual({ texts: changed, reads: ['head'] });
    }
    // The other one was read with older counters.
    expect((await read('b', 'a')).reads).toEqual(['rows of 2']);
  });

  it('are those of now when counters come again, as in a restored database', async () => {
    const { head, store, read } = setUp();
    Object.assign(head, { revision: 2, moment: 2 });
    store('a', 'Rome');
    await read('a');
    Object.assign(head, { revision: 2, moment: 3 });
    store('a', 'Bonn');
    expect((await read('a')).texts).toEqual(['Bonn']);
  });

  it('cost no read that the caller cannot use', async () => {
    const { head, store, read, readWith } = setUp();
    store('a', 'one');
    await read('a');
    // The caller has seen a later write: what is kept is old for certain.
    const sawLater = ({ revision }: MemoryCounters): boolean => revision > 1;
    expect((await readWith(sawLater, 'a')).reads).toEqual(['rows of 1']);
    // The caller has not seen the last write, and has to look for it first.
    head.revision++;
    const sawLess = ({ revision }: MemoryCounters): boolean => revision <= 1;
    expect((await readWith(sawLess, 'a')).reads).toEqual(['head']);
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

  it('take no more than the share of a user, and of all users', async () => {
    const { scope, store, read } = setUp({ indexBytes: 20_000 / SHOWN_SHARE });
    const isKnown = async (id: string) => (await read(id)).reads[0] === 'head';
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
      store(id, 'x'.repeat(1_000));
      await read(id);
    }
    // A quarter of 20,000 bytes holds two rows of 2,300 bytes; a third one begins anew.
    expect(await isKnown('f')).toBe(true);
    expect(await isKnown('a')).toBe(false);
    // Two rows of each of ten users are more than there is room for, one read after the other.
    for (let user = 0; user < 10; user++) {
      scope.userId = `user ${user}`;
      for (const id of ['a', 'b']) {
        store(id, 'x'.repeat(1_000));
        await read(id);
      }
    }
    let known = 0;
    // The last first, as each one that is read anew takes the place of another.
    for (let user = 9; user >= 0; user--) {
      scope.userId = `user ${user}`;
      if (await isKnown('b')) known++;
    }
    expect(known).toBeGreaterThan(0);
    expect(known).toBeLessThanOrEqual(4);
  });
});
