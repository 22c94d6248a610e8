// What the index of a user's memories is made from, and brought up to date with: the rows of the writes it has not seen.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../../platform/context/index.js';
import { anonymous, packedBytes, ScopedDatabase, statement, textBytes, withinBytes } from '../../platform/database/index.js';
import type { Measured } from '../../platform/list/index.js';
import { memoryBytes, memoryJson, wasCurrent } from '../memory-row.js';
import { conditionsOf, type MemoryFilter } from './memory-filter.js';

/** How far the user's memories have come. */
export interface Head {
  revision: number;
  purged: number;
  embedded: number;
}

/** A memory as the index takes it; without content it is to go. */
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

/** Of one read: a user who has much is read in several. */
const PAGE = { rows: 5_000, bytes: 1_000_000 };

/** Under names that no column of a memory has. */
const head = `h.revision as "headRevision", h.purged as "headPurged", h.embedded as "headEmbedded"`;
const indexed = `
  m.id, m.revision, m.content, m.tags, m.kind, coalesce(m.metadata ->> 'speaker', m.metadata ->> 'name') as speaker, m.agent_id as "agentId",
  m.conversation_id as "conversationId", coalesce(m.valid_from, m.created_at) as at, m.created_at as "createdAt"`;

interface HeadColumns {
  headRevision: number;
  headPurged: number;
  headEmbedded: number;
}

type WithHead<Row> = HeadColumns & (Row | { id: null });

/** Of a version `m`: it is the newest, and says something. */
export const NOW = 'm.superseded_at is null and m.content is not null';
export const isTrueAt = (at: string) =>
  `(m.expires_at is null or m.expires_at > ${at}) and (m.valid_from is null or m.valid_from <= ${at}) and (m.valid_to is null or m.valid_to > ${at})`;

/** Memories of which `condition` is true, in an order, until a page is full. */
const pageOf = (condition: string, order: string): string =>
  withinBytes(
    `select ${indexed}, ${textBytes('m.content')} + ${packedBytes('m.tags')} as bytes from threadkeep.memory m
      where m.user_id = $1 and m.label is null and ${condition} order by ${order} limit ${PAGE.rows}`,
    String(PAGE.bytes),
  );

const withHead = (page: string, also = ''): string =>
  `select ${head}${also}, m.* from threadkeep.memory_head h left join lateral (${page}) m on true where h.user_id = $1`;

/** After a revision, and after an id among those of the revision. */
const SINCE = statement<WithHead<IndexedMemory & Measured>>(
  'memory_index.since',
  withHead(pageOf('(m.revision, m.id) > ($2::integer, $3::uuid) and m.superseded_at is null', 'm.revision, m.id')),
);

/** Those that say something, after an id. Ids are made in the order of time, and the primary key has them in this order. */
const PAGE_OF = statement<WithHead<IndexedMemory & Measured>>(
  'memory_index.page',
  withHead(pageOf('m.id > $2::uuid and m.superseded_at is null and m.content is not null', 'm.id')),
  { slow: true },
);

const AS_OF = statement<WithHead<IndexedMemory & Measured> & { isSettled: boolean }>(
  'memory_index.as_of',
  withHead(pageOf(`m.id > $2::uuid and ${wasCurrent('$3::timestamptz')}`, 'm.id'), `, h.moment > $3::timestamptz as "isSettled"`),
  { slow: true },
);

const texts = (name: string, condition: string) =>
  statement<IndexedMemory & Measured>(name, pageOf(`m.id = any($2::uuid[]) and ${condition}`, 'm.id'), { slow: true });
const TEXTS = texts('memory_index.texts', NOW);
const TEXTS_AS_OF = texts('memory_index.texts_as_of', wasCurrent('$3::timestamptz'));

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Part of what is read, and whether there is more of it. */
export interface IndexPage {
  head: Head;
  memories: IndexedMemory[];
  hasMore: boolean;
}

export interface ArrivedVector {
  id: string;
  arrival: number;
  vector: Buffer;
}

/** Vectors of one read, of at most 4,096 bytes each. */
const VECTORS_READ = 1_000;

