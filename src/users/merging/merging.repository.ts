// SQL of a merge. Names of tables and columns come from the catalogue, and ids are parameters. Run
// it as the system.
import { Injectable } from '@nestjs/common';
import { anonymous, ScopedDatabase, statement } from '../../platform/database/index.js';
import type { LockedTable, OwnerColumn, UniqueKey } from './merge-schema.repository.js';
import { type KeyColumn, kindOf } from './undo/undo-schema.repository.js';

/** How many rows of each table move, by `table` or `table.column`. */
export type RowCounts = Record<string, number>;

/** Names that rows of both users have. */
export interface Collision {
  table: string;
  key: string;
  count: number;
  /** The first of the names. */
  examples: string[];
  /** True when `onCollision: "rename"` gives the rows of the first user other names. */
  canRename: boolean;
}

/** The key of a row, the name it had, and the name that it was given. */
export type Renamed = [key: string[], former: string, given: string];

export interface MergedUser {
  id: string;
  isActive: boolean;
  mergedInto: string | null;
}

const MAX_EXAMPLES = 5;
/** Characters of a name that stay before the suffix. Every name may have more. */
const RENAMED_CHARACTERS = 40;

/** Waits for writes that add rows of the users, and lets new ones wait. */
const LOCK_USERS = statement<MergedUser>(
  'user.lock_for_merge',
  `select coalesce(former_id, id) as id, status = 'active' as "isActive",
    merged_into as "mergedInto"
     from threadkeep.app_user where id = any ($1) or former_id = any ($1) order by id for update`,
);

/**
 * The row gets another id. So writes under the former one fail like those of a removed user. By the
 * clock, because an undo asks which of several merges was the last.
 */
const KEEP_NAMES = statement(
  'user.keep_names_of_merged',
  `update threadkeep.app_user set id = gen_random_uuid(), former_id = $1, merged_into = $2,
    version = version + 1, updated_at = clock_timestamp() where id = $1`,
);

/**
 * What the first user deleted is not imported again by the second. Its keys come first, where an undo
 * finds them. Later deletions get a key of their own, which an undo gives to both.
 */
const ADD_TOMBSTONE_KEYS = statement(
  'user.add_tombstone_keys',
  `update threadkeep.app_user u set version = u.version + 1, updated_at = now(),
     former_tombstone_keys = n.former_tombstone_keys || array_remove(array[n.tombstone_key], null)
       || u.former_tombstone_keys || array_remove(array[u.tombstone_key], null),
     tombstone_key = null
     from threadkeep.app_user n where u.id = $2 and n.id = $1`,
);

/** SQL that counts the rows of each table. */
export const counting = <Rows extends OwnerColumn>(
  columns: Rows[],
  from: (column: Rows, i: number) => string,
): string =>
  `select ${columns
    .map((one, i) => `(select count(*)::integer from ${from(one, i)}) as "${kindOf(one)}"`)
    .join(', ')}`;

/** The rows of user `$1` whose key a row of user `$2` has, too. */
const colliding = ({ table, columns, predicate }: UniqueKey, exceptThose: string) => {
  const key = `(${['true', ...columns].join(', ')})`;
  return `from threadkeep.${table}
    where user_id = $1 and (${predicate}) and not (${exceptThose}) and ${key} in (
      select ${['true', ...columns].join(', ')} from threadkeep.${table}
       where user_id = $2 and (${predicate}))`;
};

@Injectable()
export class MergingRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /** Locks both users until the transaction ends, in the order of their ids. */
  lockUsers(from: string, to: string): Promise<MergedUser[]> {
    return this.database.write(LOCK_USERS, [[from, to]]);
  }

  /** Locks the rows that other rows belong to, and those that workers hold. */
  async lockRows(userId: string, tables: LockedTable[]): Promise<void> {
    for (const { table } of tables)
      await this.database.write(
        anonymous(
          `select count(*) from (
             select from threadkeep.${table} where user_id = $1 for update) locked`,
        ),
        [userId],
      );
  }

  /** Tells whether a worker holds a row of the user. */
  async isWorkedOn(userId: string, tables: LockedTable[]): Promise<boolean> {
    const leased = tables.filter(({ isLeased }) => isLeased);
    const text = leased
      .map(
        ({ table }) =>
          `select from threadkeep.${table}
            where user_id = $1 and worker_id is not null and lease_expires_at > now()`,
      )
      .join(' union all ');
    const [row] = await this.database.read(
      anonymous<{ found: boolean }>(`select exists (${text}) as found`),
      [userId],
    );
    return row!.found;
  }

  async countRows(userId: string, columns: OwnerColumn[]): Promise<RowCounts> {
    const ofUser = ({ table, column }: OwnerColumn) => `threadkeep.${table} where ${column} = $1`;
    const [counts] = await this.database.read(anonymous<RowCounts>(counting(columns, ofUser)), [
      userId,
    ]);
    return counts!;
  }

  /**
   * Gives all rows to the other user. One statement, because the foreign keys are checked when a
   * statement ends.
   */
  async moveRows(from: string, to: string, columns: OwnerColumn[]): Promise<RowCounts> {
    const moves = columns.map(
      ({ table, column }, i) =>
        `moved_${i} as (
           update threadkeep.${table} set ${column} = $2 where ${column} = $1 returning 1)`,
    );
    const text = `with ${moves.join(', ')} ${counting(columns, (_, i) => `moved_${i}`)}`;
    return (await this.database.write(anonymous<RowCounts>(text), [from, to]))[0]!;
  }

  /** @param settled for each key, the SQL condition on the rows that may stand */
  async findCollisions(
    from: string,
    to: string,
    keys: UniqueKey[],
    settled: Readonly<Record<string, string>>,
  ): Promise<Collision[]> {
    const texts = keys.map((key) => {
      const name = `concat_ws(' ', ${["''", ...key.columns].join(', ')})`;
      return `select '${key.table}' as table, '${key.name}' as key, count(*)::integer as count,
          coalesce((array_agg(distinct btrim(name)))[1:${MAX_EXAMPLES}], '{}') as examples,
          ${key.isRenamable} as "canRename"
        from (select ${name} as name ${colliding(key, settled[key.name] ?? 'false')}) named
        having count(*) > 0`;
    });
    return this.database.read(anonymous<Collision>(texts.join(' union all ')), [from, to]);
  }

  /**
   * Gives the colliding rows of the first user other names: their beginning, and eight digits.
   * @param id the key of the rows
   * @returns for each row its key, the name it had and the one it has
   */
  async rename(from: string, to: string, key: UniqueKey, id: KeyColumn[]): Promise<Renamed[]> {
    const name = key.columns.at(-1)!;
    const ids = id.map((column) => `t.${column.name}::text`).join(', ');
    const renamed = await this.database.write(
      anonymous<{ entry: Renamed }>(
        `update threadkeep.${key.table} t
          set ${name} = left(c.former, ${RENAMED_CHARACTERS}) || '-'
            || left(md5(c.former || user_id::text), 8)
         from (select ctid as place, ${name} as former ${colliding(key, 'false')}) c
         where t.ctid = c.place
         returning jsonb_build_array(jsonb_build_array(${ids}), c.former, t.${name}) as entry`,
      ),
      [from, to],
    );
    return renamed.map(({ entry }) => entry);
  }

  async keepNames(from: string, to: string): Promise<void> {
    await this.database.write(ADD_TOMBSTONE_KEYS, [from, to]);
    await this.database.write(KEEP_NAMES, [from, to]);
  }
}
