// SQL of the undo of a merge. Names of tables and columns come from the catalogue, and ids are
// parameters: `$1` owns the rows now, and `$2` gets some of them back. Run it as the system.
import { Injectable } from '@nestjs/common';
import { anonymous, ScopedDatabase, statement } from '../../../platform/database/index.js';
import type { LockedTable, UniqueKey } from '../merge-schema.repository.js';
import { counting, type Renamed, type RowCounts } from '../merging.repository.js';
import type { MergedPair } from './merge-undo.repository.js';
import {
  goingBack,
  type KeyColumn,
  ownedRows,
  type OwnedRows,
  type Reference,
} from './undo-schema.repository.js';

/** What the account remembers to be deleted since the merge is remembered by both users. */
const RESTORE_USER = statement(
  'user.restore_merged',
  `with restored as (
     update threadkeep.app_user n set id = n.former_id, former_id = null, merged_into = null,
       version = n.version + 1, updated_at = now(),
       former_tombstone_keys = n.former_tombstone_keys
         || array_remove(array[u.tombstone_key], null)
       from threadkeep.app_user u where u.id = $2 and n.former_id = $1 and n.merged_into = $2)
   update threadkeep.app_user u set version = u.version + 1, updated_at = now(),
     former_tombstone_keys = u.former_tombstone_keys[cardinality(n.former_tombstone_keys)
       + case when n.tombstone_key is null then 1 else 2 end:]
     from threadkeep.app_user n where u.id = $2 and n.former_id = $1`,
);

/** The digests from before the merge match nothing with the keys that the user has. */
const SHARE_TOMBSTONES = statement(
  'deleted_import.share',
  `insert into threadkeep.deleted_import (user_id, digest)
   select $1, d.digest from threadkeep.deleted_import d
    where d.user_id = $2 and exists (
      select from threadkeep.app_user where id = $2 and tombstone_key is not null)
   on conflict do nothing`,
);

/** Names of the first user act for the second in other processes until they hear of it. */
const COUNT_EPOCH = statement('user.count_epoch_of_merged', `select threadkeep.count_epoch($1)`);

/** Answers without subjects may hold anything. */
const ERASE_UNNAMED_ANSWERS = statement(
  'idempotency_key.erase_unnamed',
  `with erased as (
     update threadkeep.app_user set last_erasure = pg_current_xact_id()::text::bigint
      where id = $1)
   update threadkeep.idempotency_key
     set status = 410, headers = '{}', body = 'null', named = true
    where user_id = $1 and not named and status <> 410`,
);

