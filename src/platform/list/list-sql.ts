// The statements of a list, made from its declaration alone: what a client sends becomes parameters, never text.
import { withinBytes } from '../database/index.js';
import type { Field } from './field.js';
import type { AnyList, SortKey } from './list-definition.js';
import type { ListQuery } from './list-query.js';

/** A condition that a feature adds to what the client asks, such as "is overdue". Its name stands for it in cursors. */
export interface Condition {
  name: string;
  /** `parameter` gives a place for a value of the SQL type. */
  text: (parameter: (value: unknown, type: string) => string) => string;
}

export interface SqlText {
  text: string;
  values: unknown[];
}

/** The values of a row's sort keys: where the next page begins. */
export type Position = (string | number)[];

/** Equals are ordered by the unique field, in the direction of the last key: so one index can serve both. */
export function fullSort(list: AnyList, sort: SortKey[]): SortKey[] {
  const known = sort.some(({ field }) => field === list.unique);
  return known ? sort : [...sort, { field: list.unique, descending: sort.at(-1)!.descending }];
}

/** The column of a row that holds a sort key which is not the field's own value. */
const keyColumn = (field: string): string => `sort:${field}`;

export function positionOf(list: AnyList, sort: SortKey[], row: object): Position {
  const values = row as Record<string, string | number | Date>;
  return sort.map(({ field }) => {
    const value = values[list.field(field)!.sortsByValue ? field : keyColumn(field)]!;
    return value instanceof Date ? value.toISOString() : value;
  });
}

class Builder {
  readonly values: unknown[] = [];

  readonly parameter = (value: unknown, type: string): string => {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  };
}

/** Bytes of a page, unless it is configured. */
const DEFAULT_PAGE_BYTES = 4 * 1024 * 1024;

/**
 * The rows of one page and one more, of which all together have at most `maxBytes`: of a row that is larger than its share, `isWithheld`
 * is true and the large columns are null. `after` is the position of the page before.
 */
export function pageStatement(
  list: AnyList,
  query: ListQuery,
  owner: string | null,
  after: Position | null,
  within: Condition[],
  maxBytes = DEFAULT_PAGE_BYTES,
): SqlText {
  const builder = new Builder();
  const rest = orderedRows(list, query, owner, after, within, builder);
  const size = sizeOf(list);
  if (size === null)
    return { text: `select ${columnsOf(list, query)} ${rest}`, values: builder.values };
  const share = builder.parameter(shareOf(query, maxBytes), 'integer');
  return {
    text: `select ${columnsOf(list, query, `${size} <= ${share}`)}, ${size} > ${share} as "isWithheld" ${rest}`,
    values: builder.values,
  };
}

/** What one row of a page may have for the page to have no more than `maxBytes`. */
export const shareOf = ({ limit }: ListQuery, maxBytes: number): number =>
  Math.floor(maxBytes / (limit + 1));

/** The same page, which ends before the row that those before it leave no room for. `found` counts the rows and the one more that there are. */
export function measuredPageStatement(
  list: AnyList,
  query: ListQuery,
  owner: string | null,
  after: Position | null,
  within: Condition[],
  maxBytes: number,
): SqlText {
  const builder = new Builder();
  const rows = `select ${columnsOf(list, query)}, ${sizeOf(list) ?? '0'} as bytes ${orderedRows(list, query, owner, after, within, builder)}`;
  return { text: withinBytes(rows, builder.parameter(maxBytes, 'bigint')), values: builder.values };
}

function orderedRows(
  list: AnyList,
  query: ListQuery,
  owner: string | null,
  after: Position | null,
  within: Condition[],
  builder: Builder,
): string {
  const sort = fullSort(list, query.sort);
  const conditions = conditionsOf(list, query, owner, within, builder);
  if (after) conditions.push(afterPosition(list, sort, after, builder));
  const order = sort
    .map(({ field, descending }) => `${list.field(field)!.sortKey!}${descending ? ' desc' : ''}`)
    .join(', ');
  const text = `from ${list.declaration.table} where ${conditions.join(' and ') || 'true'} order by ${order} limit ${builder.parameter(query.limit + 1, 'integer')}`;
  return query.offset > 0 ? `${text} offset ${builder.parameter(query.offset, 'integer')}` : text;
}

