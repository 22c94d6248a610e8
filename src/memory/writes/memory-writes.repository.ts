// Every write adds versions. A stored version changes in two cases only: it is superseded, or its
// content is erased.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import { SealedMemories } from '../sealing/sealed-memories.js';
import { isSealedSql } from '../sealing/sealed-words.js';
import { type ComparedMemory, similarTo } from './near-memories.js';
import type { MemoryAction } from '../memory.entity.js';
import type { NewVersion } from '../memory-row.js';

export type { NewVersion };

/** The revision and time of a write: its place among all writes of the user's memories. */
export interface WriteRevision {
  revision: number;
  recordedAt: string;
}

export type CreatedMemory = WriteRevision & { id: string; similar: ComparedMemory[] | null };

/**
 * Serialises the writes of a user: each locks the head, and gets the next revision and a later
 * time.
 */
export const NEXT_HEAD = `
  head as (
    insert into threadkeep.memory_head as h (user_id, revision, moment, purged, embedded,
      embedded_to)
      values ($1, 1, clock_timestamp(), 0, 0, 0)
    on conflict (user_id) do update set revision = h.revision + 1,
      moment = greatest(clock_timestamp(), h.moment + interval '1 millisecond')
    returning revision, moment)`;

/** In the order of the bind parameters. A list is sent as the text of an array, to be cast. */
const VALUE_COLUMNS: [column: string, type: string, cast?: string][] = [
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
  ['supersedes', 'text', '::uuid[]'],
  ['superseded_by', 'uuid'],
  ['near_fingerprint', 'bigint'],
];
export const columns = VALUE_COLUMNS.map(([column]) => column).join(', ');

const toParameters = (version: NewVersion, hadSources: boolean): unknown[] => [
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
  version.supersedes.length > 0 ? `{${version.supersedes.join()}}` : null,
  version.supersededBy,
  version.nearFingerprint,
];

/** Skips a memory whose fingerprint exists among the newest versions. */
const SKIP_DUPLICATES = `on conflict (user_id, fingerprint) where superseded_at is null
  and fingerprint is not null do nothing`;

const CREATE_ONE = ownedStatement<CreatedMemory>(
  'memory.create_one',
  `with ${NEXT_HEAD}
   insert into threadkeep.memory (user_id, version, revision, recorded_at, created_at, action,
     strength, ${columns}, tags)
   select $1, 1, revision, moment, moment, 'create', 1,
     ${VALUE_COLUMNS.map((_, i) => `$${i + 2}`).join(', ')}, $${VALUE_COLUMNS.length + 2} from head
   ${SKIP_DUPLICATES}
   returning id, revision, recorded_at as "recordedAt",
     ${similarTo('memory')} as similar`,
);

/**
 * Takes arrays of the values, tags as an array of JSON arrays, and sources as pairs of the memory's
 * position and a message id.
 */
const [TAGS, SOURCE_OF, SOURCE] = [
  VALUE_COLUMNS.length + 2,
  VALUE_COLUMNS.length + 3,
  VALUE_COLUMNS.length + 4,
];
const CREATE_MANY = ownedStatement<CreatedMemory>(
  'memory.create_many',
  `with ${NEXT_HEAD}, given as (
     select * from unnest(${VALUE_COLUMNS.map(([, type], i) => `$${i + 2}::${type}[]`).join(', ')},
       $${TAGS}::jsonb[]) with ordinality as g (${columns}, tags, position)
   ), added as (
     insert into threadkeep.memory (user_id, version, revision, recorded_at, created_at, action,
       strength, ${columns}, tags)
     select $1, 1, head.revision, head.moment, head.moment, 'create', 1,
       ${VALUE_COLUMNS.map(([column, , cast = '']) => `g.${column}${cast}`).join(', ')},
            array(select jsonb_array_elements_text(g.tags))
       from head, given g order by g.position
     ${SKIP_DUPLICATES}
     returning id, revision, recorded_at, near_fingerprint
   ), sourced as (
     insert into threadkeep.memory_source (user_id, memory_id, version, message_id)
     select $1, added.id, 1, s.message_id
       from unnest($${SOURCE_OF}::integer[], $${SOURCE}::uuid[]) as s (position, message_id)
       join given g on g.position = s.position join added on added.id = g.id)
   select id, revision, recorded_at as "recordedAt", ${similarTo('added')} as similar from added`,
  { slow: true },
);

