import { Injectable } from '@nestjs/common';
import { toMessageDto } from '../../conversations/index.js';
import { Config } from '../../platform/config/config.js';
import { Embedder } from '../embedding/embedder.js';
import { MemoryMoments } from '../memory-moments.js';
import { untilDone } from '../memory-writer.js';
import type { SearchOptions, TextIndex } from '../search/text-index.js';
import { bestShown, type Rows, type Showable, type Shown } from './hits.js';
import type { MemoryFilter } from './memory-filter.js';
import { indexOf, MemoryIndex } from './memory-index.js';
import { type Found, type Head, MemoryIndexRepository } from './memory-index.repository.js';
import { MessageIndex } from './message-index.js';
import { MessageIndexRepository } from './message-index.repository.js';
import { PgvectorRepository } from './pgvector.repository.js';
import { QuestionVectors } from './question-vectors.js';
import type { AskedSearch } from './search-input.js';
import { UserIndexes } from './user-indexes.js';


/** Memories whose likeness is known, where PostgreSQL looks at the vectors: more than are ever asked for. */
const NEAREST = 200;

/** Texts are JSON, as the API shows them. */
export interface FoundText extends Shown {
  of: 'memory' | 'message';
  before: readonly string[];
  after: readonly string[];
}

export type Asked = Pick<AskedSearch, 'query' | 'limit' | 'filter' | 'neighbours' | 'explain'>;
type RowsOf = (refs: string[], filter: MemoryFilter | null) => Promise<Rows>;

@Injectable()
export class MemorySearchService {
  constructor(
    private readonly memories: MemoryIndexRepository,
    private readonly messages: MessageIndexRepository,
    private readonly indexes: UserIndexes,
    private readonly moments: MemoryMoments,
    private readonly vectors: QuestionVectors,
    private readonly pgvector: PgvectorRepository,
    private readonly embedder: Embedder,
    private readonly config: Config,
  ) {}

  /** Both kinds, for one order: their scores are sums of the same signals, where memories have vectors with other weights. */
  async search(asked: AskedSearch): Promise<FoundText[]> {
    const moment = await this.moments.timeOf(asked.asOf);
    const memories = asked.in.includes('memories') ? await this.inMemories(asked, moment) : [];
    const messages = asked.in.includes('messages') ? await this.inMessages(asked, moment) : [];
    return messages.length === 0 ? memories : [...memories, ...messages].sort((a, b) => b.hit.score - a.hit.score).slice(0, asked.limit);
  }

  /** What was committed before the call is found. */
  async inMemories(asked: Asked, moment: string | null = null): Promise<FoundText[]> {
    if (moment !== null) return this.inPast(asked, moment);
    const index = this.indexes.get('memories', () => new MemoryIndex(this.memories, this.pgvector, this.embedder.model, this.config.memoryVectorsInProcess));
    // With the index as it is: the rows come with how far the memories are by now, which nearly always is as far as it has come.
    const found = index.isChanging ? null : await this.find(index, asked, index.snapshot());
    if (found) return found;
    return untilDone(async () => {
      await index.follow();
      this.indexes.keep('memories', index);
      // It has all that was there when this began. What has been written since may be left out, but what is shown must be what was found.
      const { revision } = index;
      return this.find(index, asked, (_, rows) => rows.every((row) => row.revision <= revision));
    });
  }

  /** @returns null when what is read is not what the index has, as `isSame` says. */
  private async find(index: MemoryIndex, asked: Asked, isSame: (head: Head, rows: Found[]) => boolean): Promise<FoundText[] | null> {
    const { texts } = index;
    const meaning = await this.meaningOf(index, asked);
    const best = await bestShown(texts, { ...questionOf(asked), ...meaning }, async (refs) => {
      const found = await this.memories.find(refs, asked.filter, null);
      if (!found) return NO_ROWS;
      return isSame(found.head, found.memories) ? byId(found.memories) : null;
    });
    return best && withNeighbours('memory', texts, best, asked.neighbours, async (refs) => byId((await this.memories.find(refs, null, null))?.memories ?? []));
  }

  /** What a search by meaning goes by: the question's vector, or what PostgreSQL has found with it. */
  private async meaningOf(index: MemoryIndex, { query, filter }: Asked): Promise<Pick<SearchOptions, 'vector' | 'nearest'>> {
    const vector = await this.vectors.of(index.texts, query);
    if (!vector) return {};
    return index.leavesVectors ? { nearest: await this.pgvector.nearest(vector, this.embedder.model!, filter, NEAREST) } : { vector };
  }

  private async inPast(asked: Asked, moment: string): Promise<FoundText[]> {
    const rowsOf: RowsOf = async (refs, filter) => byId((await this.memories.find(refs, filter, moment))?.memories ?? []);
    return findIn('memory', indexOf(await this.memories.asOf(moment)), asked, rowsOf);
  }

  private async inMessages(asked: Asked, moment: string | null): Promise<FoundText[]> {
    const index = this.indexes.get('messages', () => new MessageIndex(this.messages));
    try {
      await index.follow();
    } finally {
      this.indexes.keep('messages', index);
    }
    const rowsOf: RowsOf = async (refs, filter) => {
      const rows = await this.messages.find(refs, filter, moment);
      return byId(rows.map((row) => ({ id: row.id, json: JSON.stringify(toMessageDto(row.conversationId, row)) })));
    };
    return findIn('message', index.texts, asked, rowsOf);
  }
}

const NO_ROWS: Rows = new Map();
const NONE: readonly string[] = [];
const byId = (rows: Showable[]): Rows => new Map(rows.map((row) => [row.id, row]));
const questionOf = ({ query, limit, explain }: Asked) => ({ question: query, limit, explain });

async function findIn(of: FoundText['of'], texts: TextIndex, asked: Asked, rowsOf: RowsOf): Promise<FoundText[]> {
  const best = await bestShown(texts, questionOf(asked), (refs) => rowsOf(refs, asked.filter));
  return withNeighbours(of, texts, best, asked.neighbours, (refs) => rowsOf(refs, null));
}

async function withNeighbours(of: FoundText['of'], texts: TextIndex, best: Shown[], count: number, rowsOf: (refs: string[]) => Promise<Rows>): Promise<FoundText[]> {
  if (count === 0) return best.map(({ hit, json }) => ({ of, hit, json, before: NONE, after: NONE }));
  const around = best.map(({ hit: { ref } }) => [texts.neighboursOf(ref, count, 0), texts.neighboursOf(ref, 0, count)] as const);
  const rows = await rowsOf([...new Set(around.flat(2))]);
  const known = (refs: readonly string[]) => refs.flatMap((ref) => rows.get(ref)?.json ?? []);
  return best.map(({ hit, json }, i) => ({ of, hit, json, before: known(around[i]![0]), after: known(around[i]![1]) }));
}
