// Converts the values of one column of texts in place: as the system, from plain to sealed and back.
import { Injectable } from '@nestjs/common';
import { anonymous, ScopedDatabase, withinBytes } from '../database/index.js';
import { type Conversion, SLICE_ROWS } from './conversions.js';
import { isSealedSql, type SealedColumn, valueSql } from './sealed-columns.js';
import {
  isPlainTextSql,
  ofPlainText,
  openTextWith,
  sealTextWith,
  toPlainText,
} from './sealed-text.js';
import { orNull } from './unreadable.js';
import { MAX_UUID, NIL_UUID } from '../input/index.js';

/** Bytes of the values of one transaction, beside the last one. */
const BATCH_BYTES = 8_000_000;

export interface ConvertedColumn extends SealedColumn {
  /** The SQL condition on plain values that are sealed; without it, all are. */
  worth?: string;
  /** Makes a text into the one that is sealed, and back. */
  pack?: (text: string) => string;
  unpack?: (text: string) => string;
}

interface StoredValue {
  userId: string;
  row: string;
  key: string;
  value: string;
}

type ValuePlace = [userId: string, row: string, key: string];

const placeSql = ({ row, key = row }: ConvertedColumn): string => `user_id, ${row}, (${key})::text`;

const endOfSlice = (of: ConvertedColumn) =>
  anonymous<Omit<StoredValue, 'value'>>(
    `select user_id as "userId", ${of.row} as row, (${of.key ?? of.row})::text as key
       from threadkeep.${of.table} where (${placeSql(of)}) > ($1::uuid, $2::uuid, $3::text)
      order by ${placeSql(of)} offset ${SLICE_ROWS - 1} limit 1`,
  );

const list = (of: ConvertedColumn, seals: boolean) => {
  const { table, row, key = row, worth = 'true' } = of;
  const isWanted = seals ? `${isPlainTextSql(valueSql(of))} and ${worth}` : isSealedSql(of);
  return anonymous<StoredValue>(
    withinBytes(
      `select user_id as "userId", ${row} as row, (${key})::text as key, ${valueSql(of)} as value,
         octet_length(${valueSql(of)}) as bytes from threadkeep.${table}
        where (${placeSql(of)}) > ($1::uuid, $2::uuid, $3::text)
          and (${placeSql(of)}) <= ($4::uuid, $5::uuid, $6::text)
          and ${of.column} is not null and ${isWanted}
        order by ${placeSql(of)} limit $7`,
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

const placeOf = ({ userId, row, key }: Omit<StoredValue, 'value'>): ValuePlace => [
  userId,
  row,
  key,
];

const asIs = (text: string): string => text;

@Injectable()
export class ColumnConversions {
  constructor(private readonly database: ScopedDatabase) {}

  /** @param seals false unseals */
  of(
    column: ConvertedColumn,
    seals: boolean,
  ): Conversion<StoredValue, StoredValue & { next: string }, ValuePlace> {
    const [ends, listed] = [endOfSlice(column), list(column, seals)];
    const written = write(column, seals);
    const { pack = asIs, unpack = asIs } = column;
    const vaultPlaceOf = ({ row }: StoredValue) => ({
      table: column.table,
      row: column.place ?? row,
      column: column.column,
    });
    return {
      name: `${column.table}.${column.column}`,
      first: [NIL_UUID, NIL_UUID, ''],
      endOfSlice: async (after) => {
        const [end] = await this.database.read(ends, after);
        return end ? placeOf(end) : null;
      },
      next: (after, end, limit) =>
        this.database.read(listed, [...after, ...(end ?? [MAX_UUID, MAX_UUID, '']), limit]),
      placeOf,
      convert: (stored, key) => {
        const { value } = stored;
        if (seals)
          return key
            ? { ...stored, next: sealTextWith(key, vaultPlaceOf(stored), pack(ofPlainText(value))) }
            : null;
        const opened = orNull(() => unpack(openTextWith(key, vaultPlaceOf(stored), value)));
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
