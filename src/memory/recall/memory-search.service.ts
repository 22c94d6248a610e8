import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { SealedSearches } from '../../conversations/index.js';
import { namesField } from '../../platform/list/index.js';
import { HeavyWork } from '../../platform/heavy-work/index.js';
import { Embedder } from '../embedding/embedder.js';
import { MemoriesRepository } from '../memories.repository.js';
import { retryOnContention } from '../writes/memory-writer.js';
import { SealedFilters } from '../sealing/sealed-filters.js';
import type { SearchOptions, TextIndex } from '../search/text-index.js';
import { LITERAL } from '../search/weights.js';
import { type Candidates, DatabaseSearch } from './database-search.js';
import { findBestHits, type HitRows, type ReadRows, type HitRow, type ShownHits } from './hits.js';
import { type IndexLimits, toIndexLimits } from './index-limits.js';
import { MemoryIndex } from './memory-index.js';
import {
  type ContextFilter,
  type ContextMemory,
  FoundMemoriesRepository,
} from './found-memories.repository.js';
import type { MemoryCounters } from './memory-head.js';
import { MemoryIndexRepository } from './memory-index.repository.js';
import { MessageIndexes } from './message-indexes.js';
import { MessageIndexRepository } from './message-index.repository.js';
import { toMessageHit } from './message-json.js';
import { type FoundTexts, mergeFound } from './found-texts.js';
import { withNeighbours } from './neighbours.js';
import { AsOfIndex } from './as-of-index.js';
import { PgvectorRepository } from './pgvector.repository.js';
import type { PreparedSearch } from './prepared-search.js';
import { QuestionVectors } from './question-vectors.js';
import { Demand } from './demand.js';
import type { SearchRequest } from './search-input.js';
import { readSearchQuery, type SearchQuery } from './search-query.js';
import { ShownMemories } from './shown-memories.js';
import { UserIndexes } from './user-indexes.js';
import { UserTimeZone } from './user-time-zone.js';
import type { ScannedTable } from './word-scan.repository.js';

/** How many nearest memories PostgreSQL returns: more than a search may ask for. */
const MAX_NEAREST = 200;

export type SearchCriteria = Pick<
  SearchRequest,
  'query' | 'limit' | 'filter' | 'group' | 'neighbours' | 'explain' | 'timeZone'
> & {
  /** The query by the grammar of searches; without it, its words only rank. */
  read?: SearchQuery;
};

/** A search for a context, with the filter that a context has. */
export interface ContextCriteria extends Pick<SearchRequest, 'query' | 'limit' | 'timeZone'> {
  filter: ContextFilter;
}

type VectorOptions = Pick<SearchOptions, 'vector' | 'nearest'>;

@Injectable()
export class MemorySearchService {
  private readonly limits: IndexLimits;

  constructor(
    private readonly indexed: MemoryIndexRepository,
    private readonly memories: FoundMemoriesRepository,
    private readonly shown: ShownMemories,
    private readonly stored: MemoriesRepository,
    private readonly messages: MessageIndexRepository,
    private readonly messageIndexes: MessageIndexes,
    private readonly indexes: UserIndexes,
    private readonly database: DatabaseSearch,
    private readonly vectors: QuestionVectors,
    private readonly pgvector: PgvectorRepository,
    private readonly embedder: Embedder,
    private readonly work: HeavyWork,
    private readonly zones: UserTimeZone,
    private readonly filters: SealedFilters,
    private readonly config: Config,
    private readonly sealedMessages: SealedSearches,
  ) {
    this.limits = toIndexLimits(config);
  }

