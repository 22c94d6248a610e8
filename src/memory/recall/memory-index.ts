// The index of one user's memories, kept up to date by the revisions of writes.
import { Slices } from '../../platform/fairness/index.js';
import type { Embedder } from '../embedding/embedder.js';
import { TextIndex } from '../search/text-index.js';
import { searchableMemory } from './indexed-text.js';
import {
  IndexGauge,
  type IndexLimits,
  IndexTooLargeError,
  RETRY_AFTER_MS,
} from './index-limits.js';
import { isSameState, type MemoryCounters } from './memory-head.js';
import type {
  IndexedMemory,
  MemoryIndexRepository,
  MemoryParts,
} from './memory-index.repository.js';
import type { PgvectorRepository } from './pgvector.repository.js';

/** An index that changed within this time is brought up to date before a search. */
const RECENT_CHANGE_MS = 1_000;

const ignore = (): void => undefined;

const NOTHING_READ: MemoryCounters = { revision: -1, moment: -1, purged: -1, embedded: -1 };

export interface IndexSettings {
  model: Embedder['model'];
  /**
   * Up to this many texts, vectors are kept in the index even where PostgreSQL could compare them.
   */
  maxTextsWithVectors: number;
  limits: IndexLimits;
  /** Runs a build when it is its turn in the queue. */
  runQueued: <T>(build: () => Promise<T>) => Promise<T>;
}

export class MemoryIndex {
  texts = new TextIndex();
  private head = NOTHING_READ;
  private currentRead: Promise<void> = Promise.resolve();
  private nextRead: Promise<void> | undefined;
  private lastChangeAt = -RECENT_CHANGE_MS;
  private tooLargeUntil = -Infinity;
  /** True when there are so many texts that PostgreSQL compares the vectors. */
  usesPgvector = false;

  constructor(
    private readonly rows: MemoryIndexRepository,
    private readonly vectors: PgvectorRepository,
    private readonly settings: IndexSettings,
  ) {}

  get bytes(): number {
    return this.texts.bytes;
  }

  /**
   * True when the index did not fit. PostgreSQL searches in its place until `RETRY_AFTER_MS` have
   * passed.
   */
  get isTooLarge(): boolean {
    return performance.now() < this.tooLargeUntil;
  }

  /**
   * Returns a check of counters that are read later. The check returns true when the index, as it
   * is now, contains all that was committed before the counters were read.
   */
  freshnessCheck(): (head: MemoryCounters) => boolean {
    const known = this.head;
    const needsVectors = this.settings.model !== null && !this.usesPgvector;
    return (head) => isSameState(known, head) && (!needsVectors || known.embedded >= head.embedded);
  }

  /** The last revision that the index has seen. */
  get revision(): number {
    return this.head.revision;
  }

  /**
   * True when the index changed a short time ago. It is then cheaper to read the changes before a
   * search than to repeat the search. All searches of that moment share one read.
   */
  get isChanging(): boolean {
    return performance.now() - this.lastChangeAt < RECENT_CHANGE_MS;
  }

  /** True when it may be searched as it is: nothing changed a short time ago. */
  get isReady(): boolean {
    return this.head !== NOTHING_READ && !this.isTooLarge && !this.isChanging;
  }

  /**
   * Reads all that was written before the call. Calls during a read share the next one, because the
   * current read may have started too early for them.
   */
  catchUp(): Promise<void> {
    this.nextRead ??= this.currentRead.then(ignore, ignore).then(() => {
      this.nextRead = undefined;
      return (this.currentRead = this.read());
    });
    return this.nextRead;
  }

  private async read(): Promise<void> {
    if (this.isTooLarge) return;
    const before = this.head.revision;
    try {
      await this.readChanges();
    } catch (error) {
      if (!(error instanceof IndexTooLargeError)) throw error;
      this.texts = new TextIndex();
      this.head = NOTHING_READ;
      this.tooLargeUntil = performance.now() + RETRY_AFTER_MS;
    }
    if (before >= 0 && this.head.revision > before) this.lastChangeAt = performance.now();
  }

