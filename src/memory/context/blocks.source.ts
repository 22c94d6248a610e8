// Contributes memory blocks to contexts.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  type ContextQuestion,
  type ContextSource,
  ContextSources,
  type Contribution,
  type PreparedSource,
  TRUST,
} from '../../context-window/index.js';
import { rfc3339 } from '../../platform/input/index.js';
import { BlocksService } from '../blocks/blocks.service.js';
import type { MemoryRow } from '../memory-row.js';
import {
  type ContextConversation,
  ContextMemoryRepository,
  type StoredText,
} from './context-memory.repository.js';
import { parseRefs, toRef } from './version-ref.js';

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

/** The last character of a ref whose block replaces an older version in the prefix. */
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

  stateRead = () => this.rows.stateRead;

  prepare = (question: ContextQuestion): PreparedSource => ({
    reads: [this.blocks.currentRead, this.rows.conversationRead(question)],
    contribute: (rows) => this.contribute(question, rows),
  });

  private async contribute({ agent }: ContextQuestion, rows: object[][]): Promise<Contribution[]> {
    const [blocks, [conversation]] = rows as [MemoryRow[], ContextConversation[]];
    const now = usableBy(agent?.id ?? null, await this.blocks.opened(blocks));
    if (!conversation || now.length === 0) return [];
    const currentIds = new Set(now.map(({ id }) => id));
    // Leave out blocks that were forgotten or rolled back after this time.
    const atPrefix = (await this.blocks.list({ time: conversation.laidAt })).filter(({ id }) =>
      currentIds.has(id),
    );
    const known = new Map(atPrefix.map(({ id, version }) => [id, version]));
    const newer = now.filter(({ id, version }) => known.get(id) !== version);
    const contributions = [
      ...atPrefix.map((row) => toContribution(row, 'prefix', '')),
      ...newer.map((row) => toContribution(row, 'tail', known.has(row.id) ? REPLACES_PREFIX : '')),
    ];
    return agent?.blocksInPrompt ? contributions.map(asPrompt) : contributions;
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
  origin: {
    element: 'block',
    attributes: {
      time: rfc3339(row.updatedAt),
      source: 'application',
      trust: TRUST.application,
    },
  },
  place,
});

/** Leaves out the origin, so that the text has the voice of the application. */
const asPrompt = ({ ref, text, place }: Contribution): Contribution => ({ ref, text, place });

const blockText = (
  { label, content }: Pick<StoredText, 'label' | 'content'>,
  instead: boolean,
): string => `${label}${instead ? ' (now, in place of the above)' : ''}:\n${content}`;
