import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { HeavyWork } from '../../platform/heavy-work/index.js';
import { Embedder } from '../embedding/embedder.js';
import { MemoryMoments } from '../memory-moments.js';
import { retryOnConflict } from '../writes/memory-writer.js';
import type { SearchOptions, TextIndex } from '../search/text-index.js';
import { type Candidates, DatabaseSearch } from './database-search.js';
import { bestShown, type Rows, type RowsOf, type Showable, type ShownHits } from './hits.js';
import { type IndexLimits, indexLimitsOf } from './index-limits.js';
import { MemoryIndex } from './memory-index.js';
import { type Head, MemoryIndexRepository } from './memory-index.repository.js';
import { MessageIndex } from './message-index.js';
import { MessageIndexRepository } from './message-index.repository.js';
import { toShowableMessage } from './message-json.js';
import { type FoundText, withNeighbours } from './neighbours.js';
import { PastIndex } from './past-index.js';
import { PgvectorRepository } from './pgvector.repository.js';
import { QuestionVectors } from './question-vectors.js';
import type { AskedSearch } from './search-input.js';
import { UserIndexes } from './user-indexes.js';
import type { ScannedTable } from './word-scan.repository.js';

/** Memories whose likeness is known, where PostgreSQL looks at the vectors: more than are ever asked for. */
const NEAREST = 200;

export interface FoundTexts {
  hits: FoundText[];
  /** Who looked for the words: an index in this process, or PostgreSQL, for a user whose index would be too large. */
  searchedBy: 'index' | 'database';
  /** Nothing was left out: no hit for its size, and no text unsearched. */
  complete: boolean;
}

export type Asked = Pick<AskedSearch, 'query' | 'limit' | 'filter' | 'neighbours' | 'explain'>;
type Meaning = Pick<SearchOptions, 'vector' | 'nearest'>;

@Injectable()
export class MemorySearchService {
  private readonly limits: IndexLimits;

  constructor(
    private readonly memories: MemoryIndexRepository,
    private readonly messages: MessageIndexRepository,
    private readonly indexes: UserIndexes,
    private readonly database: DatabaseSearch,
    private readonly moments: MemoryMoments,
    private readonly vectors: QuestionVectors,
    private readonly pgvector: PgvectorRepository,
    private readonly embedder: Embedder,
    private readonly work: HeavyWork,
    private readonly config: Config,
  ) {
    this.limits = indexLimitsOf(config);
  }

  /** Both kinds, for one order: their scores are sums of the same signals, where memories have vectors with other weights. */
  async search(asked: AskedSearch): Promise<FoundTexts> {
    const moment = await this.moments.timeOf(asked.asOf);
    const memories = asked.in.includes('memories') ? await this.inMemories(asked, moment) : null;
    const messages = asked.in.includes('messages') ? await this.inMessages(asked, moment) : null;
    return memories && messages
      ? bothOf(memories, messages, asked.limit, this.config.bytes.page)
      : (memories ?? messages)!;
  }

  /** What was committed before the call is found. @throws AppError 429 when too many searches of this user wait for an index */
  async inMemories(asked: Asked, moment: string | null = null): Promise<FoundTexts> {
    if (moment !== null) return this.inPast(asked, moment);
    return this.indexes.use(
      'memories',
      () => this.newIndex(),
      async (index) => {
        if (index.isTooLarge) return this.byDatabase('memory', asked, null);
        // With the index as it is: the rows come with how far the memories are by now, which nearly always is as far as it has come.
        const found = index.isChanging ? null : await this.find(index, asked, index.snapshot());
        if (found) return found;
        return retryOnConflict(async () => {
          await index.follow();
          this.indexes.keep('memories', index);
          if (index.isTooLarge) return this.byDatabase('memory', asked, null);
          // It has all that was there when this began. What has been written since may be left out, but what is shown must be what was found.
          const { revision } = index;
          return this.find(index, asked, (_, rows) =>
            rows.every((row) => row.revision <= revision),
          );
        });
      },
    );
  }

  private newIndex(): MemoryIndex {
    const { limits, inTurn } = this;
    return new MemoryIndex(this.memories, this.pgvector, {
      model: this.embedder.model,
      mostWithVectors: this.config.memoryVectorsInProcess,
      limits,
      inTurn,
    });
  }

  private readonly inTurn = <T>(build: () => Promise<T>): Promise<T> =>
    this.work.run('search', build);

  /** @returns null when what is read is not what the index has, as `isSame` says. */
  private async find(
    index: MemoryIndex,
    asked: Asked,
    isSame: (head: Head, rows: Showable[]) => boolean,
  ): Promise<FoundTexts | null> {
    const { texts } = index;
    const meaning = await this.meaningOf(texts, index.leavesVectors, asked);
    const best = await bestShown(
      texts,
      { ...questionOf(asked), ...meaning },
      this.config.bytes.page,
      async (refs, maxBytes) => {
        const found = await this.memories.find(refs, asked.filter, null, maxBytes);
        if (!found) return NO_ROWS;
        return isSame(found.head, found.memories) ? byId(found.memories) : null;
      },
    );
    return best && this.found('memory', texts, best, asked, this.memoriesOf(null));
  }

