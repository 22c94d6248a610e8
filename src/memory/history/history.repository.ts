// SQL of rollbacks and differences. A rollback makes an earlier state current again: it adds new
// versions with the earlier values.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, withinBytes } from '../../platform/database/index.js';
import { type Measured, type PageRows, upTo } from '../../platform/list/index.js';
import { memoryBytes, memoryJson, wasCurrent } from '../memory-row.js';
import { toPlainText } from '../../platform/vault/index.js';
import { SealedMemories } from '../sealing/sealed-memories.js';
import type { WriteRevision } from '../writes/memory-writes.repository.js';

export interface RollbackCounts {
  restored: number;
  retracted: number;
}

/**
 * SQL for the owner that hides the value from the planner. With a plain parameter, the planner
 * expects one row for a user who is missing in its statistics. It then chooses any index that
 * begins with the owner. Each lookup of a key would scan all rows of the user.
 */
const OWNER = '(select $1::uuid)';

/**
 * SQL condition: the version has a source message in the conversation. Purged messages count. The
 * sub-select finds one row by key. PostgreSQL cannot turn it into a join, which it would plan by
 * the statistics of smaller users.
 */
const isSourcedFrom = (row: string) => `
  (${row}.has_sources and (
     select true from threadkeep.memory_source s
      where s.user_id = ${OWNER} and s.memory_id = ${row}.id and s.version = ${row}.version
        and s.conversation_id = $3::uuid
      limit 1) is true)`;

const ROLLED_BACK_COLUMNS = [
  'content',
  'kind',
  'importance',
  'tags',
  'metadata',
  'agent_id',
  'conversation_id',
  'valid_from',
  'valid_to',
  'expires_at',
  'strength',
  'supersedes',
  'superseded_by',
];
const valuesTuple = (row: string) =>
  `(${ROLLED_BACK_COLUMNS.map((column) => `${row}.${column}`).join(', ')})`;

/**
 * Superseded memories, in arrays of one length: the id, its newest version, and the version it goes
 * back to, if any.
 */
interface SupersededMemories {
  ids: string[];
  versions: number[];
  targets: (number | null)[];
}

/**
 * Makes the statement that ends the newest version `m` of every memory that meets `condition` and
 * differs from its version `earlier`, which `target` finds. It adds no version. If it did, two
 * memories that exchange their contents would violate the unique fingerprint.
 */
const supersedeStatement = (name: string, condition: string, target: string) =>
  ownedStatement<SupersededMemories>(
    name,
    `with chosen as materialized (
       select m.ctid as place, m.id, m.version, t.version as target
         from threadkeep.memory m
         left join lateral (
           select * from threadkeep.memory earlier
            where earlier.user_id = ${OWNER} and earlier.id = m.id and ${target}
              order by earlier.version desc limit 1) t on true
        where m.user_id = ${OWNER} and m.superseded_at is null
          and (m.content is not null or t.version is not null)
          and ${valuesTuple('m')} is distinct from ${valuesTuple('t')} and ${condition}
     ), closed as (
       update threadkeep.memory set superseded_at = $2 where user_id = ${OWNER}
         and ctid = any (array(select place from chosen)))
     select coalesce(array_agg(id), '{}') as ids, coalesce(array_agg(version), '{}') as versions,
       coalesce(array_agg(target), '{}') as targets from chosen`,
  );

const CURRENT_THEN = wasCurrent('$3::timestamptz', 'earlier');
const SUPERSEDE_CHANGED_SINCE = supersedeStatement(
  'memory.end_after',
  'm.recorded_at > $3::timestamptz',
  CURRENT_THEN,
);
const SUPERSEDE_SOURCED_FROM = supersedeStatement(
  'memory.end_taught',
  `m.content is not null and ${isSourcedFrom('m')}`,
  `earlier.version < m.version and earlier.content is not null and not ${isSourcedFrom('earlier')}`,
);

/**
 * Adds a version after each one that was ended: a copy of its target, or a tombstone when there is
 * no target. A copy gets no fingerprint when another memory has that fingerprint already.
 */
const ADD_ROLLED_BACK = ownedStatement<RollbackCounts>(
  'memory.follow',
  `with given as (
     select * from unnest($6::uuid[], $7::integer[], $8::integer[]) as g (id, version, target)
   ), following as (
     select m.id, m.version, m.created_at, m.has_sources, m.label, m.strength as old_strength,
       m.kind as old_kind, m.importance as old_importance,
            t.version as target, ${ROLLED_BACK_COLUMNS.map((column) => `t.${column}`).join(', ')},
              t.fingerprint,
            t.near_fingerprint, row_number() over (partition by t.fingerprint order by m.id) as nth
       from given
      cross join lateral (
        select * from threadkeep.memory where user_id = ${OWNER} and id = given.id
          and version = given.version limit 1) m
       left join lateral (
        select * from threadkeep.memory where user_id = ${OWNER} and id = given.id
          and version = given.target limit 1) t on true
   ), added as (
     insert into threadkeep.memory (user_id, id, version, revision, recorded_at, created_at, action,
       actor, reason, has_sources, label, strength, kind, importance,
                                    tags, fingerprint, near_fingerprint, content, metadata, agent_id, conversation_id,
                                      valid_from, valid_to, expires_at, supersedes, superseded_by)
     select $1, f.id, f.version + 1, $3, $2, f.created_at,
       case when f.target is null then 'retract' else 'rollback' end, $4, $5, f.has_sources,
       f.label,
            coalesce(f.strength, f.old_strength), coalesce(f.kind, f.old_kind),
              coalesce(f.importance, f.old_importance), coalesce(f.tags, '{}'),
            case when f.nth = 1 and (
              select true from threadkeep.memory o
               where o.user_id = ${OWNER} and o.fingerprint = f.fingerprint
                 and o.superseded_at is null limit 1) is null then f.fingerprint end,
            f.near_fingerprint,
            f.content, f.metadata, f.agent_id, f.conversation_id, f.valid_from, f.valid_to,
              f.expires_at, f.supersedes, f.superseded_by
       from following f
     returning content is null as retracted)
   select (count(*) filter (where not retracted))::integer as restored,
     (count(*) filter (where retracted))::integer as retracted from added`,
  { slow: true },
);

