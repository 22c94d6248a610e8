// What memories and blocks put into a context, named by id and version, so that the same text can be given again.
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
import { SEARCH_LIMITS } from '../recall/search-input.js';
import {
  ContextMemoryRepository,
  type StoredText,
  type Talk,
} from './context-memory.repository.js';

/** Memories in a context, unless the caller says how many. */
const MEMORIES = 5;

/** As the API shows it. */
type FoundMemory = StoredText & Pick<MemoryRow, 'kind' | 'updatedAt' | 'sourceMessageIds'>;

/** Who said what a memory came from: the least to be trusted of them. Without a message, or one that is still there, the application. */
function sourceOf(messageIds: string[], roles: ReadonlyMap<string, MessageRole>): string {
  const said = new Set(messageIds.map((id) => roles.get(id)));
  return (['tool', 'user', 'assistant'] as const).find((role) => said.has(role)) ?? 'application';
}

type Named = Pick<StoredText, 'id' | 'version'>;
const refOf = ({ id, version }: Named): string => `${id}@${version}`;
const REF = /^([0-9a-f-]{36})@(\d{1,9})!?$/;

/** What the refs name; those of nobody here are left out. */
const named = (refs: string[]): Named[] =>
  refs.flatMap((ref) => {
    const [, id, version] = REF.exec(ref) ?? [];
    return id ? [{ id, version: Number(version) }] : [];
  });

/** Those that bear on the question, or on what the user said last. Right before it: so nothing that comes before is other bytes. */
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

  stamp = (): Promise<string> => this.rows.stamp();

  async contribute({
    conversationId,
    agent,
    query,
    memoryLimit,
  }: ContextQuestion): Promise<Contribution[]> {
    const limit = memoryLimit ?? MEMORIES;
    const question = query ?? questionOf(await this.rows.talk(conversationId));
    if (limit === 0 || question.trim() === '') return [];
    const { hits } = await this.memories.inMemories({
      query: question,
      limit,
      filter: { usableBy: agent?.id ?? null, usableIn: conversationId },
      neighbours: 0,
      explain: false,
    });
    const memories = hits.map(({ json }) => JSON.parse(json) as FoundMemory);
    const roles = await this.rows.rolesOf(
      memories.flatMap(({ sourceMessageIds }) => sourceMessageIds),
    );
    return memories.map((memory) => {
      const { kind, updatedAt: time, sourceMessageIds } = memory;
      return {
        ref: refOf(memory),
        text: memory.content,
        origin: {
          element: 'memory',
          attributes: { kind, time, source: sourceOf(sourceMessageIds, roles) },
        },
        place: 'tail',
      };
    });
  }

  async recall(refs: string[]): Promise<Map<string, string>> {
    return new Map((await this.rows.versions(named(refs))).map((row) => [refOf(row), row.content]));
  }
}

function questionOf(talk: Talk | null): string {
  if (!talk?.question) return '';
  const text = textOf(
    talk.contentIsJson ? (JSON.parse(talk.question) as MessageContent) : talk.question,
  );
  return [...text.slice(0, 2 * SEARCH_LIMITS.queryLength)]
    .slice(0, SEARCH_LIMITS.queryLength)
    .join('');
}

/** Those for every agent, and in place of one of them the one of the same name that is for this agent alone. */
function usableBy(agent: string | null, blocks: MemoryRow[]): MemoryRow[] {
  const own = new Set(
    blocks.filter(({ agentId }) => agentId !== null && agentId === agent).map(({ label }) => label),
  );
  return blocks.filter(({ agentId, label }) =>
    agentId === null ? !own.has(label) : agentId === agent,
  );
}

/** Behind the ref of a block that is told again because the prefix still has an older one. */
const INSTEAD = '!';

/**
 * The prefix has each block as it was when the prefix was laid; one that is newer comes in the tail, and says so. So an edit does not change
 * the bytes that a provider has cached, and at the next compaction the prefix has what holds by then.
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

  stamp = (): Promise<string> => this.rows.stamp();

  async contribute({ conversationId, agent }: ContextQuestion): Promise<Contribution[]> {
    const talk = await this.rows.talk(conversationId);
    const now = usableBy(agent?.id ?? null, await this.blocks.list(undefined));
    if (!talk || now.length === 0) return [];
    const living = new Set(now.map(({ id }) => id));
    // What has been forgotten or rolled back since is nowhere.
    const laid = (await this.blocks.list({ time: talk.laidAt })).filter(({ id }) => living.has(id));
    const known = new Map(laid.map(({ id, version }) => [id, version]));
    const newer = now.filter(({ id, version }) => known.get(id) !== version);
    return [
      ...laid.map((row) => contribution(row, 'prefix', '')),
      ...newer.map((row) => contribution(row, 'tail', known.has(row.id) ? INSTEAD : '')),
    ];
  }

  async recall(refs: string[]): Promise<Map<string, string>> {
    const rows = new Map((await this.rows.versions(named(refs))).map((row) => [refOf(row), row]));
    return new Map(
      refs.flatMap((ref) => {
        const row = rows.get(ref.replace(INSTEAD, ''));
        return row ? [[ref, textOfBlock(row, ref.endsWith(INSTEAD))] as const] : [];
      }),
    );
  }
}

const contribution = (
  row: MemoryRow,
  place: Contribution['place'],
  suffix: string,
): Contribution => ({
  ref: `${refOf(row)}${suffix}`,
  text: textOfBlock({ ...row, content: row.content! }, suffix === INSTEAD),
  origin: { element: 'block', attributes: { time: rfc3339(row.updatedAt) } },
  place,
});

const textOfBlock = (
  { label, content }: Pick<StoredText, 'label' | 'content'>,
  instead: boolean,
): string => `${label}${instead ? ' (now, in place of the above)' : ''}:\n${content}`;
