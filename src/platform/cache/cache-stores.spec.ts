import { describe, expect, it } from '@jest/globals';
import { toCachedValue } from './cache-entry.js';
import { MemoryStore } from './cache-stores.js';

const MAX_BYTES = 400_000;
const entry = (userId: string, key: string, characters: number) => ({
  value: { userId, key, version: '1', cached: toCachedValue('x'.repeat(characters)) },
});

describe('the store in memory', () => {
  it('leaves others what they have, however much a user stores', () => {
    const store = new MemoryStore(MAX_BYTES);
    store.set('bob', entry('bob', 'bob', 10_000));
    for (let i = 0; i < 200; i++) store.set(`ada ${i}`, entry('ada', `ada ${i}`, 5_000));
    expect(store.get('bob')).toBeDefined();
    const kept = Array.from({ length: 200 }, (_, i) => i).filter((i) => store.get(`ada ${i}`));
    expect(kept.length).toBeGreaterThan(3);
    expect(kept.length * 10_000).toBeLessThanOrEqual(MAX_BYTES / 4);
    expect(kept.at(-1)).toBe(199);
  });

  it('counts what is replaced and removed', () => {
    const store = new MemoryStore(MAX_BYTES);
    for (let i = 0; i < 200; i++) store.set('same', entry('ada', 'same', 5_000));
    for (let i = 0; i < 200; i++) {
      store.set('gone', entry('ada', 'gone', 5_000));
      store.delete('gone');
    }
    store.set('other', entry('ada', 'other', 5_000));
    expect([store.get('same'), store.get('other')]).not.toContain(undefined);
    store.deleteUser('ada');
    expect([store.get('same'), store.get('other')]).toEqual([undefined, undefined]);
    for (let i = 0; i < 4; i++) store.set(`${i}`, entry('ada', `${i}`, 10_000));
    expect(store.get('0')).toBeDefined();
  });
});
