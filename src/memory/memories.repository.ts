// Reads of memories: as they are now, or as they were at a moment.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../platform/context/index.js';
import { ScopedDatabase, statement, withinBytes } from '../platform/database/index.js';
import {
  type ListQuery,
  Lists,
  type Measured,
  type Page,
  type PageRows,
  upTo,
} from '../platform/list/index.js';
import type { MemoryDto } from './dto/memory.dto.js';
import { believed, learntFrom, memoryList } from './memory.list.js';
import { isCurrent, memoryBytes, memoryColumns, type MemoryRow, wasCurrent } from './memory-row.js';

const select = (condition: string) =>
  `select ${memoryColumns()} from threadkeep.memory m where m.user_id = $1 and ${condition}`;

const CURRENT = statement<MemoryRow>(
  'memory.current',
  select(`m.id = $2 and ${isCurrent()} order by m.version desc limit 1`),
);
const NEWEST = statement<MemoryRow>(
  'memory.newest',
  select('m.id = $2 order by m.version desc limit 1'),
);
const AS_OF = statement<MemoryRow>(
  'memory.as_of',
  select(`m.id = $2 and ${wasCurrent('$3::timestamptz')}`),
);
const VERSION = statement<MemoryRow>('memory.version', select('m.id = $2 and m.version = $3'));
const SAME = statement<MemoryRow>(
  'memory.same',
  select('m.fingerprint = $2 and m.superseded_at is null'),
);
const BLOCK = statement<MemoryRow>(
  'memory.block',
  select(`m.label = $2 and m.agent_id is not distinct from $3 and ${isCurrent()}`),
);
const BLOCK_AS_OF = statement<MemoryRow>(
  'memory.block_as_of',
  select(
    `m.label = $2 and m.agent_id is not distinct from $3 and ${wasCurrent('$4::timestamptz')}`,
  ),
);
const BLOCKS = statement<MemoryRow>(
  'memory.blocks',
  select(`m.label is not null and ${isCurrent()} order by m.label, m.id limit $2`),
);
const BLOCKS_AS_OF = statement<MemoryRow>(
  'memory.blocks_as_of',
  select(
    `m.label is not null and ${wasCurrent('$3::timestamptz')} order by m.label, m.id limit $2`,
  ),
);
const HISTORY = statement<MemoryRow & Measured>(
  'memory.history',
  withinBytes(
    `select ${memoryColumns()}, ${memoryBytes()} as bytes from threadkeep.memory m where m.user_id = $1 and m.id = $2 and m.version < $3
      order by m.version desc limit $4`,
    '$5',
  ),
);

const MOMENT = statement<{ moment: string; revision: number }>(
  'memory.moment',
  `select recorded_at as moment, revision from threadkeep.memory where user_id = $1 and revision <= $2 order by revision desc limit 1`,
);

/** Where memories come from. */
export interface LearntFrom {
  sourceMessageId: string | undefined;
  sourceConversationId: string | undefined;
}

@Injectable()
export class MemoriesRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly lists: Lists,
  ) {}

  /** The newest version, where it says something that has not expired by the database's clock. */
  current = (id: string): Promise<MemoryRow | null> => this.one(CURRENT, id);
  /** The newest version, also one that says that there is nothing. */
  newest = (id: string): Promise<MemoryRow | null> => this.one(NEWEST, id);
  asOf = (id: string, moment: string): Promise<MemoryRow | null> => this.one(AS_OF, id, moment);
  version = (id: string, version: number): Promise<MemoryRow | null> =>
    this.one(VERSION, id, version);
  /** Of the newest versions, the one that says the same. */
  same = (fingerprint: Buffer): Promise<MemoryRow | null> => this.one(SAME, fingerprint);
  block = (
    label: string,
    agentId: string | null,
    moment: string | null,
  ): Promise<MemoryRow | null> =>
    moment === null
      ? this.one(BLOCK, label, agentId)
      : this.one(BLOCK_AS_OF, label, agentId, moment);

  /** In the order of their names. */
  blocks(limit: number, moment: string | null): Promise<MemoryRow[]> {
    return moment === null
      ? this.database.read(BLOCKS, () => [this.userId, limit])
      : this.database.read(BLOCKS_AS_OF, () => [this.userId, limit, moment]);
  }

  list(
    query: ListQuery,
    {
      moment,
      sourceMessageId: message,
      sourceConversationId: conversation,
    }: LearntFrom & { moment: string | null },
  ): Promise<Page<MemoryDto>> {
    const from = [
      ...(message ? [learntFrom('message', message)] : []),
      ...(conversation ? [learntFrom('conversation', conversation)] : []),
    ];
    return this.lists.page(memoryList, query, [believed(moment), ...from]);
  }

  /** Newest first, before a version. */
  async history(
    id: string,
    before: number,
    limit: number,
    maxBytes: number,
  ): Promise<PageRows<MemoryRow>> {
    return upTo(
      limit,
      await this.database.read(HISTORY, () => [this.userId, id, before, limit + 1, maxBytes]),
    );
  }

  /** When the last write up to this one was; the beginning of time when there was none. */
  async momentOf(revision: number): Promise<string> {
    const [row] = await this.database.read(MOMENT, () => [this.userId, revision]);
    return row?.moment ?? '0001-01-01T00:00:00.000Z';
  }

  private async one(query: typeof NEWEST, ...values: unknown[]): Promise<MemoryRow | null> {
    const [row] = await this.database.read(query, () => [this.userId, ...values]);
    return row ?? null;
  }

  private get userId(): string {
    return this.contexts.userScope().userId;
  }
}
