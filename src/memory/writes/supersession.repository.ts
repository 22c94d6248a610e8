// SQL that closes the validity of memories. The closing is a version, as any update is.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import { isCurrent, memoryBytes } from '../memory-row.js';
import type { WriteRevision } from './memory-writes.repository.js';

/** A memory whose validity is to end. */
export interface Closing {
  id: string;
  /** When it ends, unless it has ended earlier. */
  end: string;
  /** The memory that supersedes it. */
  by: string;
}

export interface FoundMemory {
  id: string;
  bytes: number;
  /** False when it has ended by then, and it is known what has superseded it. */
  changes: boolean;
  /** True when it would end before it begins. */
  beginsLater: boolean;
}

export interface ClosedMemory {
  id: string;
  version: number;
  revision: number;
  updatedAt: string;
  validTo: string;
  supersededBy: string;
}

const ENDS_LATER = `(m.valid_to is null or m.valid_to > g.ending)`;

const FIND = ownedStatement<FoundMemory>(
  'memory.find_superseded',
  `select m.id, ${memoryBytes()} as bytes,
     ${ENDS_LATER} or m.superseded_by is null as changes,
     ${ENDS_LATER} and coalesce(m.valid_from >= g.ending, false) as "beginsLater"
     from unnest($2::uuid[], $3::timestamptz[]) as g (id, ending)
    cross join lateral (
      select * from threadkeep.memory o where o.user_id = $1 and o.id = g.id and o.label is null
        and ${isCurrent('o')} limit 1) m`,
);

const KEPT_COLUMNS = `created_at, strength, kind, label, content, importance, metadata, agent_id,
  conversation_id, valid_from, expires_at, fingerprint, near_fingerprint, has_sources, supersedes, tags`;

/** Closes the newest versions. */
const CLOSE = ownedStatement<ClosedMemory>(
  'memory.close_superseded',
  `with given as (
     select * from unnest($5::uuid[], $6::timestamptz[], $7::uuid[]) as g (id, ending, closed_by)
   ), old as (
     update threadkeep.memory m set superseded_at = $2 from given g
      where m.user_id = $1 and m.id = g.id and m.superseded_at is null
     returning m.*, least(m.valid_to, g.ending) as ending, g.closed_by
   )
   insert into threadkeep.memory (user_id, id, version, revision, recorded_at, action, actor,
     valid_to, superseded_by, ${KEPT_COLUMNS})
   select $1, id, version + 1, $3, $2, 'update', $4, ending, closed_by, ${KEPT_COLUMNS}
     from old
   returning id, version, revision, recorded_at as "updatedAt", valid_to as "validTo",
     superseded_by as "supersededBy"`,
  { slow: true },
);

@Injectable()
export class SupersessionRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /** Finds those that are current memories of the user. */
  find(closings: Closing[]): Promise<FoundMemory[]> {
    return this.database.write(FIND, [
      closings.map(({ id }) => id),
      closings.map(({ end }) => end),
    ]);
  }

  /** Call it inside the transaction of `written`, whose lock keeps what was found. */
  close(
    closings: Closing[],
    { revision, recordedAt }: WriteRevision,
    actor: string,
  ): Promise<ClosedMemory[]> {
    return this.database.write(CLOSE, [
      recordedAt,
      revision,
      actor,
      closings.map(({ id }) => id),
      closings.map(({ end }) => end),
      closings.map(({ by }) => by),
    ]);
  }
}
