// Every write adds versions: none is changed but for the moment at which it ceased to be the newest, and by forgetting.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase, statement } from '../../platform/database/index.js';
import type { MemoryAction } from '../memory.entity.js';
import type { MemoryValues } from '../memory-row.js';

/** A version to be written. */
export interface NewVersion extends MemoryValues {
  id: string;
  fingerprint: Buffer | null;
  sourceMessageIds: string[];
  actor: string;
  reason: string | null;
}

/** The order of a write among the user's, and its time. */
export interface Written {
  revision: number;
  recordedAt: string;
}

export type Created = Written & { id: string };

/** Takes the user's writes one after the other, each at a later moment than the one before. */
export const HEAD = `
  head as (
    insert into threadkeep.memory_head as h (user_id, revision, moment, purged, embedded, embedded_to) values ($1, 1, clock_timestamp(), 0, 0, 0)
    on conflict (user_id) do update set revision = h.revision + 1, moment = greatest(clock_timestamp(), h.moment + interval '1 millisecond')
    returning revision, moment)`;

/** In the order of the parameters. */
const VALUES: [column: string, type: string][] = [
  ['id', 'uuid'],
  ['kind', 'text'],
  ['label', 'text'],
  ['content', 'text'],
  ['importance', 'double precision'],
  ['metadata', 'jsonb'],
  ['agent_id', 'text'],
  ['conversation_id', 'uuid'],
  ['valid_from', 'timestamptz'],
  ['valid_to', 'timestamptz'],
  ['expires_at', 'timestamptz'],
  ['fingerprint', 'bytea'],
  ['actor', 'text'],
  ['reason', 'text'],
  ['has_sources', 'boolean'],
];
export const columns = VALUES.map(([column]) => column).join(', ');

const valuesOf = (version: NewVersion, hadSources: boolean): unknown[] => [
  version.id,
  version.kind,
  version.label,
  version.content,
  version.importance,
  version.metadata && JSON.stringify(version.metadata),
  version.agentId,
  version.conversationId,
  version.validFrom,
  version.validTo,
  version.expiresAt,
  version.fingerprint,
  version.actor,
  version.reason,
  hadSources || version.sourceMessageIds.length > 0,
];

/** Whoever says the same again writes nothing here. */
const UNLESS_SAID = `on conflict (user_id, fingerprint) where superseded_at is null and fingerprint is not null do nothing`;

const CREATE_ONE = statement<Created>(
  'memory.create_one',
  `with ${HEAD}
   insert into threadkeep.memory (user_id, version, revision, recorded_at, created_at, action, strength, ${columns}, tags)
   select $1, 1, revision, moment, moment, 'create', 1, ${VALUES.map((_, i) => `$${i + 2}`).join(', ')}, $${VALUES.length + 2} from head
   ${UNLESS_SAID}
   returning id, revision, recorded_at as "recordedAt"`,
);

/** Arrays of the values, tags as an array of JSON arrays, and the sources: the number of the memory beside the id of the message. */
const [TAGS, SOURCE_OF, SOURCE] = [VALUES.length + 2, VALUES.length + 3, VALUES.length + 4];
const CREATE_MANY = statement<Created>(
  'memory.create_many',
  `with ${HEAD}, given as (
     select * from unnest(${VALUES.map(([, type], i) => `$${i + 2}::${type}[]`).join(', ')}, $${TAGS}::jsonb[]) with ordinality as g (${columns}, tags, position)
   ), added as (
     insert into threadkeep.memory (user_id, version, revision, recorded_at, created_at, action, strength, ${columns}, tags)
     select $1, 1, head.revision, head.moment, head.moment, 'create', 1, ${VALUES.map(([column]) => `g.${column}`).join(', ')},
            array(select jsonb_array_elements_text(g.tags))
       from head, given g order by g.position
     ${UNLESS_SAID}
     returning id, revision, recorded_at
   ), sourced as (
     insert into threadkeep.memory_source (user_id, memory_id, version, message_id)
     select $1, added.id, 1, s.message_id
       from unnest($${SOURCE_OF}::integer[], $${SOURCE}::uuid[]) as s (position, message_id)
       join given g on g.position = s.position join added on added.id = g.id)
   select id, revision, recorded_at as "recordedAt" from added`,
  { slow: true },
);

/** The next version of a memory whose newest is $2; nothing when it is not. */
const [EXPECTED, ACTION, STRENGTH, SOURCES, NEW_TAGS] = [
  VALUES.length + 2,
  VALUES.length + 3,
  VALUES.length + 4,
  VALUES.length + 5,
  VALUES.length + 6,
];
const REPLACE = statement<Written>(
  'memory.replace',
  `with ${HEAD}, old as (
     update threadkeep.memory m set superseded_at = head.moment from head
      where m.user_id = $1 and m.id = $2 and m.version = $${EXPECTED} and m.superseded_at is null
     returning m.created_at
   ), added as (
     insert into threadkeep.memory (user_id, version, revision, recorded_at, created_at, action, strength, ${columns}, tags)
     select $1, $${EXPECTED}::integer + 1, head.revision, head.moment, old.created_at, $${ACTION}, $${STRENGTH}, ${VALUES.map((_, i) => `$${i + 2}`).join(', ')}, $${NEW_TAGS}
       from head, old
     returning revision, recorded_at
   ), sourced as (
     insert into threadkeep.memory_source (user_id, memory_id, version, message_id)
     select $1, $2, $${EXPECTED}::integer + 1, s from added, unnest($${SOURCES}::uuid[]) s)
   select revision, recorded_at as "recordedAt" from added`,
);