  /**
   * Searches memories, messages or both. Their scores are comparable: sums of the same features,
   * though texts with vectors have other weights, and trees.
   */
  async search(asked: SearchRequest): Promise<FoundTexts> {
    const asOf = await this.stored.resolveAsOf(asked.asOf);
    if (asked.filter?.asked && asked.in.includes('memories'))
      await this.filters.requireStored({ filters: [asked.filter.asked] });
    const ofMessages = asked.in.includes('messages') && asked.filter?.asked;
    if (ofMessages && namesField(ofMessages, 'metadata'))
      await this.sealedMessages.requirePlain(['metadata']);
    const read = readSearchQuery(asked);
    const timeZone = await this.zones.of(read.query, asked.timeZone);
    const criteria = { ...asked, query: read.query, timeZone, read };
    const searchOne = (table: ScannedTable) => this.searchTable(table, criteria, asOf);
    const memories = asked.in.includes('memories') ? await searchOne('memory') : null;
    const messages = asked.in.includes('messages') ? await searchOne('message') : null;
    return memories && messages
      ? mergeFound(memories, messages, asked.limit, this.config.bytes.page)
      : (memories ?? messages)!;
  }

  private async searchTable(
    table: ScannedTable,
    asked: SearchRequest & { read: SearchQuery },
    asOf: string | null,
  ): Promise<FoundTexts> {
    // No index has beginnings of words.
    if (asked.read.openWord !== null) return this.searchInDatabase(table, asked, asOf);
    const found =
      table === 'memory'
        ? await this.searchMemories(asked, asOf)
        : await this.searchMessages(asked, asOf);
    const { unknownWords = [] } = found;
    if (unknownWords.length > 0 && asked.read.mistyped === null)
      return this.searchTable(
        table,
        { ...asked, read: readSearchQuery(asked.read.written, new Set(unknownWords)) },
        asOf,
      );
    // No index has stop words. Where they are all that is asked for, PostgreSQL looks them up.
    return found.hits.length === 0 && asked.read.hasStopWordsOnly
      ? this.searchInDatabase(table, asked, asOf)
      : found;
  }

  /**
   * Finds everything that was committed before the call.
   * @throws AppError 429 when too many searches of this user wait for an index
   */
  async searchMemories(asked: SearchCriteria, asOf: string | null = null): Promise<FoundTexts> {
    if (asOf !== null) return this.searchAsOf(asked, asOf);
    return this.indexes.use(
      'memories',
      () => this.newIndex(),
      async (index) => {
        if (index.isTooLarge) return this.searchInDatabase('memory', asked, null);
        // Searches the index as it is first. The rows come with the current counters, which nearly
        // always show that it is up to date.
        const found = index.isChanging
          ? null
          : await this.find(index, asked, index.freshnessCheck());
        if (found) return found;
        return retryOnContention(async () => {
          await index.catchUp();
          this.indexes.keep('memories', index);
          if (index.isTooLarge) return this.searchInDatabase('memory', asked, null);
          // The index now has all that was committed before the call. Later writes may be missing.
          // But each row that is returned must be the one that was ranked.
          const { revision } = index;
          return this.find(index, asked, (_, rows) =>
            rows.every((row) => row.revision <= revision),
          );
        });
      },
    );
  }

  /** Finds what was committed before the call and a context may have. */
  async searchForContext(asked: ContextCriteria): Promise<ContextMemory[]> {
    const timeZone = await this.zones.of(asked.query, asked.timeZone);
    const criteria = { ...asked, timeZone, neighbours: 0, explain: false };
    const { hits } = await this.searchMemories(criteria);
    return hits.map(({ json }) => JSON.parse(json) as ContextMemory);
  }

