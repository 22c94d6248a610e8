// Reads what the index of a user's memories is built from, and the rows of revisions that it has
// not seen.
import { Injectable } from '@nestjs/common';
import {
  ownedAnonymous,
  ownedStatement,
  packedBytes,
  type Read,
  ScopedDatabase,
  textBytes,
  withinBytes,
} from '../../platform/database/index.js';
import type { Measured } from '../../platform/list/index.js';
import type { MemoryKind } from '../memory.entity.js';
import { memoryBytes, memoryJson, sourceTellers, utc, wasCurrent } from '../memory-row.js';
import { SealedMemories } from '../sealing/sealed-memories.js';
import { memoryConditions, type MemoryFilter } from './memory-filter.js';
import { MAX_UUID, NIL_UUID } from '../../platform/input/index.js';

/** The counters of the user's memory head. They tell how far the user's memories have come. */
export interface MemoryCounters {
  revision: number;
  purged: number;
  embedded: number;
}

/** A memory as the index reads it. Without content, it is to be removed. */
export interface IndexedMemory {
  id: string;
  revision: number;
  content: string | null;
  tags: string[];
  kind: string;
  speaker: string | null;
  agentId: string | null;
  conversationId: string | null;
  at: string;
  createdAt: string;
}

/** Limits of one read; more is read in several. */
const MEMORY_PAGE = { rows: 5_000, bytes: 1_000_000 };

/** Named so that no column of a memory has the same name. */
const head = `h.revision as "headRevision", h.purged as "headPurged", h.embedded as "headEmbedded"`;
const indexed = `
  m.id, m.revision, m.content, m.tags, m.kind,
  coalesce(m.metadata ->> 'speaker', m.metadata ->> 'name') as speaker, m.agent_id as "agentId",
  m.conversation_id as "conversationId", coalesce(m.valid_from, m.created_at) as at,
  m.created_at as "createdAt"`;

interface HeadColumns {
  headRevision: number;
  headPurged: number;
  headEmbedded: number;
}

type WithHead<Row> = HeadColumns & (Row | { id: null });

/** True for a version `m` that is the newest and has content. */
export const IS_NEWEST = 'm.superseded_at is null and m.content is not null';
export const isValidAt = (at: string) =>
  `(m.expires_at is null or m.expires_at > ${at})
    and (m.valid_from is null or m.valid_from <= ${at})
    and (m.valid_to is null or m.valid_to > ${at})`;

/** Selects memories in an order, until a page is full. */
const pageWhere = (condition: string, order: string): string =>
  withinBytes(
    `select ${indexed}, ${textBytes('m.content')} + ${packedBytes('m.tags')} as bytes
      from threadkeep.memory m
      where m.user_id = $1 and m.label is null and ${condition} order by ${order}
        limit ${MEMORY_PAGE.rows}`,
    String(MEMORY_PAGE.bytes),
  );

/** Rows after a revision, up to one page. */
const SINCE = ownedStatement<WithHead<IndexedMemory & Measured>>(
  'memory_index.since',
  `select ${head}, m.* from threadkeep.memory_head h
     left join lateral (${pageWhere('m.revision > $2 and m.superseded_at is null', 'm.revision, m.id')}) m on true
    where h.user_id = $1`,
);

/** The versions that an index is built from: the current ones, or those of an as-of time. */
const CURRENT_MEMORIES = `m.label is null and ${IS_NEWEST}`;
const memoriesAsOf = (asOf: string) => `m.label is null and ${wasCurrent(asOf)}`;

/**
 * Divides the memories by id (ids are in the order of time) into parts of one page each, and
 * returns the last id of each part.
 * A part is then a range of the primary key, whatever row count PostgreSQL estimates for the user.
 */
const parts = (name: string, condition: string, also = '') =>
  ownedStatement<HeadColumns & { ends: string[] | null; isSettled?: boolean }>(
    name,
    `select ${head}${also}, p.ends from threadkeep.memory_head h
       left join lateral (
         select array_agg(id order by id) as ends from (
           select id, part, lead(part) over (order by id) as following from (
             select id, div(sum(bytes) over (order by id rows unbounded preceding),
               ${MEMORY_PAGE.bytes}) as part from (
               select m.id, (${textBytes('m.content')} + ${packedBytes('m.tags')}
                 + ${Math.ceil(MEMORY_PAGE.bytes / MEMORY_PAGE.rows)})::bigint as bytes
                 from threadkeep.memory m where m.user_id = $1
                   and ${condition} offset 0) measured) summed) numbered
          where following is distinct from part) p on true
      where h.user_id = $1`,
    { slow: true },
  );
const PARTS = parts('memory_index.parts', CURRENT_MEMORIES);
const PARTS_AS_OF = parts(
  'memory_index.parts_as_of',
  memoriesAsOf('$2::timestamptz'),
  `, h.moment > $2::timestamptz as "isSettled"`,
);

const part = (name: string, condition: string) =>
  ownedStatement<IndexedMemory>(
    name,
    `select ${indexed} from threadkeep.memory m where m.user_id = $1 and m.id > $2 and m.id <= $3
      and ${condition} order by m.created_at, m.id`,
    { slow: true },
  );
const PART = part('memory_index.part', CURRENT_MEMORIES);
const PART_AS_OF = part('memory_index.part_as_of', memoriesAsOf('$4::timestamptz'));

const texts = (name: string, condition: string) =>
  ownedStatement<IndexedMemory & Measured>(
    name,
    pageWhere(`m.id = any($2::uuid[]) and ${condition}`, 'm.id'),
    { slow: true },
  );