  /** What a search by meaning goes by: the question's vector, or what PostgreSQL has found with it. */
  private async meaningOf(
    texts: TextIndex,
    leavesVectors: boolean,
    { query, filter }: Asked,
  ): Promise<Meaning> {
    const vector = await this.vectors.of(texts, query);
    if (!vector) return {};
    return leavesVectors
      ? { nearest: await this.pgvector.nearest(vector, this.embedder.model!, filter, NEAREST) }
      : { vector };
  }

  private inPast(asked: Asked, moment: string): Promise<FoundTexts> {
    const kind = `memories at ${moment}`;
    const make = () => new PastIndex(this.memories, moment, this.limits, this.inTurn);
    return this.indexes.use(kind, make, (index) => {
      let isBuilt = false;
      return retryOnConflict(async () => {
        if (index.isTooLarge) return this.byDatabase('memory', asked, moment);
        const [{ texts }, isSame] = [index, index.snapshot()];
        const best = await bestShown(
          texts,
          questionOf(asked),
          this.config.bytes.page,
          async (refs, maxBytes) => {
            const found = await this.memories.find(refs, asked.filter, moment, maxBytes);
            if (!found) return NO_ROWS;
            return isBuilt || isSame(found.head) ? byId(found.memories) : null;
          },
        );
        if (best) return this.found('memory', texts, best, asked, this.memoriesOf(moment));
        await index.build(texts);
        this.indexes.keep(kind, index);
        isBuilt = true;
        return null;
      });
    });
  }

  private async inMessages(asked: Asked, moment: string | null): Promise<FoundTexts> {
    const make = () => new MessageIndex(this.messages, this.limits, this.inTurn);
    return this.indexes.use('messages', make, async (index) => {
      try {
        await index.follow();
      } finally {
        this.indexes.keep('messages', index);
      }
      if (index.isTooLarge) return this.byDatabase('message', asked, moment);
      const { texts } = index;
      const best = await bestShown(
        texts,
        questionOf(asked),
        this.config.bytes.page,
        this.messagesOf(asked, moment),
      );
      const found = await this.found(
        'message',
        texts,
        best,
        asked,
        this.messagesOf({ filter: null }, moment),
      );
      return { ...found, complete: found.complete && index.unreadable === 0 };
    });
  }

  /** Without neighbours: only an index knows them. */
  private async byDatabase(
    table: ScannedTable,
    asked: Asked,
    moment: string | null,
  ): Promise<FoundTexts> {
    const meaning = table === 'memory' && moment === null ? await this.nearestOf(asked) : {};
    const wanted = {
      query: asked.query,
      filter: asked.filter,
      moment,
      nearest: [...(meaning.nearest?.keys() ?? [])],
    };
    const { texts, isWhole }: Candidates = await this.database.candidates(table, wanted);
    const rowsOf =
      table === 'memory' ? this.memoriesOf(moment, asked.filter) : this.messagesOf(asked, moment);
    const best = await bestShown(
      texts,
      { ...questionOf(asked), ...meaning },
      this.config.bytes.page,
      rowsOf,
    );
    const found = await this.found(table, texts, best, { ...asked, neighbours: 0 }, rowsOf);
    return { ...found, searchedBy: 'database', complete: found.complete && isWhole };
  }

  private async nearestOf({ query, filter }: Asked): Promise<Meaning> {
    if (this.embedder.model === null || !(await this.pgvector.hasAll())) return {};
    const vector = await this.vectors.ofQuestion(query);
    return vector
      ? { nearest: await this.pgvector.nearest(vector, this.embedder.model, filter, NEAREST) }
      : {};
  }

  private memoriesOf(moment: string | null, filter: Asked['filter'] = null): RowsOf<Rows> {
    return async (refs, maxBytes) =>
      byId((await this.memories.find(refs, filter, moment, maxBytes))?.memories ?? []);
  }

  private messagesOf({ filter }: Pick<Asked, 'filter'>, moment: string | null): RowsOf<Rows> {
    return async (refs, maxBytes) =>
      byId((await this.messages.find(refs, filter, moment, maxBytes)).map(toShowableMessage));
  }

  private async found(
    of: ScannedTable,
    texts: TextIndex,
    best: ShownHits,
    asked: Asked,
    rowsOf: RowsOf<Rows>,
  ): Promise<FoundTexts> {
    const { hits, isWhole } = await withNeighbours(of, texts, best, asked.neighbours, rowsOf);
    return { hits, searchedBy: 'index', complete: isWhole };
  }
}

const NO_ROWS: Rows = new Map();
const byId = (rows: Showable[]): Rows => new Map(rows.map((row) => [row.id, row]));
const questionOf = ({ query, limit, explain }: Asked) => ({ question: query, limit, explain });

/** The best of both. Each had the whole budget: together they have it once. */
function bothOf(
  memories: FoundTexts,
  messages: FoundTexts,
  limit: number,
  budget: number,
): FoundTexts {
  const best = [...memories.hits, ...messages.hits]
    .sort((a, b) => b.hit.score - a.hit.score)
    .slice(0, limit);
  let bytes = 0;
  const hits = best.filter(({ json }) => {
    const fits = bytes < budget;
    bytes += Buffer.byteLength(json);
    return fits;
  });
  const searchedBy =
    memories.searchedBy === 'database' || messages.searchedBy === 'database' ? 'database' : 'index';
  return {
    hits,
    searchedBy,
    complete: memories.complete && messages.complete && hits.length === best.length,
  };
}
