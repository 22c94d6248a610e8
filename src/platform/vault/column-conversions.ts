// Converts the values of one column of texts in place: as the system, from plain to sealed and back.
import { Injectable } from '@nestjs/common';
import { anonymous, ScopedDatabase, withinBytes } from '../database/index.js';
import type { Conversion } from './conversions.js';
import { isSealedSql, type SealedColumn, valueSql } from './sealed-columns.js';
import { ofPlainText, openTextWith, sealTextWith, toPlainText } from './sealed-text.js';
import { orNull } from './unreadable.js';

/** Bytes of the values of one transaction, beside the last one. */
const BATCH_BYTES = 8_000_000;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

export interface ConvertedColumn extends SealedColumn {
  /** The SQL condition on plain values that are sealed; without it, all are. */
  worth?: string;
}

interface StoredValue {
  userId: string;
  row: string;
  key: string;
  value: string;
}

type ValuePlace = [userId: string, row: string, key: string];

const list = (of: ConvertedColumn, seals: boolean) => {
  const { table, row, key = row, worth = 'true' } = of;
  const isWanted = seals ? `not ${isSealedSql(of)} and ${worth}` : isSealedSql(of);
  return anonymous<StoredValue>(
    withinBytes(
      `select user_id as "userId", ${row} as row, (${key})::text as key, ${valueSql(of)} as value,
         octet_length(${valueSql(of)}) as bytes from threadkeep.${table}
        where (user_id, ${row}, (${key})::text) > ($1::uuid, $2::uuid, $3::text)
          and ${of.column} is not null and ${isWanted}
        order by user_id, ${row}, (${key})::text limit $4`,
      String(BATCH_BYTES),
    ),
  );
};

/** Writes values that are as they were read. A row that somebody else writes is left to the next run. */
const write = (of: ConvertedColumn, seals: boolean) => {
  const { table, row, key = row, column, isJson } = of;
  const value = isJson ? (seals ? 'to_jsonb(g.value)' : 'g.value::jsonb') : 'g.value';
  const isThat = `user_id = g.owner and ${row} = g.of_row and (${key})::text = g.of_key`;
  return anonymous<{ count: number }>(
    `with g as (
       select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[])
         as g (owner, of_row, of_key, value_read, value)
     ), locked as (
       select g.* from threadkeep.${table} join g on ${isThat}
        where ${valueSql(of)} = g.value_read
          for update of ${table} skip locked
     ), converted as (
       update threadkeep.${table} set ${column} = ${value} from locked g where ${isThat} returning 1
     )
     select count(*)::integer as count from converted`,
  );
};

@Injectable()
export class ColumnConversions {
  constructor(private readonly database: ScopedDatabase) {}

  /** @param seals false unseals */
  of(
    column: ConvertedColumn,
    seals: boolean,
  ): Conversion<StoredValue, StoredValue & { next: string }, ValuePlace> {
    const [listed, written] = [list(column, seals), write(column, seals)];
    const placeOf = ({ row }: StoredValue) => ({
      table: column.table,
      row: column.place ?? row,
      column: column.column,
    });
    return {
      first: [BEFORE_ALL, BEFORE_ALL, ''],
      next: (after, limit) => this.database.read(listed, [...after, limit]),
      placeOf: ({ userId, row, key }) => [userId, row, key],
      // A batch ends with its bytes, too.
      isLast: (rows) => rows.length === 0,
      convert: (stored, key) => {
        const { value } = stored;
        if (seals)
          return key
            ? { ...stored, next: sealTextWith(key, placeOf(stored), ofPlainText(value)) }
            : null;
        const opened = orNull(() => openTextWith(key, placeOf(stored), value));
        return opened === null
          ? null
          : { ...stored, next: column.isJson ? opened : toPlainText(opened) };
      },
      write: async (rows) => {
        const values = [
          rows.map(({ userId }) => userId),
          rows.map(({ row }) => row),
          rows.map(({ key }) => key),
          rows.map(({ value }) => value),
          rows.map(({ next }) => next),
        ];
        return (await this.database.write(written, values))[0]!.count;
      },
    };
  }
}