/** SQL for the bytes of a row's large fields; null where it has none. */
function sizeOf({ declaration }: AnyList): string | null {
  const sizes = Object.values(declaration.fields).flatMap(({ bytes }) => bytes ?? []);
  return sizes.length === 0 ? null : `(${sizes.join(' + ')})`;
}

export function countStatement(
  list: AnyList,
  query: ListQuery,
  owner: string | null,
  within: Condition[],
): SqlText {
  const builder = new Builder();
  const conditions = conditionsOf(list, query, owner, within, builder);
  return {
    text: `select count(*)::integer as total from ${list.declaration.table} where ${conditions.join(' and ') || 'true'}`,
    values: builder.values,
  };
}

/** @param isSmall the condition on which large fields are read; without it they always are */
function columnsOf(list: AnyList, { sort }: ListQuery, isSmall?: string): string {
  const shown = ({ column, bytes }: Field) =>
    bytes !== null && isSmall ? `case when ${isSmall} then ${column} end` : column;
  const fields = Object.entries(list.declaration.fields).map(
    ([name, field]) => `${shown(field)} as "${name}"`,
  );
  const keys = fullSort(list, sort)
    .map(({ field }) => [field, list.field(field)!] as const)
    .filter(([, field]) => !field.sortsByValue);
  return [
    ...fields,
    ...keys.map(([name, field]) => `(${field.sortKey!})::text as "${keyColumn(name)}"`),
  ].join(', ');
}

function conditionsOf(
  list: AnyList,
  query: ListQuery,
  owner: string | null,
  within: Condition[],
  builder: Builder,
): string[] {
  const { owner: ownerColumn, deletedAt, search } = list.declaration;
  const fieldOf = (name: string): Field => list.field(name)!;
  const asksForDeleted = query.filters.some((filter) => filter.field === deletedAt);
  return [
    ...(ownerColumn ? [`${ownerColumn} = ${builder.parameter(owner, 'uuid')}`] : []),
    ...(deletedAt && !asksForDeleted ? [`${fieldOf(deletedAt).column} is null`] : []),
    ...within.map(({ text }) => text(builder.parameter)),
    ...query.filters.map(({ field: name, operator, value }) =>
      fieldOf(name).condition(operator, value, (type) => builder.parameter(value, type)),
    ),
    ...(query.q !== undefined && search ? [search(builder.parameter(query.q, 'text'))] : []),
  ];
}

/** Rows after a position. With one direction it is one comparison of rows, which an index answers; else the first key bounds the scan. */
function afterPosition(
  list: AnyList,
  sort: SortKey[],
  position: Position,
  builder: Builder,
): string {
  const keys = sort.map(({ field, descending }, i) => {
    const { sortKey, kind } = list.field(field)!;
    return {
      key: sortKey!,
      is: descending ? '<' : '>',
      value: builder.parameter(position[i], kind.type),
    };
  });
  if (keys.every(({ is }) => is === keys[0]!.is)) {
    return `(${keys.map(({ key }) => key).join(', ')}) ${keys[0]!.is} (${keys.map(({ value }) => value).join(', ')})`;
  }
  const later = keys.map(({ key, is, value }, i) =>
    [
      ...keys.slice(0, i).map((equal) => `${equal.key} = ${equal.value}`),
      `${key} ${is} ${value}`,
    ].join(' and '),
  );
  const [first] = keys;
  return `${first!.key} ${first!.is}= ${first!.value} and (${later.map((one) => `(${one})`).join(' or ')})`;
}
