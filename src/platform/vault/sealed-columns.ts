// Knows which columns hold sealed values, and seals the values of one user anew for another.
import { Injectable } from '@nestjs/common';
import { RequestContexts } from '../context/index.js';
import { anonymous, ScopedDatabase, statement, withinBytes } from '../database/index.js';
import { decrypt, encrypt, encryptSame } from './cipher.js';
import { DataKeys, type NewKey, type OwnedKey } from './data-keys.js';
import { bytesOfSealedText, isSealedTextSql, toSealedText } from './sealed-text.js';
import { bound } from './vault.js';
import { NIL_UUID } from '../input/index.js';

/** Names are those of the code, never a client's. */
export interface SealedColumn {
  table: string;
  /** SQL of the row's id in the place of its sealed values. */
  row: string;
  /** What stands in the place of the id: the values of all rows of a user have the same place then. */
  place?: string;
  column: string;
  /** The SQL condition on rows of user `$1`, where that is not `user_id = $1`. */
  owned?: string;
  /** SQL of what names one row of the user, where several have values of the same place. */
  key?: string;
  /** The column holds texts: sealed ones, as `sealTextWith` makes them, and others. */
  isText?: boolean;
  /** The column is `jsonb`: a sealed text stands in it as a string, and what is plain is no string. */
  isJson?: boolean;
  /** The SQL condition on sealed values of other columns that hold plain ones, too. */
  sealed?: string;
  /** Equal texts in one place are sealed to equal bytes, as by `sealSameTextWith`. */
  isSame?: boolean;
  /** A user may have very many: `row` is a uuid that an index begins with, after the user. */
  isLarge?: boolean;
  /** Values may be long, too, and each row has an id of its own. Texts only. */
  isLong?: boolean;
}

interface SealedRow {
  row: string;
  key: string;
  sealed: Buffer | string;
}

/** Places that are read and sealed at once, of a large column; and bytes, of one with long values. */
const BATCH_PLACES = 500;
const BATCH_BYTES = 8_000_000;

/** The data keys of two users, as they were read. */
export interface SealingKeys {
  from: OwnedKey;
  to: OwnedKey;
}

/** The data key of a user, and the one that another user is going to have. */
export interface PartingKeys {
  from: NewKey;
  to: OwnedKey;
}

const LOCK_KEYS = statement<{ owner: string; wrapped: Buffer }>(
  'data_key.lock_all',
  `select user_id as owner, wrapped from threadkeep.data_key where user_id = any ($1)
    order by user_id for update`,
);
const DELETE_KEY = statement(
  'data_key.delete',
  `delete from threadkeep.data_key where user_id = $1`,
);
const ADD_KEY = statement(
  'data_key.add',
  `insert into threadkeep.data_key (user_id, key_id, wrapped) values ($1, $2, $3)`,
);

const OWNED = 'user_id = $1';

/** SQL of a value as it is stored. */
export const valueSql = ({ column, isJson }: SealedColumn): string =>
  isJson ? `(${column} #>> '{}')` : column;

/** SQL condition: the value is sealed. */
export const isSealedSql = (of: SealedColumn): string =>
  of.isText ? isSealedTextSql(valueSql(of)) : (of.sealed ?? `${of.column} is not null`);

/** All versions of a memory have the same place, and are read together. */
const select = (of: SealedColumn) => {
  const { table, row, owned = OWNED, key = row, isLarge, isLong } = of;
  const found = `select ${row}::text as row, (${key})::text as key, ${valueSql(of)} as sealed from threadkeep.${table}
      where (${owned}) and ${isSealedSql(of)}
      ${isLarge ? `and ${row} > $2 order by ${row} fetch first ${BATCH_PLACES} rows with ties` : ''} for update`;
  return anonymous<SealedRow>(isLong ? firstOf(found) : found);
};

/** A window function and a lock cannot be in one select. */
const firstOf = (found: string) => {
  const rows = `select f.*, octet_length(f.sealed) as bytes from found f order by f.row::uuid`;
  return `with found as (${found}) ${withinBytes(rows, String(BATCH_BYTES))}`;
};
const update = (of: SealedColumn) => {
  const { table, row, column, owned = OWNED, key = row, isText, isJson, isLarge } = of;
  return anonymous(
    `update threadkeep.${table} set ${column} = ${isJson ? 'to_jsonb(given.resealed)' : 'given.resealed'}
       from unnest($2::text[], $3::${isText ? 'text' : 'bytea'}[]) as given (resealed_row, resealed)
      where (${owned}) and (${key})::text = given.resealed_row
        ${isLarge ? `and ${row} between $4 and $5` : ''}`,
  );
};