  /**
   * Searches the user's index as it is, if it is in this process.
   * @returns null when there is none, or it has to be brought up to date first
   */
  async prepareForContext({
    query,
    limit,
    filter,
    timeZone,
  }: ContextCriteria): Promise<PreparedSearch | null> {
    const index = this.indexes.find<MemoryIndex>('memories');
    if (!index?.isReady || index.usesPgvector || query.trim() === '') return null;
    const { texts } = index;
    // Before the wait, in which the index may be replaced by a newer one.
    const isFresh = index.freshnessCheck();
    const zone = await this.zones.of(query, timeZone);
    const vector = await this.vectors.embedFor(texts, query);
    const hits = texts.search(query, {
      ...{ limit, explain: false, timeZone: zone },
      ...(vector ? { vector } : {}),
    });
    const maxBytes = Math.floor(this.config.bytes.page / Math.max(1, hits.length));
    const refs = hits.map(({ ref }) => ref);
    const isFull = hits.length >= limit;
    return {
      read: this.memories.usableRead(refs, filter, maxBytes),
      isFull,
      toMemories: async (rows) => {
        const found = await this.memories.toFoundMemories(rows);
        if (!found || !isFresh(found.head)) return null;
        const known = byId(found.memories);
        const usable = refs.flatMap((ref) => known.get(ref) ?? []);
        if (isFull && usable.length < limit) return null;
        if (usable.some(({ json }) => json === null)) return null;
        return usable.map(({ json }) => JSON.parse(json!) as ContextMemory);
      },
    };
  }

  private newIndex(): MemoryIndex {
    const { limits, runQueued } = this;
    return new MemoryIndex(this.indexed, this.pgvector, {
      model: this.embedder.model,
      maxTextsWithVectors: this.config.memoryVectorsInProcess,
      limits,
      runQueued,
    });
  }

  private readonly runQueued = <T>(build: () => Promise<T>): Promise<T> =>
    this.work.run('search', build);

  /** Returns null when `isSame` finds that the rows differ from what the index has. */
  private async find(
    index: MemoryIndex,
    asked: SearchCriteria,
    isSame: (head: MemoryCounters, rows: HitRow[]) => boolean,
  ): Promise<FoundTexts | null> {
    const { texts } = index;
    const vectorOptions = await this.readVectorOptions(texts, index.usesPgvector, asked);
    const best = await findBestHits(
      texts,
      { ...toQuestion(asked), ...vectorOptions },
      this.config.bytes.page,
      async (refs, maxBytes) => {
        // With demands, many more rows are compared than are shown.
        const found =
          asked.filter || asked.read?.condition
            ? await this.memories.find(refs, asked.filter, null, maxBytes)
            : await this.shown.read(refs, maxBytes, (head) => isSame(head, []));
        if (!found) return NO_ROWS;
        return isSame(found.head, found.memories) ? byId(found.memories) : null;
      },
    );
    return best && this.found('memory', texts, best, asked, this.memoryReader(null));
  }

  /**
   * Returns what is known of similarity: the question's vector, or what PostgreSQL found with it.
   */
  private async readVectorOptions(
    texts: TextIndex,
    leavesVectors: boolean,
    { query, filter }: SearchCriteria,
  ): Promise<VectorOptions> {
    const vector = await this.vectors.embedFor(texts, query);
    if (!vector) return {};
    return leavesVectors
      ? { nearest: await this.pgvector.nearest(vector, this.embedder.model!, filter, MAX_NEAREST) }
      : { vector };
  }

  private searchAsOf(asked: SearchCriteria, asOf: string): Promise<FoundTexts> {
    const kind = `memories at ${asOf}`;
    const make = () => new AsOfIndex(this.indexed, asOf, this.limits, this.runQueued);
    return this.indexes.use(kind, make, (index) => {
      let isBuilt = false;
      return retryOnContention(async () => {
        if (index.isTooLarge) return this.searchInDatabase('memory', asked, asOf);
        const [{ texts }, isSame] = [index, index.freshnessCheck()];
        const best = await findBestHits(
          texts,
          toQuestion(asked),
          this.config.bytes.page,
          async (refs, maxBytes) => {
            const found = await this.memories.find(refs, asked.filter, asOf, maxBytes);
            if (!found) return NO_ROWS;
            return isBuilt || isSame(found.head) ? byId(found.memories) : null;
          },
        );
        if (best) return this.found('memory', texts, best, asked, this.memoryReader(asOf));
        await index.build(texts);
        this.indexes.keep(kind, index);
        isBuilt = true;
        return null;
      });
    });
  }

