// The index of one user's memories, kept in step with the database by the numbers of the writes.
import type { Embedder } from '../embedding/embedder.js';
import { TextIndex } from '../search/text-index.js';
import { type Head, type IndexedMemory, type MemoryIndexRepository, PAGE } from './memory-index.repository.js';
import type { PgvectorRepository } from './pgvector.repository.js';

/** Milliseconds. */
const CHANGING = 1_000;

const ignore = (): void => undefined;

const NOTHING: Head = { revision: -1, purged: -1, embedded: -1 };

export class MemoryIndex {
  texts = new TextIndex();
  private head = NOTHING;
  private reading: Promise<void> = Promise.resolve();
  private following: Promise<void> | undefined;
  private newsAt = -CHANGING;
  /** There are so many that PostgreSQL looks at the vectors. */
  leavesVectors = false;

  constructor(
    private readonly rows: MemoryIndexRepository,
    private readonly vectors: PgvectorRepository,
    private readonly model: Embedder['model'],
    /** Texts up to which their vectors are kept here, where PostgreSQL could look at them. */
    private readonly mostWithVectors: number,
  ) {}

  /** Tells of a head that is read later whether what the index has now, and what is found with it, was all that had been committed by then. */
  snapshot(): (head: Head) => boolean {
    const known = this.head;
    const needsVectors = this.model !== null && !this.leavesVectors;
    return ({ revision, purged, embedded }) => known.revision >= revision && known.purged === purged && (!needsVectors || known.embedded >= embedded);
  }

  /** Of the last write it has. */
  get revision(): number {
    return this.head.revision;
  }

  /** There has been news lately. A look for more, which all who search meanwhile share, then costs less than searches that come too early. */
  get isChanging(): boolean {
    return performance.now() - this.newsAt < CHANGING;
  }

  /** Reads what was written before the call. Who comes while a read is under way, which may have looked too early, shares the next one. */
  follow(): Promise<void> {
    this.following ??= this.reading.then(ignore, ignore).then(() => {
      this.following = undefined;
      return (this.reading = this.read());
    });
    return this.following;
  }

  private async read(): Promise<void> {
    const before = this.head.revision;
    await this.readNews();
    if (before >= 0 && this.head.revision > before) this.newsAt = performance.now();
  }

  private async readNews(): Promise<void> {
    const news = this.head === NOTHING ? null : await this.rows.since(this.head.revision);
    // What was purged has left no row to learn it from, and much news is read in pages.
    const isMore = news === null || news.head.purged !== this.head.purged || news.memories.length === PAGE;
    const head = isMore ? await this.readAll() : news.head;
    if (!isMore) for (const memory of news.memories) put(this.texts, memory);
    if (head) this.head = { ...head, embedded: await this.readVectors(isMore ? 0 : this.head.embedded, head.embedded) };
  }

  /** What is written meanwhile is newer than the head of the first page: it is read again as news. */
  private async readAll(): Promise<Head | undefined> {
    const texts = new TextIndex();
    let head: Head | undefined;
    let last: IndexedMemory | undefined;
    do {
      const page = await this.rows.page(last ?? null);
      if (!page) break;
      head ??= page.head;
      for (const memory of page.memories) put(texts, memory);
      last = page.memories.length === PAGE ? page.memories.at(-1) : undefined;
    } while (last);
    this.texts = texts;
    return head;
  }

  /** @returns the number of the last arrival that has been looked at. */
  private async readVectors(after: number, upTo: number): Promise<number> {
    if (this.model === null || after >= upTo) return upTo;
    const left = this.leavesVectors;
    this.leavesVectors = this.texts.size > this.mostWithVectors && (await this.vectors.hasAll());
    if (this.leavesVectors) return this.texts.dropVectors(), upTo;
    const arrived = await this.rows.vectors(left ? 0 : after, this.model);
    for (const { id, vector } of arrived) if (this.texts.has(id)) this.texts.setVector(id, new Int8Array(vector));
    return Math.max(upTo, arrived.at(-1)?.arrival ?? 0);
  }
}

/** The index of what was known at a moment. It goes by words: vectors are kept of the newest versions alone. */
export function indexOf(memories: IndexedMemory[]): TextIndex {
  const texts = new TextIndex();
  for (const memory of memories) put(texts, memory);
  return texts;
}

function put(texts: TextIndex, { id, content, tags, kind, speaker, agentId, conversationId, at }: IndexedMemory): void {
  if (content === null) return texts.remove(id);
  // What happened one after the other belongs together; what is true stands by itself.
  const group = kind === 'episode' ? (conversationId ?? `episodes ${agentId ?? ''}`) : '';
  texts.put({ ref: id, text: tags.length > 0 ? `${content} ${tags.join(' ')}` : content, speaker, group, at: Date.parse(at) });
}