/** Sealed reasons differ, because each is bound to its memory. */
const GIVE_REASONS = ownedStatement(
  'memory.give_reasons',
  `update threadkeep.memory m set reason = g.reason
     from unnest($3::uuid[], $4::text[]) as g (id, reason)
    where m.user_id = $1 and m.id = g.id and m.revision = $2`,
  { slow: true },
);

/** How many versions one statement adds. */
const VERSIONS_PER_STATEMENT = 2_000;

/** A memory at two as-of times, in JSON; null where it did not exist. */
export interface Difference {
  id: string;
  before: string | null;
  after: string | null;
}

/** One statement, so that a purge cannot remove a row between two reads. */
const DIFF = ownedStatement<Difference & Measured>(
  'memory.diff',
  `with a as (select m.id, m.version from threadkeep.memory m
          where m.user_id = ${OWNER} and m.label is null and ${wasCurrent('$2::timestamptz')}),
        b as (select m.id, m.version from threadkeep.memory m
          where m.user_id = ${OWNER} and m.label is null and ${wasCurrent('$3::timestamptz')}),
        changed as (
          select coalesce(a.id, b.id) as id, a.version as before, b.version as after
            from a full join b on a.id = b.id
           where a.version is distinct from b.version
             and ($4::uuid is null or coalesce(a.id, b.id) > $4)
           order by 1 limit $5),
        page as (${withinBytes(
          `select c.*, ${memoryBytes('m')} + ${memoryBytes('n')} as bytes
             from changed c
             left join threadkeep.memory m on m.user_id = ${OWNER} and m.id = c.id
               and m.version = c.before
             left join threadkeep.memory n on n.user_id = ${OWNER} and n.id = c.id
               and n.version = c.after
            order by c.id`,
          '$6',
        )})
   select p.id, case when m.id is not null then ${memoryJson('m')} end as before,
     case when n.id is not null then ${memoryJson('n')} end as after, p.found
     from page p
     left join threadkeep.memory m on m.user_id = ${OWNER} and m.id = p.id and m.version = p.before
     left join threadkeep.memory n on n.user_id = ${OWNER} and n.id = p.id and n.version = p.after
    order by p.id`,
  { slow: true },
);

/** A version that cannot be opened, as lists show it. */
const withoutWords = (json: string | null): string | null =>
  json && JSON.stringify({ ...(JSON.parse(json) as object), content: '', tags: [], metadata: {} });

@Injectable()
export class HistoryRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly sealing: SealedMemories,
  ) {}

  /**
   * Call it inside the transaction of `written`. Restores memories and blocks as of a time. Erased
   * content stays erased.
   */
  rollbackTo(
    asOf: string,
    written: WriteRevision,
    actor: string,
    reason: string | null,
  ): Promise<RollbackCounts> {
    return this.rollback(SUPERSEDE_CHANGED_SINCE, asOf, written, actor, reason);
  }

  /**
   * Call it inside the transaction of `written`. Retracts what has its source in a conversation.
   */
  rollbackSourcedFrom(
    conversationId: string,
    written: WriteRevision,
    actor: string,
    reason: string | null,
  ): Promise<RollbackCounts> {
    return this.rollback(SUPERSEDE_SOURCED_FROM, conversationId, written, actor, reason);
  }

  /** Lists differences by id, after the id `after`. */
  async diff(
    from: string,
    to: string,
    after: string | null,
    limit: number,
    maxBytes: number,
  ): Promise<PageRows<Difference>> {
    const rows = await this.database.read(DIFF, [from, to, after, limit + 1, maxBytes]);
    const texts = await this.sealing.openJson(rows.flatMap(({ before, after }) => [before, after]));
    return upTo(
      limit,
      rows.map((row, i) => ({
        ...row,
        before: texts[2 * i] ?? withoutWords(row.before),
        after: texts[2 * i + 1] ?? withoutWords(row.after),
      })),
    );
  }

  private async rollback(
    ending: typeof SUPERSEDE_CHANGED_SINCE,
    to: string,
    { revision, recordedAt }: WriteRevision,
    actor: string,
    reason: string | null,
  ): Promise<RollbackCounts> {
    const [ended] = await this.database.write(ending, [recordedAt, to]);
    const { ids, versions, targets } = ended!;
    const counts = { restored: 0, retracted: 0 };
    for (let from = 0; from < ids.length; from += VERSIONS_PER_STATEMENT) {
      const step = [ids, versions, targets].map((values) =>
        values.slice(from, from + VERSIONS_PER_STATEMENT),
      );
      const reasons =
        reason === null ? null : await this.sealing.sealedReasons(step[0] as string[], reason);
      const [added] = await this.database.write(ADD_ROLLED_BACK, [
        recordedAt,
        revision,
        actor,
        reasons ? null : reason && toPlainText(reason),
        ...step,
      ]);
      if (reasons) await this.database.write(GIVE_REASONS, [revision, step[0], reasons]);
      counts.restored += added!.restored;
      counts.retracted += added!.retracted;
    }
    return counts;
  }
}
