// SQL of the records that the undo of a merge reads. Run it as the system.
import { Injectable } from '@nestjs/common';
import { Config } from '../../../platform/config/config.js';
import { anonymous, ScopedDatabase, statement } from '../../../platform/database/index.js';
import { ExpiringRows } from '../../../platform/jobs/index.js';
import { isRemembered, kindOf, type OwnedRows, withoutParent } from './undo-schema.repository.js';

/** Both users of a merge. */
export interface MergedPair {
  from: string;
  to: string;
}

export interface KnownMerge {
  /** False when the account was merged into another since, with all that it had. */
  isOfAccount: boolean;
  isActive: boolean;
  /** True when another user was merged into the account later. */
  isFollowed: boolean;
}

const ENTRIES_OF_PART = 1_000;

/** The record would hold names in the clear that the users have sealed. */
const BEGIN = statement(
  'merge_undo.begin',
  `insert into threadkeep.merge_undo (user_id, from_id, into_id, expires_at)
   select $2, $1, $2, now() + make_interval(days => $3)
    where not exists (select from threadkeep.app_user
            where id in ($1, $2) and sealed_fields is not null)
   returning user_id`,
);

const KEEP = statement(
  'merge_undo.keep',
  `insert into threadkeep.merge_undo_part (user_id, from_id, kind, number, entries)
   select $2, $1, $3, (n - 1) / ${ENTRIES_OF_PART}, jsonb_agg(entry order by n)
     from jsonb_array_elements($4::jsonb) with ordinality e (entry, n)
    group by (n - 1) / ${ENTRIES_OF_PART}`,
);

/** A merge of users who were sealed since is not known any more: names would come back in the clear. */
const FIND = statement<KnownMerge>(
  'merge_undo.find',
  `select m.into_id = m.user_id as "isOfAccount", u.status = 'active' as "isActive",
          exists (select from threadkeep.app_user o where o.merged_into = m.user_id
             and o.updated_at > n.updated_at) as "isFollowed"
     from threadkeep.merge_undo m join threadkeep.app_user n on n.former_id = m.from_id
     join threadkeep.app_user u on u.id = m.user_id
    where m.user_id = $2 and m.from_id = $1 and m.expires_at > now()
      and u.sealed_fields is null and n.sealed_fields is null`,
);

const ENTRIES = statement<{ kind: string; entry: unknown }>(
  'merge_undo.entries',
  `select p.kind, e.entry from threadkeep.merge_undo_part p
    cross join jsonb_array_elements(p.entries) with ordinality e (entry, n)
    where p.user_id = $2 and p.from_id = $1 and p.kind = any ($3) order by p.number, e.n`,
);

const REMOVE = statement(
  'merge_undo.remove',
  `delete from threadkeep.merge_undo where user_id = $2 and from_id = $1`,
);

const EXPIRE = statement<{ count: number }>(
  'merge_undo.expire',
  `with gone as (
     delete from threadkeep.merge_undo where ctid = any (array(
       select ctid from threadkeep.merge_undo where expires_at <= now() or $2 limit $1))
     returning 1)
   select count(*)::integer as count from gone`,
  { slow: true },
);

@Injectable()
export class MergeUndoRepository {
  private readonly days: number;
  private readonly isSealing: boolean;

  constructor(
    private readonly database: ScopedDatabase,
    config: Config,
    expiring: ExpiringRows,
  ) {
    const { mergeUndoDays, sealUsers } = config.identity;
    this.isSealing = sealUsers;
    this.days = sealUsers ? 0 : mergeUndoDays;
    expiring.add(
      async (limit) => (await this.database.write(EXPIRE, [limit, sealUsers]))[0]!.count,
    );
  }

  /**
   * Begins the record of a merge, in its transaction.
   * @returns false when merges cannot be undone here
   */
  async begin({ from, to }: MergedPair): Promise<boolean> {
    if (this.days === 0) return false;
    return (await this.database.write(BEGIN, [from, to, this.days])).length > 0;
  }

  /** Remembers which rows of the first user are about to move. */
  async rememberRows({ from, to }: MergedPair, all: OwnedRows[]): Promise<void> {
    for (const rows of all.filter(isRemembered)) {
      const names = rows.key.map(({ name }) => name);
      await this.database.write(
        anonymous(
          `insert into threadkeep.merge_undo_part (user_id, from_id, kind, number, entries)
           select $2, $1, '${kindOf(rows)}', n / ${ENTRIES_OF_PART}, jsonb_agg(entry)
             from (select (row_number() over () - 1)::integer as n,
                     jsonb_build_array(${names.map((name) => `${name}::text`).join(', ')}) as entry
                     from (select distinct ${names.join(', ')} from threadkeep.${rows.table}
                            where ${rows.column} = $1 and ${withoutParent(rows)}) moving) numbered
            group by n / ${ENTRIES_OF_PART}`,
        ),
        [from, to],
      );
    }
  }

  /** Remembers what an undo needs beside the rows: JSON values of one kind. */
  async keep({ from, to }: MergedPair, kind: string, entries: readonly unknown[]): Promise<void> {
    if (entries.length === 0) return;
    await this.database.write(KEEP, [from, to, kind, JSON.stringify(entries)]);
  }

  /** @returns null when the merge cannot be undone: it is unknown, or too long ago */
  async find({ from, to }: MergedPair): Promise<KnownMerge | null> {
    if (this.isSealing) return null;
    return (await this.database.read(FIND, [from, to]))[0] ?? null;
  }

  /** @returns what was kept, by its kind and in its order */
  async entries({ from, to }: MergedPair, kinds: string[]): Promise<Map<string, unknown[]>> {
    const found = new Map<string, unknown[]>(kinds.map((kind) => [kind, []]));
    for (const { kind, entry } of await this.database.read(ENTRIES, [from, to, kinds]))
      found.get(kind)!.push(entry);
    return found;
  }

  async remove({ from, to }: MergedPair): Promise<void> {
    await this.database.write(REMOVE, [from, to]);
  }
}
