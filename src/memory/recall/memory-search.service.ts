import { Injectable } from '@nestjs/common';
import { Embedder } from '../embedding/embedder.js';
import { MemoryErrors } from '../memories.errors.js';
import { MemoryMoments } from '../memory-moments.js';
import type { TextIndex } from '../search/text-index.js';
import { bestShown, type Shown } from './hits.js';
import type { MemoryFilter } from './memory-filter.js';
import { indexOf, MemoryIndex } from './memory-index.js';
import { type Found, MemoryIndexRepository } from './memory-index.repository.js';
import { MessageIndex } from './message-index.js';
import { type FoundMessage, MessageIndexRepository } from './message-index.repository.js';
import { QuestionVectors } from './question-vectors.js';
import type { AskedSearch } from './search-input.js';
import { UserIndexes } from './user-indexes.js';

/** Times an index is brought up to date for one search while others write. */
const TRIES = 50;

export interface FoundText<Row> extends Shown<Row> {
  before: Row[];
  after: Row[];
}

export type Asked = Pick<AskedSearch, 'query' | 'limit' | 'filter' | 'neighbours'>;

@Injectable()
export class MemorySearchService {
  constructor(
    private readonly memories: MemoryIndexRepository,
    private readonly messages: MessageIndexRepository,
    private readonly indexes: UserIndexes,
    private readonly moments: MemoryMoments,
    private readonly vectors: QuestionVectors,
    private readonly embedder: Embedder,
  ) {}

  /** Both kinds, for one order: their scores are sums of the same signals, where memories have vectors with other weights. */
  async search(asked: AskedSearch): Promise<{ memories: FoundText<Found>[]; messages: FoundText<FoundMessage>[] }> {
    const moment = await this.moments.timeOf(asked.asOf);
    const memories = asked.in.includes('memories') ? await this.inMemories(asked, moment) : [];
    const messages = asked.in.includes('messages') ? await this.inMessages(asked, moment) : [];
    return { memories, messages };
  }

  /** What was committed before the call is found. */
  async inMemories(asked: Asked, moment: string | null = null): Promise<FoundText<Found>[]> {
    if (moment !== null) return this.inPast(asked, moment);
    const index = this.indexes.get('memories', () => new MemoryIndex(this.memories, this.embedder.model));
    for (let tried = 0; tried < TRIES; tried++) {
      // With the index as it is: the rows come with how far the memories are by now, which nearly always is as far as it has come.
      const found = await this.find(index, asked);
      if (found) return found;
      await index.follow();
      this.indexes.keep('memories', index);
    }
    throw MemoryErrors.contended({ retryAfter: 1 });
  }

  private async find(index: MemoryIndex, asked: Asked): Promise<FoundText<Found>[] | null> {
    const { texts } = index;
    const vector = await this.vectors.of(texts, asked.query);
    const rowsOf = async (refs: string[], filter: MemoryFilter | null) => {
      const found = await this.memories.find(refs, filter, null);
      if (!found) return new Map<string, Found>();
      return index.has(found.head) ? byId(found.memories.filter(({ shown }) => shown)) : null;
    };
    const best = await bestShown(texts, { question: asked.query, vector }, asked.limit, (refs) => rowsOf(refs, asked.filter));
    return best && withNeighbours(texts, best, asked.neighbours, async (refs) => (await rowsOf(refs, null)) ?? new Map<string, Found>());
  }

  private async inPast(asked: Asked, moment: string): Promise<FoundText<Found>[]> {
    const texts = indexOf(await this.memories.asOf(moment));
    const rowsOf = async (refs: string[], filter: MemoryFilter | null) => {
      const found = await this.memories.find(refs, filter, moment);
      return byId(found?.memories.filter(({ shown }) => shown) ?? []);
    };
    const best = await bestShown(texts, { question: asked.query }, asked.limit, (refs) => rowsOf(refs, asked.filter));
    return withNeighbours(texts, best!, asked.neighbours, (refs) => rowsOf(refs, null));
  }

  private async inMessages(asked: Asked, moment: string | null): Promise<FoundText<FoundMessage>[]> {
    const index = this.indexes.get('messages', () => new MessageIndex(this.messages));
    try {
      await index.follow();
    } finally {
      this.indexes.keep('messages', index);
    }
    const { texts } = index;
    const rowsOf = async (refs: string[], filter: MemoryFilter | null) => byId(await this.messages.find(refs, filter, moment));
    const best = await bestShown(texts, { question: asked.query }, asked.limit, (refs) => rowsOf(refs, asked.filter));
    return withNeighbours(texts, best!, asked.neighbours, (refs) => rowsOf(refs, null));
  }
}

const byId = <Row extends { id: string }>(rows: Row[]): Map<string, Row> => new Map(rows.map((row) => [row.id, row]));

async function withNeighbours<Row>(texts: TextIndex, best: Shown<Row>[], count: number, rowsOf: (refs: string[]) => Promise<Map<string, Row>>): Promise<FoundText<Row>[]> {
  if (count === 0) return best.map((one) => ({ ...one, before: [], after: [] }));
  const around = best.map(({ hit: { ref } }) => [texts.neighboursOf(ref, count, 0), texts.neighboursOf(ref, 0, count)] as const);
  const rows = await rowsOf([...new Set(around.flat(2))]);
  const known = (refs: readonly string[]) => refs.flatMap((ref) => rows.get(ref) ?? []);
  return best.map((one, i) => ({ ...one, before: known(around[i]![0]), after: known(around[i]![1]) }));
}
