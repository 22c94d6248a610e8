// Searches a user's messages by the index of the process, and says which hits are shown.
import { Injectable } from '@nestjs/common';
import {
  ConversationErrors,
  type MessagePath,
  MessagesRepository,
  MessageTrees,
  pathTo,
} from '../../conversations/index.js';
import { readFilter } from '../../platform/list/index.js';
import { MEMORY_FILTER } from '../recall/memory-filter.js';
import { MemorySearchService } from '../recall/memory-search.service.js';
import type { FoundText } from '../recall/neighbours.js';

/** How many times more hits are looked at when some are not shown. */
const BRANCHED_HITS = 5;

export interface MessageSearchRequest {
  q: string;
  /** The last word may be the beginning of a word. */
  prefix: boolean;
  limit: number;
  /** Adds to each hit how its score is made up. */
  explain: boolean;
}

export interface MessageHit extends FoundText {
  /** True when its conversation shows it. */
  onPath: boolean;
}

export interface FoundMessages {
  hits: MessageHit[];
  searchedBy: 'index' | 'database';
  complete: boolean;
}

@Injectable()
export class MessageSearchService {
  constructor(
    private readonly memories: MemorySearchService,
    private readonly messages: MessagesRepository,
    private readonly trees: MessageTrees,
  ) {}

  /**
   * Searches one conversation, or all of the user's. Hits of other branches come last.
   * @throws AppError 404 when there is no such conversation
   * @throws AppError 429 when too many searches of this user wait
   * @throws AppError 503 while a long history is indexed
   */
  async search(asked: MessageSearchRequest, conversationId: string | null): Promise<FoundMessages> {
    if (conversationId && (await this.messages.findHeads(conversationId)) === null)
      throw ConversationErrors.notFound();
    const found = await this.find(asked, asked.limit, conversationId);
    const isFull = found.hits.length === asked.limit;
    // Hits of other branches must not displace those that are shown.
    const { hits, ...rest } =
      isFull && found.hits.some(({ onPath }) => !onPath)
        ? await this.find(asked, asked.limit * BRANCHED_HITS, conversationId)
        : found;
    const ordered = hits.sort((a, b) => Number(b.onPath) - Number(a.onPath) || originalFirst(a, b));
    return { hits: ordered.slice(0, asked.limit), ...rest };
  }

  private async find(
    { q, prefix, explain }: MessageSearchRequest,
    limit: number,
    conversationId: string | null,
  ): Promise<FoundMessages> {
    const { hits, searchedBy, complete } = await this.memories.search({
      query: q,
      match: 'all',
      in: ['messages'],
      filter: conversationId
        ? { asked: readFilter(MEMORY_FILTER, { conversationId }).filter }
        : null,
      group: conversationId ?? undefined,
      asOf: undefined,
      neighbours: 0,
      ...{ prefix, limit, explain },
    });
    const isShown = await this.shownIn(hits);
    return {
      hits: hits.map((hit) => ({ ...hit, onPath: isShown(hit) })),
      searchedBy,
      complete,
    };
  }

  /** Tells of each hit whether its conversation shows it. */
  private async shownIn(hits: FoundText[]): Promise<(hit: FoundText) => boolean> {
    const branched = hits.flatMap(({ place }) => (place?.isBranched ? place.conversationId : []));
    const paths = new Map<string, MessagePath>();
    for (const id of new Set(branched)) {
      const found = await this.trees.find(id);
      if (found) paths.set(id, pathTo(found, found.headSeq));
    }
    return ({ place }) =>
      place === undefined || paths.get(place.conversationId)?.placeOf(place.seq) !== null;
  }
}

/** Of copies with the same score and time, the original is first: it has the lowest id. */
function originalFirst(a: FoundText, b: FoundText): number {
  const areCopies =
    a.hit.score === b.hit.score &&
    a.place?.createdAt === b.place?.createdAt &&
    a.place?.seq === b.place?.seq;
  return areCopies && a.hit.ref !== b.hit.ref ? (a.hit.ref < b.hit.ref ? -1 : 1) : 0;
}