@Injectable()
export class UndoingRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /** Locks the rows that go back and have children or a lease, parents first. */
  async lockRows({ from, to }: MergedPair, tables: LockedTable[], all: OwnedRows[]): Promise<void> {
    for (const { table } of tables)
      await this.database.write(
        anonymous(
          `select count(*) from (
             select from threadkeep.${table}
              where user_id = $1 and ${goingBack(ownedRows(all, table), all)} for update) locked`,
        ),
        [to, from],
      );
  }

  /** Tells whether a worker holds a row that goes back. */
  async isWorkedOn(
    { from, to }: MergedPair,
    tables: LockedTable[],
    all: OwnedRows[],
  ): Promise<boolean> {
    const held = tables
      .filter(({ isLeased }) => isLeased)
      .map(
        ({ table }) =>
          `select from threadkeep.${table}
            where user_id = $1 and worker_id is not null and lease_expires_at > now()
              and ${goingBack(ownedRows(all, table), all)}`,
      );
    const [row] = await this.database.read(
      anonymous<{ found: boolean }>(`select exists (${held.join(' union all ')}) as found`),
      [to, from],
    );
    return row!.found;
  }

  async countRows({ from, to }: MergedPair, all: OwnedRows[]): Promise<RowCounts> {
    const text = counting(all, (rows) => `threadkeep.${rows.table} where ${going(rows, all)}`);
    return (await this.database.read(anonymous<RowCounts>(text), [to, from]))[0]!;
  }

  /** Clears references between rows that go back and rows that stay, as if one were removed. */
  async clearReferences(
    { from, to }: MergedPair,
    references: Reference[],
    all: OwnedRows[],
  ): Promise<void> {
    for (const { table, columns, parent, references: referenced, cleared } of references)
      await this.database.write(
        anonymous(
          `update threadkeep.${table} set ${cleared.map((one) => `${one} = null`).join(', ')}
            where user_id = $1 and ${columns.map((one) => `${one} is not null`).join(' and ')}
              and ${goingBack(ownedRows(all, table), all)} <> ((${columns.join(', ')}) in (
                select ${referenced.join(', ')} from threadkeep.${parent}
                 where user_id = $1 and ${goingBack(ownedRows(all, parent), all)}))`,
        ),
        [to, from],
      );
  }

  async restoreUser({ from, to }: MergedPair): Promise<void> {
    await this.database.write(RESTORE_USER, [from, to]);
  }

  /** Gives the rows back in one statement, because foreign keys are checked when one ends. */
  async moveRows({ from, to }: MergedPair, all: OwnedRows[]): Promise<RowCounts> {
    const moves = all.map(
      (rows, i) =>
        `moved_${i} as (
           update threadkeep.${rows.table} set ${rows.column} = $2
            where ${going(rows, all)} returning 1)`,
    );
    const text = `with ${moves.join(', ')} ${counting(all, (_, i) => `moved_${i}`)}`;
    return (await this.database.write(anonymous<RowCounts>(text), [to, from]))[0]!;
  }

  /** Gives a row the name that it had, unless it has got another one or the name is not free. */
  async restoreNames(
    { from }: MergedPair,
    key: UniqueKey,
    id: KeyColumn[],
    renamed: readonly Renamed[],
  ): Promise<void> {
    const name = key.columns.at(-1)!;
    const named = [...key.columns.slice(0, -1).map((one) => `t.${one}`), 'g.former'];
    const ids = id.map((one, i) => `t.${one.name} = (g.key ->> ${i})::${one.type}`);
    await this.database.write(
      anonymous(
        `update threadkeep.${key.table} t set ${name} = g.former
           from (select e -> 0 as key, e ->> 1 as former, e ->> 2 as given
                   from jsonb_array_elements($2::jsonb) e) g
          where t.user_id = $1 and ${ids.join(' and ')} and t.${name} = g.given
            and (${named.join(', ')}) not in (
              select ${key.columns.join(', ')} from threadkeep.${key.table}
               where user_id = $1 and (${key.predicate}))`,
      ),
      [from, JSON.stringify(renamed)],
    );
  }

  /**
   * Gives answers to an `Idempotency-Key` that name a row of the first user to that user, and
   * erases those of the second of which nobody knows what they name.
   */
  async partAnswers({ from, to }: MergedPair, all: OwnedRows[]): Promise<void> {
    const named = all
      .filter(({ column, key }) => column === 'user_id' && key.some(isId))
      .map(
        ({ table }) =>
          `exists (select from threadkeep.${table} o where o.user_id = $2 and o.id = s.subject)`,
      );
    await this.database.write(
      anonymous(
        `with named as (
           select distinct s.key from threadkeep.idempotency_subject s
            where s.user_id = $1 and (${named.join(' or ')})),
         subjects as (
           update threadkeep.idempotency_subject s set user_id = $2 from named
            where s.user_id = $1 and s.key = named.key)
         update threadkeep.idempotency_key k set user_id = $2 from named
          where k.user_id = $1 and k.key = named.key`,
      ),
      [to, from],
    );
    await this.database.write(ERASE_UNNAMED_ANSWERS, [to]);
  }

  /** After the rows have moved. */
  async shareTombstones({ from, to }: MergedPair): Promise<void> {
    await this.database.write(SHARE_TOMBSTONES, [from, to]);
  }

  async countEpoch({ to }: MergedPair): Promise<void> {
    await this.database.write(COUNT_EPOCH, [to]);
  }
}

const isId = ({ name, type }: KeyColumn): boolean => name === 'id' && type === 'uuid';

const going = (rows: OwnedRows, all: OwnedRows[]): string =>
  `${rows.column} = $1 and ${goingBack(rows, all)}`;
