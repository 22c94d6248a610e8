// Going back: what was believed at a moment becomes what is believed now, as new versions.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase, statement, withinBytes } from '../../platform/database/index.js';
import { type Measured, type PageRows, upTo } from '../../platform/list/index.js';
import { memoryBytes, memoryJson, wasCurrent } from '../memory-row.js';
import type { Written } from '../writes/memory-writes.repository.js';

export interface RollbackCounts {
  restored: number;
  retracted: number;
}

/**
 * The owner, whom PostgreSQL does not know while it plans. For a user who is missing in its statistics it would expect one
 * row, and take any index that begins with the owner for each look-up of a key: a scan of all rows for each row.
 */
const OWNER = '(select $1::uuid)';

/**
 * True for a version that names a message of the conversation, also one that was purged. The look-up is a sub-select of one row by its
 * key: PostgreSQL cannot turn it into a join, whose plan it would choose by statistics that may be of smaller users.
 */
const taughtBy = (row: string) => `
  (${row}.has_sources and (
     select true from threadkeep.memory_source s
      where s.user_id = ${OWNER} and s.memory_id = ${row}.id and s.version = ${row}.version and s.conversation_id = $3::uuid
      limit 1) is true)`;

const SAID = [
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
];
const said = (row: string) => `(${SAID.map((column) => `${row}.${column}`).join(', ')})`;

/** Memories that change, in arrays of one length: the newest version of each, and the one it goes back to, if any. */
interface Ended {
  ids: string[];
  versions: number[];
  targets: (number | null)[];
}

/**
 * Ends the newest version `m` of every memory that fulfils `condition` and says something else than the version
 * `earlier` that `target` finds. Nothing takes its place yet, so that two memories that exchange what they say
 * do not meet.
 */
const endingOf = (name: string, condition: string, target: string) =>
  statement<Ended>(
    name,
    `with chosen as materialized (
       select m.ctid as place, m.id, m.version, t.version as target
         from threadkeep.memory m
         left join lateral (
           select * from threadkeep.memory earlier
            where earlier.user_id = ${OWNER} and earlier.id = m.id and ${target} order by earlier.version desc limit 1) t on true
        where m.user_id = ${OWNER} and m.superseded_at is null and (m.content is not null or t.version is not null)
          and ${said('m')} is distinct from ${said('t')} and ${condition}
     ), closed as (
       update threadkeep.memory set superseded_at = $2 where user_id = ${OWNER} and ctid = any (array(select place from chosen)))
     select coalesce(array_agg(id), '{}') as ids, coalesce(array_agg(version), '{}') as versions, coalesce(array_agg(target), '{}') as targets from chosen`,
  );

const BELIEVED_THEN = wasCurrent('$3::timestamptz', 'earlier');
const END_AFTER = endingOf('memory.end_after', 'm.recorded_at > $3::timestamptz', BELIEVED_THEN);
const END_TAUGHT = endingOf(
  'memory.end_taught',
  `m.content is not null and ${taughtBy('m')}`,
  `earlier.version < m.version and earlier.content is not null and not ${taughtBy('earlier')}`,
);

/**
 * The version that follows each of the memories that ended: as its target was, or without content where there is none.
 * Where another memory says the same by now, this one is not counted among those that say a thing once.
 */
const FOLLOW = statement<RollbackCounts>(
  'memory.follow',
  `with given as (
     select * from unnest($6::uuid[], $7::integer[], $8::integer[]) as g (id, version, target)
   ), following as (
     select m.id, m.version, m.created_at, m.has_sources, m.label, m.strength as old_strength, m.kind as old_kind, m.importance as old_importance,
            t.version as target, ${SAID.map((column) => `t.${column}`).join(', ')}, t.fingerprint,
            row_number() over (partition by t.fingerprint order by m.id) as nth
       from given
      cross join lateral (
        select * from threadkeep.memory where user_id = ${OWNER} and id = given.id and version = given.version limit 1) m
       left join lateral (
        select * from threadkeep.memory where user_id = ${OWNER} and id = given.id and version = given.target limit 1) t on true
   ), added as (
     insert into threadkeep.memory (user_id, id, version, revision, recorded_at, created_at, action, actor, reason, has_sources, label, strength, kind, importance,
                                    tags, fingerprint, content, metadata, agent_id, conversation_id, valid_from, valid_to, expires_at)
     select $1, f.id, f.version + 1, $3, $2, f.created_at, case when f.target is null then 'retract' else 'rollback' end, $4, $5, f.has_sources, f.label,
            coalesce(f.strength, f.old_strength), coalesce(f.kind, f.old_kind), coalesce(f.importance, f.old_importance), coalesce(f.tags, '{}'),
            case when f.nth = 1 and (
              select true from threadkeep.memory o
               where o.user_id = ${OWNER} and o.fingerprint = f.fingerprint and o.superseded_at is null limit 1) is null then f.fingerprint end,
            f.content, f.metadata, f.agent_id, f.conversation_id, f.valid_from, f.valid_to, f.expires_at
       from following f
     returning content is null as retracted)
   select (count(*) filter (where not retracted))::integer as restored, (count(*) filter (where retracted))::integer as retracted from added`,
  { slow: true },
);