/**
 * The numbers of the parameters of `REPLACE`. It adds the version after `EXPECTED`. It returns no
 * row when `EXPECTED` is not the newest version of memory $2.
 */
const [EXPECTED, ACTION, STRENGTH, SOURCES, NEW_TAGS] = [
  VALUE_COLUMNS.length + 2,
  VALUE_COLUMNS.length + 3,
  VALUE_COLUMNS.length + 4,
  VALUE_COLUMNS.length + 5,
  VALUE_COLUMNS.length + 6,
];
const REPLACE = ownedStatement<WriteRevision>(
  'memory.replace',
  `with ${NEXT_HEAD}, old as (
     update threadkeep.memory m set superseded_at = head.moment from head
      where m.user_id = $1 and m.id = $2 and m.version = $${EXPECTED} and m.superseded_at is null
     returning m.created_at
   ), added as (
     insert into threadkeep.memory (user_id, version, revision, recorded_at, created_at, action,
       strength, ${columns}, tags)
     select $1, $${EXPECTED}::integer + 1, head.revision, head.moment, old.created_at, $${ACTION},
       $${STRENGTH}, ${VALUE_COLUMNS.map((_, i) => `$${i + 2}`).join(', ')}, $${NEW_TAGS}
       from head, old
     returning revision, recorded_at
   ), sourced as (
     insert into threadkeep.memory_source (user_id, memory_id, version, message_id)
     select $1, $2, $${EXPECTED}::integer + 1, s from added, unnest($${SOURCES}::uuid[]) s)
   select revision, recorded_at as "recordedAt" from added`,
);

const NEXT = ownedStatement<WriteRevision>(
  'memory.next',
  `with ${NEXT_HEAD} select revision, moment as "recordedAt" from head`,
);

/** SQL for the sealed contents of the memory $2, which the statement erases. */
const sealedContents = `array(select c.content from threadkeep.memory c
  where c.user_id = $1 and c.id = $2 and ${isSealedSql('c')})`;

/** Erases the content of all versions. Returns no row when none has content. */
const ERASE = ownedStatement<{ version: number; sealed: string[] }>(
  'memory.erase',
  `with erased as (
     update threadkeep.memory
        set content = null, tags = '{}', metadata = null, agent_id = null, fingerprint = null,
          near_fingerprint = null, reason = null, superseded_at = coalesce(superseded_at, $3)
      where user_id = $1 and id = $2 and exists (
        select from threadkeep.memory c where c.user_id = $1 and c.id = $2
          and c.content is not null)
     returning version
   ), vectors as (
     delete from threadkeep.memory_embedding where user_id = $1 and memory_id = $2)
   select max(version) as version, ${sealedContents} as sealed from erased having count(*) > 0`,
);

const TOMBSTONE = ownedStatement(
  'memory.tombstone',
  `insert into threadkeep.memory (user_id, id, version, revision, recorded_at, created_at, action,
    strength, kind, label, agent_id, conversation_id, importance,
                                  actor, reason, has_sources, tags)
   select $1, id, version + 1, $4, $5, created_at, $6, strength, kind, label, agent_id,
     conversation_id, importance, $7, $8, has_sources, '{}'
     from threadkeep.memory where user_id = $1 and id = $2 and version = $3`,
);

const PURGE = ownedStatement<{ count: number; sealed: string[] }>(
  'memory.purge',
  `with gone as (delete from threadkeep.memory where user_id = $1 and id = $2 returning 1),
        noted as (update threadkeep.memory_head set purged = purged + 1
          where user_id = $1 and exists (select from gone))
   select count(*)::integer as count, ${sealedContents} as sealed from gone`,
);