  private async searchMessages(asked: SearchCriteria, asOf: string | null): Promise<FoundTexts> {
    return this.messageIndexes.use(async (index) => {
      if (index.isTooLarge) return this.searchInDatabase('message', asked, asOf);
      const { texts } = index;
      const vector = await this.messageIndexes.vectorOf(index, asked);
      const best = await findBestHits(
        texts,
        { ...toQuestion(asked), ...(vector ? { vector } : {}) },
        this.config.bytes.page,
        this.messageReader(asked, asOf),
      );
      const found = await this.found(
        'message',
        texts,
        best,
        asked,
        this.messageReader({ filter: null }, asOf),
      );
      return { ...found, complete: found.complete && index.unreadable === 0 };
    });
  }

  /** Searches in PostgreSQL. Hits have no neighbours, which only an index knows. */
  private async searchInDatabase(
    table: ScannedTable,
    asked: SearchCriteria,
    asOf: string | null,
  ): Promise<FoundTexts> {
    const vectorOptions =
      table === 'memory' && asOf === null ? await this.readNearestOptions(asked) : {};
    const wanted = {
      query: asked.query,
      filter: asked.filter,
      asOf,
      nearest: [...(vectorOptions.nearest?.keys() ?? [])],
      keepsStopWords: asked.read?.hasStopWordsOnly ?? false,
      openWord: asked.read?.openWord ?? null,
      isUnranked: asked.read?.isUnranked ?? false,
    };
    const { texts, isWhole, begun, written }: Candidates = await this.database.findCandidates(
      table,
      wanted,
    );
    const rowsOf =
      table === 'memory' ? this.memoryReader(asOf, asked.filter) : this.messageReader(asked, asOf);
    const best = await findBestHits(
      texts,
      {
        ...toQuestion({ ...asked, query: [asked.query, ...begun].join(' ') }),
        written,
        ...vectorOptions,
      },
      this.config.bytes.page,
      rowsOf,
    );
    const found = await this.found(table, texts, best, { ...asked, neighbours: 0 }, rowsOf);
    return { ...found, searchedBy: 'database', complete: found.complete && isWhole };
  }

  private async readNearestOptions({ query, filter }: SearchCriteria): Promise<VectorOptions> {
    if (this.embedder.model === null || !(await this.pgvector.hasAll())) return {};
    const vector = await this.vectors.embed(query);
    return vector
      ? { nearest: await this.pgvector.nearest(vector, this.embedder.model, filter, MAX_NEAREST) }
      : {};
  }

  private memoryReader(
    asOf: string | null,
    filter: SearchCriteria['filter'] = null,
  ): ReadRows<HitRows> {
    return async (refs, maxBytes) =>
      byId((await this.memories.find(refs, filter, asOf, maxBytes))?.memories ?? []);
  }

  private messageReader(
    { filter }: Pick<SearchCriteria, 'filter'>,
    asOf: string | null,
  ): ReadRows<HitRows> {
    return async (refs, maxBytes) =>
      byId((await this.messages.find(refs, filter, asOf, maxBytes)).map(toMessageHit));
  }

  private async found(
    of: ScannedTable,
    texts: TextIndex,
    best: ShownHits,
    asked: SearchCriteria,
    rowsOf: ReadRows<HitRows>,
  ): Promise<FoundTexts> {
    const { hits, isWhole } = await withNeighbours(of, texts, best, asked.neighbours, rowsOf);
    const unknownWords =
      hits.length === 0 && asked.read?.condition ? texts.listUnknownWords(asked.query) : [];
    return { hits, searchedBy: 'index', complete: isWhole, unknownWords };
  }
}

const NO_ROWS: HitRows = new Map();
const byId = (rows: HitRow[]): HitRows => new Map(rows.map((row) => [row.id, row]));
const toQuestion = ({ query, limit, group, explain, timeZone, read }: SearchCriteria) => ({
  question: query,
  limit,
  group,
  explain,
  timeZone,
  condition: read?.condition ?? undefined,
  demand: read?.condition ? new Demand(read.condition, read.hasStopWordsOnly) : null,
  isUnranked: read?.isUnranked ?? false,
  weights: read?.written.match === 'all' ? LITERAL : undefined,
});