const VECTORS = statement<ArrivedVector>(
  'memory_index.vectors',
  `select e.memory_id as id, e.arrival, e.vector from threadkeep.memory_embedding e
     join threadkeep.memory m on m.user_id = $1 and m.id = e.memory_id and m.version = e.version and m.superseded_at is null
    where e.user_id = $1 and (e.arrival, e.memory_id) > ($2, $4::uuid) and e.model = $3 order by e.arrival, e.memory_id limit ${VECTORS_READ}`,
  { slow: true },
);

export interface Found {
  id: string;
  revision: number;
  bytes: number;
  /** As the API shows it; null where it has more bytes than were asked for. */
  json: string | null;
}

const found = (...conditions: string[]) =>
  `select ${head}, m.* from threadkeep.memory_head h
     left join lateral (
       select m.id, m.revision, ${memoryBytes()} as bytes, case when ${memoryBytes()} <= $3 then ${memoryJson()} end as json from threadkeep.memory m
        where m.user_id = $1 and m.id = any($2::uuid[]) and ${conditions.join(' and ')}) m on true
    where h.user_id = $1`;

const FIND = statement<WithHead<Found>>('memory_index.find', found(NOW, isTrueAt('now()')));

@Injectable()
export class MemoryIndexRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
  ) {}

  /** What was written after a revision, and after an id among what that revision wrote. Null when the user has never had a memory. */
  async since(revision: number, afterId = LAST_ID): Promise<IndexPage | null> {
    return paged(await this.database.read(SINCE, () => [this.userId, revision, afterId]));
  }

  async page(afterId: string | null): Promise<IndexPage | null> {
    return paged(await this.database.read(PAGE_OF, () => [this.userId, afterId ?? FIRST_ID]));
  }

  /** `isSettled`: what is written from now on changes nothing of that moment. */
  async asOf(moment: string, afterId: string | null): Promise<(IndexPage & { isSettled: boolean }) | null> {
    const rows = await this.database.read(AS_OF, () => [this.userId, afterId ?? FIRST_ID, moment]);
    const page = paged(rows);
    return page && { ...page, isSettled: rows[0]!.isSettled };
  }

  /** The texts of some memories as they are, or were, until a page is full. */
  texts(ids: string[], moment: string | null): Promise<IndexedMemory[]> {
    if (moment === null) return this.database.read(TEXTS, () => [this.userId, ids]);
    return this.database.read(TEXTS_AS_OF, () => [this.userId, ids, moment]);
  }

  /** In the order in which they came, those of `arrival` after an id. */
  vectors(arrival: number, model: string, afterId = LAST_ID): Promise<ArrivedVector[]> {
    return this.database.read(VECTORS, () => [this.userId, arrival, model, afterId]);
  }

  /**
   * Those of the ids that are there and may be shown, in one round trip with how far the memories have come. Null when there never was one.
   * @param maxBytes of one memory: of a larger one the JSON is left out
   */
  async find(ids: string[], filter: MemoryFilter | null, moment: string | null, maxBytes: number): Promise<{ head: Head; memories: Found[] } | null> {
    if (filter === null && moment === null) return split<Found>(await this.database.read(FIND, () => [this.userId, ids, maxBytes]));
    const values: unknown[] = [];
    const parameter = (value: unknown, type: string) => `$${values.push(value) + 3}::${type}`;
    const at = moment === null ? 'now()' : parameter(moment, 'timestamptz');
    const text = found(moment === null ? NOW : wasCurrent(at), isTrueAt(at), ...conditionsOf(filter, 'm', parameter));
    return split<Found>(await this.database.read(anonymous<WithHead<Found>>(text), () => [this.userId, ids, maxBytes, ...values]));
  }

  private get userId(): string {
    return this.contexts.userScope().userId;
  }
}

function paged(rows: WithHead<IndexedMemory & Measured>[]): IndexPage | null {
  const read = split<IndexedMemory & Measured>(rows);
  if (!read) return null;
  const found = read.memories[0]?.found ?? 0;
  return { ...read, hasMore: found === PAGE.rows || found > read.memories.length };
}

function split<R extends { id: string }>(rows: WithHead<R>[]): { head: Head; memories: R[] } | null {
  const [first] = rows;
  if (!first) return null;
  const { headRevision: revision, headPurged: purged, headEmbedded: embedded } = first;
  return { head: { revision, purged, embedded }, memories: rows.filter(({ id }) => id !== null) as unknown as R[] };
}