/** What triggers do for plain metadata: an import does not bring the memory back. */
const REMEMBER = ownedStatement(
  'memory.remember_deleted',
  `insert into threadkeep.deleted_import (user_id, digest)
   select $1, threadkeep.import_digest(u.tombstone_key, 'memory', g.key)
     from threadkeep.app_user u cross join unnest($2::text[]) as g (key)
    where u.id = $1 and u.tombstone_key is not null
   on conflict do nothing`,
);

@Injectable()
export class MemoryWritesRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly sealing: SealedMemories,
  ) {}

  /** Returns null when a memory with the same fingerprint exists. */
  async createOne(version: NewVersion): Promise<CreatedMemory | null> {
    if (version.sourceMessageIds.length > 0) return (await this.createMany([version]))[0] ?? null;
    const [stored] = await this.sealing.stored([version]);
    const [row] = await this.database.write(CREATE_ONE, [
      ...toParameters(stored!, false),
      stored!.tags,
    ]);
    return row ? (await this.sealing.openSimilar([row]))[0]! : null;
  }

  /** Returns the memories that were created, without duplicates. */
  async createMany(versions: NewVersion[]): Promise<CreatedMemory[]> {
    const stored = await this.sealing.stored(versions);
    const rows = stored.map((version) => toParameters(version, false));
    const arrays = VALUE_COLUMNS.map((_, column) => rows.map((row) => row[column]));
    const sources = versions.flatMap(({ sourceMessageIds }, i) =>
      sourceMessageIds.map((id) => [i + 1, id] as const),
    );
    const tags = stored.map((version) => JSON.stringify(version.tags));
    const created = await this.database.write(CREATE_MANY, [
      ...arrays,
      tags,
      sources.map(([position]) => position),
      sources.map(([, id]) => id),
    ]);
    return this.sealing.openSimilar(created);
  }

  /** Returns null when `expected` is not the newest version. */
  async replace(
    next: NewVersion,
    {
      expected,
      action,
      strength,
      hadSources,
    }: { expected: number; action: MemoryAction; strength: number; hadSources: boolean },
  ): Promise<WriteRevision | null> {
    const [stored] = await this.sealing.stored([next]);
    const [row] = await this.database.write(REPLACE, [
      ...toParameters(stored!, hadSources),
      expected,
      action,
      strength,
      next.sourceMessageIds,
      stored!.tags,
    ]);
    return row ?? null;
  }

  /**
   * Reserves the user's next revision and locks the user's memory head until the transaction ends.
   * Call it inside `transaction()`.
   */
  async nextRevision(): Promise<WriteRevision> {
    const [row] = await this.database.write(NEXT, []);
    return row!;
  }

  /**
   * Call it inside the transaction of `nextRevision()`. Returns false when the memory has no
   * content left to erase.
   */
  async erase(
    id: string,
    { revision, recordedAt }: WriteRevision,
    action: 'forget' | 'expire',
    actor: string,
    reason: string | null,
  ): Promise<boolean> {
    const [erased] = await this.database.write(ERASE, [id, recordedAt]);
    if (!erased) return false;
    await this.remember(id, erased.sealed);
    await this.database.write(TOMBSTONE, [
      id,
      erased.version,
      revision,
      recordedAt,
      action,
      actor,
      await this.sealing.storedReason(id, reason),
    ]);
    return true;
  }

  /**
   * Call it inside the transaction of `nextRevision()`. Returns false when there is no such memory.
   */
  async purge(id: string): Promise<boolean> {
    const [row] = await this.database.write(PURGE, [id]);
    await this.remember(id, row!.sealed);
    return row!.count > 0;
  }

  /** Call it after the erasure, whose triggers make the key of the digest. */
  private async remember(id: string, sealed: string[]): Promise<void> {
    const names = await this.sealing.importKeys(id, sealed);
    if (names.length > 0) await this.database.write(REMEMBER, [names]);
  }
}
