// Going back: what was believed at a moment becomes what is believed now, as new versions.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase, statement } from '../../platform/database/index.js';
import { memoryJson, wasCurrent } from '../memory-row.js';
import type { Written } from '../memory-writes.repository.js';

export interface RollbackCounts {
  restored: number;
  retracted: number;
}

/** What one conversation taught is each version that names a message of it, also when that has been purged. */
const taughtBy = (row: string) => `
  (${row}.has_sources and exists (
     select from threadkeep.memory_source s
      where s.user_id = $1 and s.memory_id = ${row}.id and s.version = ${row}.version and s.conversation_id = $3::uuid))`;

/**
 * Each newest version `m` that fulfils `condition` is followed by one that is as `target` was, or by one without content where there is
 * none. All of them have ended, which the count makes sure of, before the first new one begins: no two that say the same meet. Where yet another
 * memory says the same by now, this one is not counted among those that say a thing once.
 */
const goBack = (name: string, condition: string, target: string) =>
  statement<RollbackCounts>(
    name,
    `with closed as (
       update threadkeep.memory m set superseded_at = $2
        where m.user_id = $1 and m.superseded_at is null and ${condition}
       returning m.*
     ), ended as (
       select *, count(*) over () from closed
     ), added as (
       insert into threadkeep.memory (user_id, id, version, revision, recorded_at, created_at, action, actor, reason, has_sources, label, strength, kind, importance,
                                      tags, fingerprint, content, metadata, agent_id, conversation_id, valid_from, valid_to, expires_at)
       select $1, m.id, m.version + 1, $4, $2, m.created_at, case when t.id is null then 'retract' else 'rollback' end, $5, $6, m.has_sources, m.label,
              coalesce(t.strength, m.strength), coalesce(t.kind, m.kind), coalesce(t.importance, m.importance), coalesce(t.tags, '{}'),
              case when not exists (
                select from threadkeep.memory o
                 where o.user_id = $1 and o.fingerprint = t.fingerprint and o.superseded_at is null and o.id not in (select id from closed)) then t.fingerprint end,
              t.content, t.metadata, t.agent_id, t.conversation_id, t.valid_from, t.valid_to, t.expires_at
         from ended m
         left join lateral (select * from threadkeep.memory earlier where earlier.user_id = $1 and earlier.id = m.id and ${target}) t on true
       returning content is null as retracted)
     select (count(*) filter (where not retracted))::integer as restored, (count(*) filter (where retracted))::integer as retracted from added`,
  );

const BELIEVED_THEN = wasCurrent('$3::timestamptz', 'earlier');
const BACK_TO = goBack(
  'memory.back_to',
  `m.recorded_at > $3::timestamptz and (m.content is not null or exists (
     select from threadkeep.memory earlier where earlier.user_id = $1 and earlier.id = m.id and ${BELIEVED_THEN}))`,
  BELIEVED_THEN,
);
const UNLEARN = goBack(
  'memory.unlearn',
  `m.content is not null and ${taughtBy('m')}`,
  `earlier.version < m.version and earlier.content is not null and not ${taughtBy('earlier')} order by earlier.version desc limit 1`,
);

/** A memory as it was at two moments, in JSON; null where it was not there. */
export interface Difference {
  id: string;
  before: string | null;
  after: string | null;
}

/** One statement, so that what it finds cannot be purged before it is read. */
const DIFF = statement<Difference>(
  'memory.diff',
  `with a as (select m.id, m.version from threadkeep.memory m where m.user_id = $1 and m.label is null and ${wasCurrent('$2::timestamptz')}),
        b as (select m.id, m.version from threadkeep.memory m where m.user_id = $1 and m.label is null and ${wasCurrent('$3::timestamptz')}),
        changed as (
          select coalesce(a.id, b.id) as id, a.version as before, b.version as after
            from a full join b on a.id = b.id
           where a.version is distinct from b.version and ($4::uuid is null or coalesce(a.id, b.id) > $4)
           order by 1 limit $5)
   select c.id, case when m.id is not null then ${memoryJson('m')} end as before, case when n.id is not null then ${memoryJson('n')} end as after
     from changed c
     left join threadkeep.memory m on m.user_id = $1 and m.id = c.id and m.version = c.before
     left join threadkeep.memory n on n.user_id = $1 and n.id = c.id and n.version = c.after
    order by c.id`,
  { slow: true },
);

@Injectable()
export class HistoryRepository {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
  ) {}

  /** Inside the transaction of `written`: memories and blocks become what they were at `moment`. What was forgotten since stays so. */
  backTo(moment: string, written: Written, actor: string, reason: string | null): Promise<RollbackCounts> {
    return this.goBack(BACK_TO, moment, written, actor, reason);
  }

  /** Inside the transaction of `written`: what was learnt from the messages of one conversation is no longer believed. */
  unlearn(conversationId: string, written: Written, actor: string, reason: string | null): Promise<RollbackCounts> {
    return this.goBack(UNLEARN, conversationId, written, actor, reason);
  }

  /** By id, after one. */
  diff(from: string, to: string, after: string | null, limit: number): Promise<Difference[]> {
    return this.database.read(DIFF, () => [this.userId, from, to, after, limit]);
  }

  private async goBack(query: typeof BACK_TO, to: string, { revision, recordedAt }: Written, actor: string, reason: string | null): Promise<RollbackCounts> {
    const [counts] = await this.database.write(query, () => [this.userId, recordedAt, to, revision, actor, reason]);
    return counts!;
  }

  private get userId(): string {
    return this.contexts.userScope().userId;
  }
}