/** Versions that one statement adds: a bounded step, however much there is to go back. */
const FOLLOW_AT_A_TIME = 2_000;

/** A memory as it was at two moments, in JSON; null where it was not there. */
export interface Difference {
  id: string;
  before: string | null;
  after: string | null;
}

/** One statement, so that what it finds cannot be purged before it is read. */
const DIFF = statement<Difference & Measured>(
  'memory.diff',
  `with a as (select m.id, m.version from threadkeep.memory m where m.user_id = ${OWNER} and m.label is null and ${wasCurrent('$2::timestamptz')}),
        b as (select m.id, m.version from threadkeep.memory m where m.user_id = ${OWNER} and m.label is null and ${wasCurrent('$3::timestamptz')}),
        changed as (
          select coalesce(a.id, b.id) as id, a.version as before, b.version as after
            from a full join b on a.id = b.id
           where a.version is distinct from b.version and ($4::uuid is null or coalesce(a.id, b.id) > $4)
           order by 1 limit $5),
        page as (${withinBytes(
          `select c.*, ${memoryBytes('m')} + ${memoryBytes('n')} as bytes
             from changed c
             left join threadkeep.memory m on m.user_id = ${OWNER} and m.id = c.id and m.version = c.before
             left join threadkeep.memory n on n.user_id = ${OWNER} and n.id = c.id and n.version = c.after
            order by c.id`,
          '$6',
        )})
   select p.id, case when m.id is not null then ${memoryJson('m')} end as before, case when n.id is not null then ${memoryJson('n')} end as after, p.found
     from page p
     left join threadkeep.memory m on m.user_id = ${OWNER} and m.id = p.id and m.version = p.before
     left join threadkeep.memory n on n.user_id = ${OWNER} and n.id = p.id and n.version = p.after
    order by p.id`,
  { slow: true },
);

@Injectable()
export class HistoryRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
  ) {}

  /** Inside the transaction of `written`: memories and blocks become what they were at `moment`. What was forgotten since stays so. */
  backTo(
    moment: string,
    written: Written,
    actor: string,
    reason: string | null,
  ): Promise<RollbackCounts> {
    return this.goBack(END_AFTER, moment, written, actor, reason);
  }

  /** Inside the transaction of `written`: what was learnt from the messages of one conversation is no longer believed. */
  unlearn(
    conversationId: string,
    written: Written,
    actor: string,
    reason: string | null,
  ): Promise<RollbackCounts> {
    return this.goBack(END_TAUGHT, conversationId, written, actor, reason);
  }

  /** By id, after one. */
  async diff(
    from: string,
    to: string,
    after: string | null,
    limit: number,
    maxBytes: number,
  ): Promise<PageRows<Difference>> {
    return upTo(
      limit,
      await this.database.read(DIFF, () => [this.userId, from, to, after, limit + 1, maxBytes]),
    );
  }

  private async goBack(
    ending: typeof END_AFTER,
    to: string,
    { revision, recordedAt }: Written,
    actor: string,
    reason: string | null,
  ): Promise<RollbackCounts> {
    const [ended] = await this.database.write(ending, () => [this.userId, recordedAt, to]);
    const { ids, versions, targets } = ended!;
    const counts = { restored: 0, retracted: 0 };
    for (let from = 0; from < ids.length; from += FOLLOW_AT_A_TIME) {
      const step = [ids, versions, targets].map((values) =>
        values.slice(from, from + FOLLOW_AT_A_TIME),
      );
      const [added] = await this.database.write(FOLLOW, () => [
        this.userId,
        recordedAt,
        revision,
        actor,
        reason,
        ...step,
      ]);
      counts.restored += added!.restored;
      counts.retracted += added!.retracted;
    }
    return counts;
  }

  private get userId(): string {
    return this.contexts.userScope().userId;
  }
}
