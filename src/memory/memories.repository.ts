// Reads memories as they are now, or as they were at an as-of time.
import { Injectable } from '@nestjs/common';
import {
  ownedStatement,
  type Read,
  ScopedDatabase,
  withinBytes,
} from '../platform/database/index.js';
import {
  type ListQuery,
  Lists,
  type Measured,
  type Page,
  type PageRows,
  upTo,
} from '../platform/list/index.js';
import type { MemoryDto } from './dto/memory.dto.js';
import { type ComparedMemory, similarTo } from './writes/near-memories.js';
import { currentMemories, sourcedFrom, memoryList } from './memory.list.js';
import { SealedFilters } from './sealing/sealed-filters.js';
import { SealedMemories } from './sealing/sealed-memories.js';
import type { AsOf } from './as-of.js';
import { isCurrent, memoryBytes, memoryColumns, type MemoryRow, wasCurrent } from './memory-row.js';

const select = (condition: string) =>
  `select ${memoryColumns()} from threadkeep.memory m where m.user_id = $1 and ${condition}`;

const CURRENT = ownedStatement<MemoryRow>(
  'memory.current',
  select(`m.id = $2 and ${isCurrent()} order by m.version desc limit 1`),
);
const NEWEST = ownedStatement<MemoryRow>(
  'memory.newest',
  select('m.id = $2 order by m.version desc limit 1'),
);
const AS_OF = ownedStatement<MemoryRow>(
  'memory.as_of',
  select(`m.id = $2 and ${wasCurrent('$3::timestamptz')}`),
);
const VERSION = ownedStatement<MemoryRow>('memory.version', select('m.id = $2 and m.version = $3'));
const SAME = ownedStatement<MemoryRow & { similar: ComparedMemory[] | null }>(
  'memory.same',
  `select ${memoryColumns()}, ${similarTo('m')} as similar from threadkeep.memory m
    where m.user_id = $1 and m.fingerprint = $2 and m.superseded_at is null`,
);
/** Versions that cannot be read are the same as none. */
const FREE = ownedStatement(
  'memory.free_fingerprint',
  `update threadkeep.memory set fingerprint = null
    where user_id = $1 and id = $2 and version = $3 and superseded_at is null`,
);
const BLOCK = ownedStatement<MemoryRow>(
  'memory.block',
  select(`m.label = $2 and m.agent_id is not distinct from $3 and ${isCurrent()}`),
);
const BLOCK_AS_OF = ownedStatement<MemoryRow>(
  'memory.block_as_of',
  select(
    `m.label = $2 and m.agent_id is not distinct from $3 and ${wasCurrent('$4::timestamptz')}`,
  ),
);
const BLOCKS = ownedStatement<MemoryRow>(
  'memory.blocks',
  select(`m.label is not null and ${isCurrent()} order by m.label, m.id limit $2`),
);
const BLOCKS_AS_OF = ownedStatement<MemoryRow>(
  'memory.blocks_as_of',
  select(
    `m.label is not null and ${wasCurrent('$3::timestamptz')} order by m.label, m.id limit $2`,
  ),
);
const HISTORY = ownedStatement<MemoryRow & Measured>(
  'memory.history',
  withinBytes(
    `select ${memoryColumns()}, ${memoryBytes()} as bytes from threadkeep.memory m
      where m.user_id = $1 and m.id = $2 and m.version < $3
      order by m.version desc limit $4`,
    '$5',
  ),
);

/** Before every time that a row can have. */
const MIN_TIME = '0001-01-01T00:00:00.000Z';

const TIME_OF_REVISION = ownedStatement<{ moment: string; revision: number }>(
  'memory.moment',
  `select recorded_at as moment, revision from threadkeep.memory where user_id = $1
    and revision <= $2 order by revision desc limit 1`,
);

/** Narrows a list to memories that come from a message or from a conversation. */
export interface SourceFilter {
  sourceMessageId: string | undefined;
  sourceConversationId: string | undefined;
}

