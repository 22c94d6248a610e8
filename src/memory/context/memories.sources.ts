// Contributes memories to contexts: those that hold for every question, and those that a search
// finds.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  type ContextQuestion,
  type ContextSource,
  ContextSources,
  type Contribution,
  type PreparedSource,
} from '../../context-window/index.js';
import { contentWords, fromStoredText } from '../../conversations/parts/index.js';
import type { Read } from '../../platform/database/index.js';
import { SEARCH_LIMITS } from '../dto/search-body.dto.js';
import type { ContextMemory } from '../recall/found-memories.repository.js';
import { type ContextCriteria, MemorySearchService } from '../recall/memory-search.service.js';
import { type ContextConversation, ContextMemoryRepository } from './context-memory.repository.js';
import { recalledMemory } from './recalled-memories.js';
import { parseRefs, toRef } from './version-ref.js';

type ImportantCriteria = Pick<ContextCriteria, 'limit' | 'filter'>;

/** How many memories a context gets when the request does not say it. */
const DEFAULT_MEMORY_LIMIT = 5;

/**
 * Contributes memories that hold for every question: instructions, and important preferences. The
 * prefix has those that were there when it was laid out. Newer ones come in the tail, so that the
 * bytes that a provider has cached stay the same.
 */
@Injectable()
export class StandingMemoriesSource implements ContextSource, OnModuleInit {
  readonly part = 'memories';
  readonly flag = 'standingMemories';

  constructor(
    private readonly sources: ContextSources,
    private readonly rows: ContextMemoryRepository,
  ) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  stateRead = () => this.rows.stateRead;

  prepare = (question: ContextQuestion): PreparedSource => ({
    reads: [
      this.rows.standingRead(question.agent?.id ?? null, question.conversationId),
      this.rows.conversationRead(question),
    ],
    contribute: async ([standing, conversation]) =>
      toStanding(
        await this.rows.opened(standing as ContextMemory[]),
        conversation as ContextConversation[],
      ),
  });

  /** `MemoriesSource` reads the texts of both. */
  recall = (): Promise<Map<string, string>> => Promise.resolve(new Map<string, string>());
}

/**
 * Contributes memories relevant to the question, or to the user's last message, and fills up with
 * the most important of the newest. They come right before that message, so that nothing before
 * them changes.
 */
@Injectable()
export class MemoriesSource implements ContextSource, OnModuleInit {
  readonly part = 'memories';

  constructor(
    private readonly sources: ContextSources,
    private readonly rows: ContextMemoryRepository,
    private readonly memories: MemorySearchService,
  ) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  stateRead = () => this.rows.stateRead;

  async prepare(question: ContextQuestion): Promise<PreparedSource> {
    const { conversationId, query, timeZone, agent, memoryLimit } = question;
    const limit = memoryLimit ?? DEFAULT_MEMORY_LIMIT;
    const criteria = {
      limit,
      filter: { usableBy: agent?.id ?? null, usableIn: conversationId },
      timeZone: timeZone ?? undefined,
    };
    if (query === null)
      return {
        reads: [this.rows.conversationRead(question), this.importantRead(criteria)],
        contribute: async ([conversation, important]) => {
          const opened = await this.rows.withQuestion(conversation as ContextConversation[]);
          return this.search({ ...criteria, query: toQuestionText(opened) }, important);
        },
      };
    const found = await this.memories.prepareForContext({ ...criteria, query });
    if (!found) return { reads: [], contribute: () => this.search({ ...criteria, query }) };
    return {
      reads: found.isFull ? [found.read] : [found.read, this.importantRead(criteria)],
      contribute: async ([rows, important]) => {
        const memories = await found.toMemories(rows!);
        return memories === null
          ? this.search({ ...criteria, query }, important)
          : this.filledUp(memories, criteria, important);
      },
    };
  }

  private async search(criteria: ContextCriteria, important?: object[]): Promise<Contribution[]> {
    const memories =
      criteria.query.trim() === '' ? [] : await this.memories.searchForContext(criteria);
    return this.filledUp(memories, criteria, important);
  }

  /**
   * Adds important memories until there are as many as wanted.
   * @param important rows of `importantRead`; without them, they are read when they are needed
   */
  private async filledUp(
    memories: ContextMemory[],
    criteria: ImportantCriteria,
    important?: object[],
  ): Promise<Contribution[]> {
    const missing = criteria.limit - memories.length;
    const matching = memories.map((memory) => recalledMemory(memory, 'tail'));
    if (missing <= 0) return matching;
    const others = important
      ? await this.rows.opened(important as ContextMemory[])
      : await this.rows.list(this.importantRead(criteria));
    const known = new Set(memories.map(({ id }) => id));
    const filling = others
      .filter(({ id }) => !known.has(id))
      .slice(0, missing)
      .map((memory) => ({ ...recalledMemory(memory, 'tail'), share: 'filling' as const }));
    return [...matching, ...filling];
  }

  private importantRead({ limit, filter }: ImportantCriteria): Read<ContextMemory> {
    return this.rows.importantRead(filter.usableBy, filter.usableIn, limit);
  }

  async recall(refs: string[]): Promise<Map<string, string>> {
    return new Map(
      (await this.rows.versions(parseRefs(refs))).map((row) => [toRef(row), row.content]),
    );
  }
}

/** Takes the rows of the statements of `StandingMemoriesSource`. */
function toStanding(
  standing: ContextMemory[],
  [conversation]: ContextConversation[],
): Contribution[] {
  if (!conversation) return [];
  const laidAt = Date.parse(conversation.laidAt);
  const placeOf = ({ updatedAt }: ContextMemory) =>
    Date.parse(updatedAt) <= laidAt ? 'prefix' : 'tail';
  return standing.map((memory) => ({
    ...recalledMemory(memory, placeOf(memory)),
    share: 'standing',
  }));
}

function toQuestionText([conversation]: ContextConversation[]): string {
  if (!conversation?.question) return '';
  const text = contentWords(
    conversation.contentIsJson ? fromStoredText(conversation.question) : conversation.question,
  );
  return [...text.slice(0, 2 * SEARCH_LIMITS.queryLength)]
    .slice(0, SEARCH_LIMITS.queryLength)
    .join('');
}