const TEXTS = texts('memory_index.texts', IS_NEWEST);
const TEXTS_AS_OF = texts('memory_index.texts_as_of', wasCurrent('$3::timestamptz'));

/** The changes after a revision, up to one page. */
export interface MemoryChanges {
  head: MemoryCounters;
  memories: IndexedMemory[];
  hasMore: boolean;
}

/** The ranges of ids in which all memories are read. */
export interface MemoryParts {
  head: MemoryCounters;
  /** True when later writes cannot change this as-of time any more. */
  isSettled: boolean;
  /** The last id of each part, in order. */
  ends: string[];
}

export interface ArrivedVector {
  id: string;
  arrival: number;
  vector: Buffer;
  isSealed: boolean;
}

/** Its vector is null when it cannot be opened. */
export type OpenedVector = Omit<ArrivedVector, 'vector'> & { vector: Buffer | null };

/** Vectors per read; each has at most 4,096 bytes. */
const VECTORS_PER_READ = 1_000;

const VECTORS = ownedStatement<ArrivedVector>(
  'memory_index.vectors',
  `select e.memory_id as id, e.arrival, e.vector, e.model <> $3 as "isSealed"
     from threadkeep.memory_embedding e
     join threadkeep.memory m on m.user_id = $1 and m.id = e.memory_id and m.version = e.version
       and m.superseded_at is null
    where e.user_id = $1 and (e.arrival, e.memory_id) > ($2, $4::uuid) and e.model in ($3, 'sealed:' || $3)
      order by e.arrival, e.memory_id limit ${VECTORS_PER_READ}`,
  { slow: true },
);

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
}

const found = (json: string, ...conditions: string[]) =>
  `select ${head}, m.* from threadkeep.memory_head h
     left join lateral (
       select m.id, m.revision, ${memoryBytes()} as bytes,
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
  `select ${head}, null::uuid as id from threadkeep.memory_head h where h.user_id = $1`,
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
export class MemoryIndexRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly sealing: SealedMemories,
  ) {}

  /** Reads what was written after a revision. Returns null when the user never had a memory. */
  async since(revision: number): Promise<MemoryChanges | null> {
    const read = separateHead<IndexedMemory & Measured>(
      await this.database.read(SINCE, [revision]),
    );
    if (!read) return null;
    const found = read.memories[0]?.found ?? 0;
    const hasMore = found === MEMORY_PAGE.rows || found > read.memories.length;
    return { head: read.head, memories: await this.opened(read.memories), hasMore };
  }

  /**
   * Divides the memories into parts, now or at an as-of time. Returns null when the user never had
   * a memory.
   */
  async parts(asOf: string | null): Promise<MemoryParts | null> {
    const [row] =
      asOf === null
        ? await this.database.read(PARTS, [])
        : await this.database.read(PARTS_AS_OF, [asOf]);
    return row
      ? { head: toCounters(row), isSettled: row.isSettled === true, ends: row.ends ?? [] }
      : null;
  }

  /**
   * Reads the memories of a part in the order of creation.
   * @param after the end of the part before; null for the first part
   */
  async part(after: string | null, upTo: string, asOf: string | null): Promise<IndexedMemory[]> {
    const range = [after ?? NIL_UUID, upTo];
    const rows =
      asOf === null
        ? this.database.read(PART, range)
        : this.database.read(PART_AS_OF, [...range, asOf]);
    return this.opened(await rows);
  }

  /** Reads the texts of some memories, now or at an as-of time, until a page is full. */
  async texts(ids: string[], asOf: string | null): Promise<IndexedMemory[]> {
    const rows =
      asOf === null
        ? this.database.read(TEXTS, [ids])
        : this.database.read(TEXTS_AS_OF, [ids, asOf]);
    return this.opened(await rows);
  }

  /**
   * Reads vectors in the order of arrival: those after `arrival`, and those of that same arrival
   * with an id after `afterId`.
   */
  async vectors(arrival: number, model: string, afterId = MAX_UUID): Promise<OpenedVector[]> {
    return this.sealing.openVectors(await this.database.read(VECTORS, [arrival, model, afterId]));
  }

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
    if (ids.length === 0) return separateHead(await this.database.read(HEAD, []));
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

  private opened(rows: IndexedMemory[]): Promise<IndexedMemory[]> {
    return this.sealing.openAll(rows, unreadable);
  }

  /** Leaves out what cannot be opened. */
  private async found(rows: WithHead<FoundMemoryRow>[]): Promise<FoundMemories | null> {
    const found = separateHead<FoundMemoryRow>(rows);
    if (!found) return null;
    const texts = await this.sealing.openJson(found.memories.map(({ json }) => json));
    const memories = found.memories.flatMap((row, i) =>
      row.json !== null && texts[i] === null ? [] : [{ ...row, json: texts[i]! }],
    );
    return { head: found.head, memories };
  }
}

/** The index drops a text that cannot be opened. */
const unreadable = (row: IndexedMemory): IndexedMemory => ({ ...row, content: null });

function separateHead<R extends { id: string }>(
  rows: WithHead<R>[],
): { head: MemoryCounters; memories: R[] } | null {
  const [first] = rows;
  if (!first) return null;
  return {
    head: toCounters(first),
    memories: rows.filter(({ id }) => id !== null) as unknown as R[],
  };
}

const toCounters = ({
  headRevision: revision,
  headPurged: purged,
  headEmbedded: embedded,
}: HeadColumns): MemoryCounters => ({ revision, purged, embedded });