@Injectable()
export class SealedColumns {
  private readonly columns: SealedColumn[] = [];

  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly dataKeys: DataKeys,
  ) {}

  /** Call it from a feature's `onModuleInit`. */
  register(column: SealedColumn): void {
    this.columns.push(column);
  }

  list(): readonly SealedColumn[] {
    return this.columns;
  }

  /**
   * Reads both data keys, and makes the second user's when it is missing. Call it outside
   * transactions, because it may call the key custody.
   * @returns null when the first user has sealed nothing
   */
  async keys(from: string, to: string): Promise<SealingKeys | null> {
    const own = await this.contexts.runAsUser(from, () => this.dataKeys.find());
    return (
      own && { from: own, to: await this.contexts.runAsUser(to, () => this.dataKeys.obtain()) }
    );
  }

  /**
   * Seals all values of the first user for the second, in the open transaction of the system, and
   * deletes the first user's data key. A value that could not be opened stays unreadable.
   * @throws Error when a data key has changed since `keys` read it: try again
   */
  async reseal(from: string, to: string, keys: SealingKeys | null): Promise<void> {
    await this.requireUnchanged([from, keys?.from], ...(keys ? [[to, keys.to] as const] : []));
    if (!keys) return;
    await this.resealRows(from, keys.from, keys.to);
    await this.database.write(DELETE_KEY, [from]);
  }

  /**
   * Reads the second user's data key, and makes one for the first user, who has none yet. Call it
   * outside transactions, because it calls the key custody.
   * @returns null when the second user has sealed nothing
   */
  async partingKeys(from: string, to: string): Promise<PartingKeys | null> {
    const own = await this.contexts.runAsUser(to, () => this.dataKeys.find());
    return own && { from: await this.dataKeys.make(from), to: own };
  }

  /**
   * Seals anew what the first user got back from the second, in the open transaction of the system.
   * @throws Error when the data key has changed since `partingKeys` read it: try again
   */
  async part(from: string, to: string, keys: PartingKeys | null): Promise<void> {
    await this.requireUnchanged([to, keys?.to]);
    if (!keys) return;
    if (!(await this.resealRows(from, keys.to, keys.from))) return;
    await this.database.write(ADD_KEY, [from, keys.from.keyId, keys.from.wrapped]);
  }

  /** @returns false when the user has no sealed values */
  private async resealRows(userId: string, before: OwnedKey, next: OwnedKey): Promise<boolean> {
    let found = false;
    for (const column of this.columns) {
      for (let after: string | undefined = NIL_UUID; after !== undefined;) {
        const rows: SealedRow[] = await this.database.write(select(column), [
          userId,
          ...(column.isLarge ? [after] : []),
        ]);
        found ||= rows.length > 0;
        await this.resealThese(userId, column, rows, [before, next]);
        after = column.isLarge ? rows.at(-1)?.row : undefined;
      }
    }
    return found;
  }

  /** Leaves a value as it is that cannot be opened. */
  private async resealThese(
    userId: string,
    column: SealedColumn,
    rows: SealedRow[],
    [before, after]: readonly [OwnedKey, OwnedKey],
  ): Promise<void> {
    if (rows.length === 0) return;
    const place = ({ row }: SealedRow) => ({
      table: column.table,
      row: column.place ?? row,
      column: column.column,
    });
    const resealed = rows.flatMap((one) => {
      const sealed = column.isText
        ? bytesOfSealedText(one.sealed as string)
        : (one.sealed as Buffer);
      const opened = decrypt(before.key, sealed, bound(before.owner, place(one)));
      if (!opened) return [];
      const to = [after.key, opened, bound(after.owner, place(one))] as const;
      const bytes = column.isSame ? encryptSame(...to) : encrypt(...to);
      return [{ key: one.key, value: column.isText ? toSealedText(bytes) : bytes }];
    });
    await this.database.write(update(column), [
      userId,
      resealed.map(({ key }) => key),
      resealed.map(({ value }) => value),
      ...(column.isLarge ? [rows[0]!.row, rows.at(-1)!.row] : []),
    ]);
  }

  private async requireUnchanged(
    ...read: (readonly [owner: string, key: OwnedKey | undefined])[]
  ): Promise<void> {
    const locked = await this.database.write(LOCK_KEYS, [read.map(([owner]) => owner)]);
    for (const [owner, key] of read) {
      const wrapped = locked.find((one) => one.owner === owner)?.wrapped;
      if (key ? wrapped?.equals(key.wrapped) !== true : wrapped !== undefined)
        throw new Error('a data key has changed meanwhile');
    }
  }
}
