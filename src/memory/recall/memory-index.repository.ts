// Reads what the index of a user's memories is built from, and the rows of revisions that it has
// not seen.
import { Injectable } from '@nestjs/common';
import {
  ownedStatement,
  packedBytes,
  ScopedDatabase,
  textBytes,
  withinBytes,
} from '../../platform/database/index.js';
import type { Measured } from '../../platform/list/index.js';
import { IS_NEWEST, wasCurrent } from '../memory-row.js';
import { SealedMemories } from '../sealing/sealed-memories.js';
import {
  type HeadColumns,
  MEMORY_HEAD,
  type MemoryCounters,
  separateHead,
  toCounters,
  type WithHead,
} from './memory-head.js';
import { MAX_UUID, NIL_UUID } from '../../platform/input/index.js';

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

const indexed = `
  m.id, m.revision, m.content, m.tags, m.kind,
  coalesce(m.metadata ->> 'speaker', m.metadata ->> 'name') as speaker, m.agent_id as "agentId",
  m.conversation_id as "conversationId", coalesce(m.valid_from, m.created_at) as at,
  m.created_at as "createdAt"`;

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
  `select ${MEMORY_HEAD}, m.* from threadkeep.memory_head h
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
    `select ${MEMORY_HEAD}${also}, p.ends from threadkeep.memory_head h
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

  private opened(rows: IndexedMemory[]): Promise<IndexedMemory[]> {
    return this.sealing.openAll(rows, unreadable);
  }
}

/** The index drops a text that cannot be opened. */
const unreadable = (row: IndexedMemory): IndexedMemory => ({ ...row, content: null });
