import { describe, expect, it } from '@jest/globals';
import { type IndexSettings, MemoryIndex } from './memory-index.js';
import type { MemoryCounters } from './memory-head.js';
import type { IndexedMemory, MemoryIndexRepository } from './memory-index.repository.js';
import type { PgvectorRepository } from './pgvector.repository.js';

const memory = (id: string): IndexedMemory => ({
  id,
  revision: 1,
  content: id,
  tags: [],
  kind: 'fact',
  speaker: null,
  agentId: null,
  conversationId: null,
  at: '2026-01-01T00:00:00Z',
  createdAt: '2026-01-01T00:00:00Z',
});
const headAt = (revision: number): MemoryCounters => ({
  revision,
  moment: revision,
  purged: 0,
  embedded: 0,
});

/** A user with one memory for each revision. `reads` lists what each read saw. */
function rowsOf(stored: { revision: number }): { rows: MemoryIndexRepository; reads: number[] } {
  const reads: number[] = [];
  const written = (after: number, upTo: number) =>
    Array.from({ length: upTo - after }, (_, i) => memory(`word${after + i + 1}`));
  const read = async <T>(answer: (revision: number) => T): Promise<T> => {
    reads.push(stored.revision);
    const { revision } = stored;
    await new Promise((resolve) => setTimeout(resolve, 5));
    return answer(revision);
  };
  const rows = {
    parts: () =>
      read((revision) => ({ head: headAt(revision), isSettled: false, ends: [String(revision)] })),
    part: (_: string | null, upTo: string) => Promise.resolve(written(0, Number(upTo))),
    since: (after: number) =>
      read((revision) => ({
        head: headAt(revision),
        hasMore: false,
        memories: written(after, revision),
      })),
  };
  return { rows: rows as unknown as MemoryIndexRepository, reads };
}

const limits = { indexBytes: 1_000_000, textBytes: 1_000_000 };
const settings: IndexSettings = {
  model: null,
  maxTextsWithVectors: 10,
  limits,
  runQueued: (build) => build(),
};

describe('MemoryIndex', () => {
  it('a freshness check ignores what the index reads after the check was made', async () => {
    const stored = { revision: 1 };
    const index = new MemoryIndex(rowsOf(stored).rows, {} as PgvectorRepository, settings);
    await index.catchUp();
    const began = index.freshnessCheck();
    stored.revision = 2;
    await index.catchUp();
    expect([began(headAt(1)), began(headAt(2)), index.freshnessCheck()(headAt(2))]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('calls during a read share the next read', async () => {
    const stored = { revision: 1 };
    const { rows, reads } = rowsOf(stored);
    const index = new MemoryIndex(rows, {} as PgvectorRepository, settings);
    const first = index.catchUp();
    await new Promise((resolve) => setTimeout(resolve, 1));
    stored.revision = 2;
    const later = [index.catchUp(), index.catchUp(), index.catchUp()];
    await Promise.all([first, ...later]);
    expect([reads, index.texts.has('word2')]).toEqual([[1, 2], true]);
  });

  it('is read anew when its counters went back, as in a restored database', async () => {
    const stored = { revision: 3 };
    const index = new MemoryIndex(rowsOf(stored).rows, {} as PgvectorRepository, settings);
    await index.catchUp();
    stored.revision = 2;
    expect(index.freshnessCheck()(headAt(2))).toBe(false);
    await index.catchUp();
    expect([index.texts.has('word3'), index.texts.has('word2')]).toEqual([false, true]);
    expect(index.freshnessCheck()(headAt(2))).toBe(true);
  });
});
