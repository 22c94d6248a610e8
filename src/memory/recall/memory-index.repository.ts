// What the index of a user's memories is made from, and brought up to date with: the rows of the writes it has not seen.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../../platform/context/index.js';
import { anonymous, ScopedDatabase, statement } from '../../platform/database/index.js';
import { memoryJson, wasCurrent } from '../memory-row.js';
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
  content: string | null;
  tags: string[];
  kind: string;
  speaker: string | null;
  agentId: string | null;
  conversationId: string | null;
  at: string;
  createdAt: string;
}

/** Rows of one read: a user who has many is read in several. */
export const PAGE = 5_000;

/** Under names that no column of a memory has. */
const head = `h.revision as "headRevision", h.purged as "headPurged", h.embedded as "headEmbedded"`;
const indexed = `
  m.id, m.content, m.tags, m.kind, coalesce(m.metadata ->> 'speaker', m.metadata ->> 'name') as speaker, m.agent_id as "agentId",
  m.conversation_id as "conversationId", coalesce(m.valid_from, m.created_at) as at, m.created_at as "createdAt"`;

interface HeadColumns {
  headRevision: number;
  headPurged: number;
  headEmbedded: number;
}

type WithHead<Row> = HeadColumns & (Row | { id: null });

const SINCE = statement<WithHead<IndexedMemory>>(
  'memory_index.since',
  `select ${head}, m.* from threadkeep.memory_head h
     left join lateral (
       select ${indexed} from threadkeep.memory m
        where m.user_id = $1 and m.revision > $2 and m.superseded_at is null and m.label is null
        order by m.created_at, m.id limit $3) m on true
    where h.user_id = $1`,
);

/** Of those that say something, in the order in which they came, after one. */
const PAGE_OF = statement<WithHead<IndexedMemory>>(
  'memory_index.page',
  `select ${head}, m.* from threadkeep.memory_head h
     left join lateral (
       select ${indexed} from threadkeep.memory m
        where m.user_id = $1 and m.superseded_at is null and m.content is not null and m.label is null and (m.created_at, m.id) > ($2::timestamptz, $3::uuid)
        order by m.created_at, m.id limit $4) m on true
    where h.user_id = $1`,
  { slow: true },
);

const AS_OF = statement<IndexedMemory>(
  'memory_index.as_of',
  `select ${indexed} from threadkeep.memory m where m.user_id = $1 and m.label is null and ${wasCurrent('$2::timestamptz')} order by m.created_at, m.id`,
  { slow: true },
);

export interface ArrivedVector {
  id: string;
  arrival: number;
  vector: Buffer;
}

const VECTORS = statement<ArrivedVector>(
  'memory_index.vectors',
  `select e.memory_id as id, e.arrival, e.vector from threadkeep.memory_embedding e
     join threadkeep.memory m on m.user_id = $1 and m.id = e.memory_id and m.version = e.version and m.superseded_at is null
    where e.user_id = $1 and e.arrival > $2 and e.model = $3 order by e.arrival`,
  { slow: true },
);

export interface Found {
  id: string;
  revision: number;
  /** As the API shows it. */
  json: string;
}

const found = (...conditions: string[]) =>
  `select ${head}, m.* from threadkeep.memory_head h
     left join lateral (
       select m.id, m.revision, ${memoryJson()} as json from threadkeep.memory m
        where m.user_id = $1 and m.id = any($2::uuid[]) and ${conditions.join(' and ')}) m on true
    where h.user_id = $1`;

/** Of a version `m`: it is the newest, and says something. */
export const NOW = 'm.superseded_at is null and m.content is not null';
export const isTrueAt = (at: string) =>
  `(m.expires_at is null or m.expires_at > ${at}) and (m.valid_from is null or m.valid_from <= ${at}) and (m.valid_to is null or m.valid_to > ${at})`;

const FIND = statement<WithHead<Found>>('memory_index.find', found(NOW, isTrueAt('now()')));

@Injectable()
export class MemoryIndexRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
  ) {}

  /** Null when the user has never had a memory. */
  async since(revision: number): Promise<{ head: Head; memories: IndexedMemory[] } | null> {
    return split<IndexedMemory>(await this.database.read(SINCE, () => [this.userId, revision, PAGE]));
  }

  async page(after: { createdAt: string; id: string } | null): Promise<{ head: Head; memories: IndexedMemory[] } | null> {
    const { createdAt, id } = after ?? { createdAt: '0001-01-01T00:00:00Z', id: '00000000-0000-0000-0000-000000000000' };
    return split<IndexedMemory>(await this.database.read(PAGE_OF, () => [this.userId, createdAt, id, PAGE]));
  }

  asOf(moment: string): Promise<IndexedMemory[]> {
    return this.database.read(AS_OF, () => [this.userId, moment]);
  }

  vectors(arrival: number, model: string): Promise<ArrivedVector[]> {
    return this.database.read(VECTORS, () => [this.userId, arrival, model]);
  }

  /** Those of the ids that are there and may be shown, in one round trip with how far the memories have come. Null when there never was one. */
  async find(ids: string[], filter: MemoryFilter | null, moment: string | null): Promise<{ head: Head; memories: Found[] } | null> {
    if (filter === null && moment === null) return split<Found>(await this.database.read(FIND, () => [this.userId, ids]));
    const values: unknown[] = [];
    const parameter = (value: unknown, type: string) => `$${values.push(value) + 2}::${type}`;
    const at = moment === null ? 'now()' : parameter(moment, 'timestamptz');
    const text = found(moment === null ? NOW : wasCurrent(at), isTrueAt(at), ...conditionsOf(filter, 'm', parameter));
    return split<Found>(await this.database.read(anonymous<WithHead<Found>>(text), () => [this.userId, ids, ...values]));
  }

  private get userId(): string {
    return this.contexts.userScope().userId;
  }
}

function split<R extends { id: string }>(rows: WithHead<R>[]): { head: Head; memories: R[] } | null {
  const [first] = rows;
  if (!first) return null;
  const { headRevision: revision, headPurged: purged, headEmbedded: embedded } = first;
  return { head: { revision, purged, embedded }, memories: rows.filter(({ id }) => id !== null) as unknown as R[] };
}
