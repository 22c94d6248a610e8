// Reads the memories that a search found, as the API or a context shows them.
import { Injectable } from '@nestjs/common';
import {
  ownedAnonymous,
  ownedStatement,
  type Read,
  ScopedDatabase,
} from '../../platform/database/index.js';
import type { MemoryKind } from '../memory.entity.js';
import {
  IS_NEWEST,
  isValidAt,
  memoryBytes,
  memoryJson,
  sourceTellers,
  utc,
  wasCurrent,
} from '../memory-row.js';
import { SealedMemories } from '../sealing/sealed-memories.js';
import { memoryConditions, type MemoryFilter } from './memory-filter.js';
import {
  MEMORY_HEAD,
  type MemoryCounters,
  separateHead,
  toCounters,
  type WithHead,
} from './memory-head.js';

export interface FoundMemories {
  head: MemoryCounters;
  memories: FoundMemoryRow[];
}

export interface FoundMemoryRow {
  id: string;
  revision: number;
  bytes: number;
  /** The memory as the API returns it; null when it has more bytes than were asked for. */
  json: string | null;
  /** True when only a write can change what is shown of it: neither time nor another table. */
  isLasting: boolean;
}

/**
 * A removed source message changes what is shown of a memory without a new revision. A memory whose
 * `valid_from` has come stays valid.
 */
const IS_LASTING = '(m.expires_at is null and m.valid_to is null and not m.has_sources)';

const found = (json: string, ...conditions: string[]) =>
  `select ${MEMORY_HEAD}, m.* from threadkeep.memory_head h
     left join lateral (
       select m.id, m.revision, ${memoryBytes()} as bytes, ${IS_LASTING} as "isLasting",
         case when ${memoryBytes()} <= $3 then ${json} end as json from threadkeep.memory m
        where m.user_id = $1 and m.id = any($2::uuid[]) and ${conditions.join(' and ')}) m on true
    where h.user_id = $1`;

const FIND = ownedStatement<WithHead<FoundMemoryRow>>(
  'memory_index.find',
  found(memoryJson(), IS_NEWEST, isValidAt('now()')),
);

/** For a search without hits. PostgreSQL would plan `find` anew for each empty list. */
const HEAD = ownedStatement<WithHead<FoundMemoryRow>>(
  'memory_index.head',
  `select ${MEMORY_HEAD}, null::uuid as id from threadkeep.memory_head h where h.user_id = $1`,
);

/** A memory as contexts get it. */
export interface ContextMemory {
  id: string;
  version: number;
  kind: MemoryKind | 'block';
  content: string;
  updatedAt: string;
  /** Roles of its source messages, or `import`. */
  tellers: string[];
}

/** SQL for a `ContextMemory` as JSON. */
const contextJson = `
  (select row_to_json(shown)::text from (
    select m.id, m.version, m.kind, m.content, ${utc('m.recorded_at')} as "updatedAt",
      ${sourceTellers('m', '$1')} as tellers) shown)`;

/** The filter of contexts. A named statement is planned once, and a context always has this one. */
export type ContextFilter = Required<Pick<MemoryFilter, 'usableIn' | 'usableBy'>>;
const isContextFilter = (filter: MemoryFilter | null): filter is ContextFilter =>
  filter?.usableIn !== undefined &&
  filter.usableBy !== undefined &&
  Object.keys(filter).length === 2;
const USABLE: ContextFilter = { usableIn: '$4', usableBy: '$5' };
const FIND_USABLE = ownedStatement<WithHead<FoundMemoryRow>>(
  'memory_index.find_usable',
  found(
    contextJson,
    IS_NEWEST,
    isValidAt('now()'),
    ...memoryConditions(USABLE, (position, type) => `${String(position)}::${type}`),
  ),
);

@Injectable()
export class FoundMemoriesRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly sealing: SealedMemories,
  ) {}

  /**
   * The statement that reads the memories among `ids` that a context may have, and the counters.
   * Their JSON is that of a `ContextMemory`.
   * @param maxBytes as of `find`
   */
  usableRead(
    ids: string[],
    { usableIn, usableBy }: ContextFilter,
    maxBytes: number,
  ): Read<WithHead<FoundMemoryRow>> {
    return ids.length === 0
      ? { query: HEAD, values: [] }
      : { query: FIND_USABLE, values: [ids, maxBytes, usableIn, usableBy] };
  }

  /** Takes the rows of `usableRead` apart. Null when the user never had a memory. */
  toFoundMemories = (rows: object[]): Promise<FoundMemories | null> =>
    this.found(rows as WithHead<FoundMemoryRow>[]);

  /** Reads the counters. Returns null when the user never had a memory. */
  async head(): Promise<MemoryCounters | null> {
    const [row] = await this.database.read(HEAD, []);
    return row ? toCounters(row) : null;
  }

  /**
   * Reads the memories among `ids` that the caller may see, together with the counters, in one
   * round trip. Returns null when the user never had a memory. With the filter of contexts, their
   * JSON is that of a `ContextMemory`.
   * @param maxBytes of one memory: a larger one comes without its JSON
   */
  async find(
    ids: string[],
    filter: MemoryFilter | null,
    asOf: string | null,
    maxBytes: number,
  ): Promise<FoundMemories | null> {
    if (ids.length === 0) {
      const head = await this.head();
      return head && { head, memories: [] };
    }
    if (filter === null && asOf === null)
      return this.found(await this.database.read(FIND, [ids, maxBytes]));
    if (isContextFilter(filter) && asOf === null) {
      const { query, values } = this.usableRead(ids, filter, maxBytes);
      return this.found(await this.database.read(query, values));
    }
    const values: unknown[] = [];
    const parameter = (value: unknown, type: string) => `$${values.push(value) + 3}::${type}`;
    const at = asOf === null ? 'now()' : parameter(asOf, 'timestamptz');
    const text = found(
      memoryJson(),
      asOf === null ? IS_NEWEST : wasCurrent(at),
      isValidAt(at),
      ...memoryConditions(filter, parameter),
    );
    return this.found(
      await this.database.read(ownedAnonymous<WithHead<FoundMemoryRow>>(text), [
        ids,
        maxBytes,
        ...values,
      ]),
    );
  }

  /** Leaves out what cannot be opened. */
  private async found(rows: WithHead<FoundMemoryRow>[]): Promise<FoundMemories | null> {
    const found = separateHead<FoundMemoryRow>(rows);
    if (!found) return null;
    const texts = await this.sealing.openJson(found.memories.map(({ json }) => json));
    const memories = found.memories.flatMap((row, i) => {
      if (row.json !== null && texts[i] === null) return [];
      // A sealed one has to be opened each time: its data key may be gone.
      return [{ ...row, json: texts[i]!, isLasting: row.isLasting && texts[i] === row.json }];
    });
    return { head: found.head, memories };
  }
}