  private async readChanges(): Promise<void> {
    const slices = new Slices();
    const changes = this.head === NOTHING_READ ? null : await this.rows.since(this.head.revision);
    // A purge leaves no row to learn from, and many changes cost as much as a full read: read all
    // again.
    const startsAnew =
      changes === null ||
      changes.hasMore ||
      changes.head.purged !== this.head.purged ||
      isRestored(this.head, changes.head);
    const head = startsAnew
      ? await this.settings.runQueued(() => this.readAll(slices))
      : changes.head;
    if (!startsAnew) await putAll(this.texts, changes.memories, slices);
    new IndexGauge(this.settings.limits).check(this.texts);
    if (head)
      this.head = {
        ...head,
        embedded: await this.readVectors(
          startsAnew ? 0 : this.head.embedded,
          head.embedded,
          slices,
        ),
      };
    await this.texts.prepare(slices);
  }

  /**
   * Builds from all memories. The counters are read first, so what is written during the build is
   * read again as a change.
   */
  private async readAll(slices: Slices): Promise<MemoryCounters | undefined> {
    const { texts, parts } = await readIndex(this.rows, null, this.settings.limits, slices);
    this.texts = texts;
    return parts?.head;
  }

  /** Returns the last arrival that has been read. */
  private async readVectors(after: number, upTo: number, slices: Slices): Promise<number> {
    const { model, maxTextsWithVectors, limits } = this.settings;
    if (model === null || after >= upTo) return upTo;
    const left = this.usesPgvector;
    this.usesPgvector = this.texts.size > maxTextsWithVectors && (await this.vectors.hasAll());
    if (this.usesPgvector) return (this.texts.dropVectors(), upTo);
    let last = { arrival: left ? 0 : after, id: undefined as string | undefined };
    for (
      let arrived = await this.rows.vectors(last.arrival, model);
      arrived.length > 0;
      arrived = await this.rows.vectors(last.arrival, model, last.id)
    ) {
      for (const { id, vector } of arrived)
        if (vector && this.texts.has(id)) this.texts.setVector(id, new Int8Array(vector));
      new IndexGauge(limits).check(this.texts);
      last = arrived.at(-1)!;
      if (slices.isDue) await slices.next();
    }
    return Math.max(upTo, last.arrival);
  }
}

/**
 * Builds an index of the memories, now or at an as-of time, part by part.
 * @throws IndexTooLargeError at a limit
 */
export async function readIndex(
  rows: MemoryIndexRepository,
  asOf: string | null,
  limits: IndexLimits,
  slices: Slices,
): Promise<{ texts: TextIndex; parts: MemoryParts | null }> {
  const [texts, gauge] = [new TextIndex(), new IndexGauge(limits)];
  const parts = await rows.parts(asOf);
  let after: string | null = null;
  for (const end of parts?.ends ?? []) {
    const memories: IndexedMemory[] = await rows.part(after, end, asOf);
    for (const { content } of memories) gauge.add(content ?? '');
    await putAll(texts, memories, slices);
    gauge.check(texts);
    after = end;
  }
  await texts.prepare(slices);
  return { texts, parts };
}

/** Tells whether the counters went back: the database was restored meanwhile. */
const isRestored = (known: MemoryCounters, { revision, moment }: MemoryCounters): boolean =>
  revision < known.revision || (revision === known.revision && moment !== known.moment);

async function putAll(texts: TextIndex, memories: IndexedMemory[], slices: Slices): Promise<void> {
  for (const memory of memories) {
    const { content } = memory;
    if (content === null) texts.remove(memory.id);
    else await texts.putInSlices(searchableMemory({ ...memory, content }), slices);
    if (slices.isDue) await slices.next();
  }
}
