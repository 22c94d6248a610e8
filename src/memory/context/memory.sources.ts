// Contributes memories and blocks to contexts. Each is named by id and version, so that the same
// text can be read again.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  type ContextQuestion,
  type ContextSource,
  ContextSources,
  type Contribution,
} from '../../context-window/index.js';
import { type MessageContent, type MessageRole, textOf } from '../../conversations/index.js';
import { rfc3339 } from '../../platform/input/index.js';
import { BlocksService } from '../blocks/blocks.service.js';
import type { MemoryRow } from '../memory-row.js';
import { MemorySearchService } from '../recall/memory-search.service.js';
import { SEARCH_LIMITS } from '../dto/search-body.dto.js';
import {
  ContextMemoryRepository,
  type StoredText,
  type ContextConversation,
} from './context-memory.repository.js';

/** How many memories a context gets when the request does not say it. */
const DEFAULT_MEMORY_LIMIT = 5;

/** A memory as the API returns it. */
type FoundMemory = StoredText & Pick<MemoryRow, 'kind' | 'updatedAt' | 'sourceMessageIds'>;

/**
 * Returns the least trusted role among a memory's source messages; `application` when none of them
 * exists.
 */
function leastTrustedSource(messageIds: string[], roles: ReadonlyMap<string, MessageRole>): string {
  const roleSet = new Set(messageIds.map((id) => roles.get(id)));
  return (
    (['tool', 'user', 'assistant'] as const).find((role) => roleSet.has(role)) ?? 'application'
  );
}

type VersionRef = Pick<StoredText, 'id' | 'version'>;
const toRef = ({ id, version }: VersionRef): string => `${id}@${version}`;
const REF = /^([0-9a-f-]{36})@(\d{1,9})!?$/;

/** Parses refs, and leaves out those of another form. */
const parseRefs = (refs: string[]): VersionRef[] =>
  refs.flatMap((ref) => {
    const [, id, version] = REF.exec(ref) ?? [];
    return id ? [{ id, version: Number(version) }] : [];
  });

/**
 * Contributes memories relevant to the question, or to the user's last message. They come right
 * before that message, so that nothing before them changes.
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

  stateVersion = (): Promise<string> => this.rows.stateVersion();

  async contribute({
    conversationId,
    agent,
    query,
    memoryLimit,
  }: ContextQuestion): Promise<Contribution[]> {
    const limit = memoryLimit ?? DEFAULT_MEMORY_LIMIT;
    const question = query ?? toQuestionText(await this.rows.readConversation(conversationId));
    if (limit === 0 || question.trim() === '') return [];
    const { hits } = await this.memories.searchMemories({
      query: question,
      limit,
      filter: { usableBy: agent?.id ?? null, usableIn: conversationId },
      neighbours: 0,
      explain: false,
    });
    const memories = hits.map(({ json }) => JSON.parse(json) as FoundMemory);
    const roles = await this.rows.findRoles(
      memories.flatMap(({ sourceMessageIds }) => sourceMessageIds),
    );
    return memories.map((memory) => {
      const { kind, updatedAt: time, sourceMessageIds } = memory;
      return {
        ref: toRef(memory),
        text: memory.content,
        origin: {
          element: 'memory',
          attributes: { kind, time, source: leastTrustedSource(sourceMessageIds, roles) },
        },
        place: 'tail',
      };
    });
  }

  async recall(refs: string[]): Promise<Map<string, string>> {
    return new Map(
      (await this.rows.versions(parseRefs(refs))).map((row) => [toRef(row), row.content]),
    );
  }
}

function toQuestionText(conversation: ContextConversation | null): string {
  if (!conversation?.question) return '';
  const text = textOf(
    conversation.contentIsJson
      ? (JSON.parse(conversation.question) as MessageContent)
      : conversation.question,
  );
  return [...text.slice(0, 2 * SEARCH_LIMITS.queryLength)]
    .slice(0, SEARCH_LIMITS.queryLength)
    .join('');
}

/**
 * Selects blocks for every agent and for this one. A block of the agent replaces the general block
 * of the same label.
 */
function usableBy(agent: string | null, blocks: MemoryRow[]): MemoryRow[] {
  const own = new Set(
    blocks.filter(({ agentId }) => agentId !== null && agentId === agent).map(({ label }) => label),
  );
  return blocks.filter(({ agentId, label }) =>
    agentId === null ? !own.has(label) : agentId === agent,
  );
}

/** Ends the ref of a block that replaces an older version in the prefix. */
const REPLACES_PREFIX = '!';

/**
 * Contributes blocks. The prefix has each block as it was when the prefix was laid out; a newer
 * version comes in the tail and says that it replaces the older one.
 * So an edit does not change the bytes that a provider has cached. The next compaction moves the
 * newer version to the prefix.
 */
@Injectable()
export class BlocksSource implements ContextSource, OnModuleInit {
  readonly part = 'blocks';

  constructor(
    private readonly sources: ContextSources,
    private readonly rows: ContextMemoryRepository,
    private readonly blocks: BlocksService,
  ) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  stateVersion = (): Promise<string> => this.rows.stateVersion();

  async contribute({ conversationId, agent }: ContextQuestion): Promise<Contribution[]> {
    const conversation = await this.rows.readConversation(conversationId);
    const now = usableBy(agent?.id ?? null, await this.blocks.list(undefined));
    if (!conversation || now.length === 0) return [];
    const currentIds = new Set(now.map(({ id }) => id));
    // A block that was forgotten or rolled back since appears nowhere.
    const atPrefix = (await this.blocks.list({ time: conversation.laidAt })).filter(({ id }) =>
      currentIds.has(id),
    );
    const known = new Map(atPrefix.map(({ id, version }) => [id, version]));
    const newer = now.filter(({ id, version }) => known.get(id) !== version);
    return [
      ...atPrefix.map((row) => toContribution(row, 'prefix', '')),
      ...newer.map((row) => toContribution(row, 'tail', known.has(row.id) ? REPLACES_PREFIX : '')),
    ];
  }

  async recall(refs: string[]): Promise<Map<string, string>> {
    const rows = new Map(
      (await this.rows.versions(parseRefs(refs))).map((row) => [toRef(row), row]),
    );
    return new Map(
      refs.flatMap((ref) => {
        const row = rows.get(ref.replace(REPLACES_PREFIX, ''));
        return row ? [[ref, blockText(row, ref.endsWith(REPLACES_PREFIX))] as const] : [];
      }),
    );
  }
}

const toContribution = (
  row: MemoryRow,
  place: Contribution['place'],
  suffix: string,
): Contribution => ({
  ref: `${toRef(row)}${suffix}`,
  text: blockText({ ...row, content: row.content! }, suffix === REPLACES_PREFIX),
  origin: { element: 'block', attributes: { time: rfc3339(row.updatedAt) } },
  place,
});

const blockText = (
  { label, content }: Pick<StoredText, 'label' | 'content'>,
  instead: boolean,
): string => `${label}${instead ? ' (now, in place of the above)' : ''}:\n${content}`;