const NEXT = statement<Written>(
  'memory.next',
  `with ${HEAD} select revision, moment as "recordedAt" from head`,
);

/** Of all versions; nothing when there is no content in any. */
const ERASE = statement<{ version: number }>(
  'memory.erase',
  `with erased as (
     update threadkeep.memory
        set content = null, tags = '{}', metadata = null, agent_id = null, fingerprint = null, reason = null, superseded_at = coalesce(superseded_at, $3)
      where user_id = $1 and id = $2 and exists (
        select from threadkeep.memory c where c.user_id = $1 and c.id = $2 and c.content is not null)
     returning version
   ), vectors as (
     delete from threadkeep.memory_embedding where user_id = $1 and memory_id = $2)
   select max(version) as version from erased having count(*) > 0`,
);

const TOMBSTONE = statement(
  'memory.tombstone',
  `insert into threadkeep.memory (user_id, id, version, revision, recorded_at, created_at, action, strength, kind, label, agent_id, conversation_id, importance,
                                  actor, reason, has_sources, tags)
   select $1, id, version + 1, $4, $5, created_at, $6, strength, kind, label, agent_id, conversation_id, importance, $7, $8, has_sources, '{}'
     from threadkeep.memory where user_id = $1 and id = $2 and version = $3`,
);

const PURGE = statement<{ count: number }>(
  'memory.purge',
  `with gone as (delete from threadkeep.memory where user_id = $1 and id = $2 returning 1),
        noted as (update threadkeep.memory_head set purged = purged + 1 where user_id = $1 and exists (select from gone))
   select count(*)::integer as count from gone`,
);

@Injectable()
export class MemoryWritesRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
  ) {}

  /** Null when the same has been said before. */
  async createOne(version: NewVersion): Promise<Created | null> {
    if (version.sourceMessageIds.length > 0) return (await this.createMany([version]))[0] ?? null;
    const [row] = await this.database.write(CREATE_ONE, () => [
      this.userId,
      ...valuesOf(version, false),
      version.tags,
    ]);
    return row ?? null;
  }

  /** Those of them that had not been said before. */
  createMany(versions: NewVersion[]): Promise<Created[]> {
    const rows = versions.map((version) => valuesOf(version, false));
    const arrays = VALUES.map((_, column) => rows.map((row) => row[column]));
    const sources = versions.flatMap(({ sourceMessageIds }, i) =>
      sourceMessageIds.map((id) => [i + 1, id] as const),
    );
    const tags = versions.map((version) => JSON.stringify(version.tags));
    return this.database.write(CREATE_MANY, () => [
      this.userId,
      ...arrays,
      tags,
      sources.map(([position]) => position),
      sources.map(([, id]) => id),
    ]);
  }

  /** Null when `expected` is not the newest version. */
  async replace(
    next: NewVersion,
    {
      expected,
      action,
      strength,
      hadSources,
    }: { expected: number; action: MemoryAction; strength: number; hadSources: boolean },
  ): Promise<Written | null> {
    const [row] = await this.database.write(REPLACE, () => [
      this.userId,
      ...valuesOf(next, hadSources),
      expected,
      action,
      strength,
      next.sourceMessageIds,
      next.tags,
    ]);
    return row ?? null;
  }

  /** Takes the turn of a write that is more than one statement: inside a transaction only, which it holds the user's other writes off until its end. */
  async next(): Promise<Written> {
    const [row] = await this.database.write(NEXT, () => [this.userId]);
    return row!;
  }

  /** Inside the transaction of `next()`. @returns false when nothing of the memory is left to be erased. */
  async erase(
    id: string,
    { revision, recordedAt }: Written,
    action: 'forget' | 'expire',
    actor: string,
    reason: string | null,
  ): Promise<boolean> {
    const [erased] = await this.database.write(ERASE, () => [this.userId, id, recordedAt]);
    if (!erased) return false;
    await this.database.write(TOMBSTONE, () => [
      this.userId,
      id,
      erased.version,
      revision,
      recordedAt,
      action,
      actor,
      reason,
    ]);
    return true;
  }

  /** Inside the transaction of `next()`. @returns false when there is no such memory. */
  async purge(id: string): Promise<boolean> {
    const [row] = await this.database.write(PURGE, () => [this.userId, id]);
    return row!.count > 0;
  }

  private get userId(): string {
    return this.contexts.userScope().userId;
  }
}