@Injectable()
export class MemoriesRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly lists: Lists,
    private readonly sealing: SealedMemories,
    private readonly filters: SealedFilters,
  ) {}

  /** The newest version, unless it has no content or has expired by the database's clock. */
  current = (id: string): Promise<MemoryRow | null> => this.one(CURRENT, id);
  /** The newest version, including one without content (a tombstone). */
  newest = (id: string): Promise<MemoryRow | null> => this.one(NEWEST, id);
  /** The same, whose words may be sealed: for what needs no words, as an erasure. */
  newestAsStored = (id: string): Promise<MemoryRow | null> => this.stored(NEWEST, id);
  asOf = (id: string, asOf: string): Promise<MemoryRow | null> => this.one(AS_OF, id, asOf);
  version = (id: string, version: number): Promise<MemoryRow | null> =>
    this.one(VERSION, id, version);
  /**
   * The newest version of the memory that has this fingerprint, and others that are near. One that
   * cannot be read loses the fingerprint, so that its text can be stored again.
   */
  async findDuplicate(fingerprint: Buffer) {
    const [row] = await this.database.read(SAME, [this.sealing.fingerprint(fingerprint)]);
    if (!row) return null;
    const [known] = await this.sealing.openKnown([row]);
    if (!known) {
      await this.database.write(FREE, [row.id, row.version]);
      return null;
    }
    return (await this.sealing.openSimilar([known]))[0]!;
  }
  block = (
    label: string,
    agentId: string | null,
    asOf: string | null,
  ): Promise<MemoryRow | null> =>
    asOf === null ? this.one(BLOCK, label, agentId) : this.one(BLOCK_AS_OF, label, agentId, asOf);

  /** The current block, whose words may be sealed. */
  blockAsStored = (label: string, agentId: string | null): Promise<MemoryRow | null> =>
    this.stored(BLOCK, label, agentId);

  /** The statement that lists the current blocks by label, whose words may be sealed. */
  blocksRead = (limit: number): Read<MemoryRow> => ({ query: BLOCKS, values: [limit] });

  /** Lists blocks by label. */
  async blocks(limit: number, asOf: string | null): Promise<MemoryRow[]> {
    const rows =
      asOf === null
        ? await this.database.read(BLOCKS, [limit])
        : await this.database.read(BLOCKS_AS_OF, [limit, asOf]);
    return this.sealing.openAll(rows, withoutWords);
  }

  /** Opens the rows of `blocksRead`, without those that cannot be opened. */
  openBlocks = (rows: MemoryRow[]): Promise<MemoryRow[]> => this.sealing.openKnown(rows);

  async list(
    query: ListQuery,
    {
      asOf,
      sourceMessageId: message,
      sourceConversationId: conversation,
    }: SourceFilter & { asOf: string | null },
  ): Promise<Page<MemoryDto>> {
    const from = [
      ...(message ? [sourcedFrom('message', message)] : []),
      ...(conversation ? [sourcedFrom('conversation', conversation)] : []),
    ];
    const within = [currentMemories(asOf), ...from];
    await this.filters.requireStored(query);
    return this.lists.page(memoryList, query, within, {
      prepare: (rows) => this.sealing.openAll(rows, withoutWords),
    });
  }

  /** Lists the versions below `before`, newest first. */
  async history(
    id: string,
    before: number,
    limit: number,
    maxBytes: number,
  ): Promise<PageRows<MemoryRow>> {
    const rows = await this.database.read(HISTORY, [id, before, limit + 1, maxBytes]);
    return upTo(limit, await this.sealing.openAll(rows, withoutWords));
  }

  /**
   * Resolves an as-of point to an RFC 3339 time; null stands for now.
   * A revision resolves to the time of the last write up to it, or to `MIN_TIME` when there is
   * none.
   */
  async resolveAsOf(asOf: AsOf | undefined): Promise<string | null> {
    if (!asOf) return null;
    if ('time' in asOf) return asOf.time;
    const [row] = await this.database.read(TIME_OF_REVISION, [asOf.revision]);
    return row?.moment ?? MIN_TIME;
  }

  /** @throws AppError `vault.unreadable` */
  private async one(query: typeof NEWEST, ...values: unknown[]): Promise<MemoryRow | null> {
    const row = await this.stored(query, ...values);
    return row && this.sealing.open(row);
  }

  private async stored(query: typeof NEWEST, ...values: unknown[]): Promise<MemoryRow | null> {
    const [row] = await this.database.read(query, values);
    return row ?? null;
  }
}

/** A row that cannot be opened, as lists show it. */
const withoutWords = <R extends MemoryRow>(row: R): R => ({
  ...row,
  content: row.content && '',
  ...('reason' in row && { reason: null }),
});
