// Builds the statements of a list from its declaration. A client's values become parameters, never
// text.
import { withinBytes } from '../database/index.js';
import type { Field } from './field.js';
import { type FilterTree, filterSql, namesField } from './filter.js';
import type { AnyList, SortKey } from './list-definition.js';
import type { ListQuery } from './list-query.js';

/** A feature's own condition, such as "is overdue". Cursors contain its name. */
export interface Condition {
  name: string;
  /** @param parameter adds a value of the SQL type and gives its placeholder */
  text: (parameter: (value: unknown, type: string) => string) => string;
}

/** A text and its values, without the owner: in a list with an owner they begin at `$2`. */
export interface SqlText {
  text: string;
  values: unknown[];
}

/** What selects rows of a list. */
type RowFilter = Pick<ListQuery, 'filters'> & Partial<Pick<ListQuery, 'q'>>;

/** The sort keys of the row after which the next page begins. */
export type Position = (string | number)[];

/**
 * Adds the unique field to the sort, in the direction of the last key, so that one index serves
 * both.
 */
export function fullSort(list: AnyList, sort: SortKey[]): SortKey[] {
  const known = sort.some(({ field }) => field === list.unique);
  return known ? sort : [...sort, { field: list.unique, descending: sort.at(-1)!.descending }];
}

/** The column of a row that holds a sort key other than the field's own value. */
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
  /** 1 when `$1` is the owner. */
  private readonly owners: number;

  constructor({ declaration }: AnyList) {
    this.owners = declaration.owner === null ? 0 : 1;
  }

  readonly parameter = (value: unknown, type: string): string =>
    `$${this.values.push(value) + this.owners}::${type}`;
}

/** The default size of a page in bytes. */
const DEFAULT_PAGE_BYTES = 4 * 1024 * 1024;

/**
 * Selects the rows of one page and one more, with at most `maxBytes` together. A row over its share
 * has `isWithheld` true and null in its large columns.
 * @param after the position of the previous page
 */
export function pageStatement(
  list: AnyList,
  query: ListQuery,
  after: Position | null,
  within: Condition[],
  maxBytes = DEFAULT_PAGE_BYTES,
): SqlText {
  const builder = new Builder(list);
  const rest = orderedRows(list, query, after, within, builder);
  const size = sizeSql(list);
  if (size === null)
    return { text: `select ${columnsSql(list, query)} ${rest}`, values: builder.values };
  const share = builder.parameter(bytesPerRow(query, maxBytes), 'integer');
  return {
    text: `select ${columnsSql(list, query, `${size} <= ${share}`)},
      ${size} > ${share} as "isWithheld" ${rest}`,
    values: builder.values,
  };
}

/** The bytes that each row of a page may have, so that the page has at most `maxBytes`. */
export const bytesPerRow = ({ limit }: ListQuery, maxBytes: number): number =>
  Math.floor(maxBytes / (limit + 1));

/**
 * Selects the same page, but ends it at the budget in bytes. `found` counts the rows without the
 * budget, including the one more.
 */
export function measuredPageStatement(
  list: AnyList,
  query: ListQuery,
  after: Position | null,
  within: Condition[],
  maxBytes: number,
): SqlText {
  const builder = new Builder(list);
  const rows = `select ${columnsSql(list, query)},
    ${sizeSql(list) ?? '0'} as bytes ${orderedRows(list, query, after, within, builder)}`;
  return { text: withinBytes(rows, builder.parameter(maxBytes, 'bigint')), values: builder.values };
}

function orderedRows(
  list: AnyList,
  query: ListQuery,
  after: Position | null,
  within: Condition[],
  builder: Builder,
): string {
  const sort = fullSort(list, query.sort);
  const conditions = conditionsSql(list, query, within, builder);
  if (after) conditions.push(afterPosition(list, sort, after, builder));
  const order = sort
    .map(({ field, descending }) => `${list.field(field)!.sortKey!}${descending ? ' desc' : ''}`)
    .join(', ');
  const text = `from ${list.declaration.table} where ${conditions.join(' and ') || 'true'}
    order by ${order} limit ${builder.parameter(query.limit + 1, 'integer')}`;
  return query.offset > 0 ? `${text} offset ${builder.parameter(query.offset, 'integer')}` : text;
}

/** SQL for the bytes of a row's large fields; null when it has none. */
function sizeSql({ declaration }: AnyList): string | null {
  const sizes = Object.values(declaration.fields).flatMap(({ bytes }) => bytes ?? []);
  return sizes.length === 0 ? null : `(${sizes.join(' + ')})`;
}

export function countStatement(list: AnyList, query: RowFilter, within: Condition[]): SqlText {
  const builder = new Builder(list);
  const conditions = conditionsSql(list, query, within, builder);
  return {
    text: `select count(*)::integer as total from ${list.declaration.table}
      where ${conditions.join(' and ') || 'true'}`,
    values: builder.values,
  };
}

/** Selects the ids of the next rows that pass the filters, in the order of ids. */
export function idsStatement(
  list: AnyList,
  filters: FilterTree[],
  within: Condition[],
  { after, limit }: { after: string; limit: number },
): SqlText {
  const builder = new Builder(list);
  const { column } = list.field(list.unique)!;
  const conditions = [
    ...conditionsSql(list, { filters }, within, builder),
    `${column} > ${builder.parameter(after, 'uuid')}`,
  ];
  return {
    text: `select ${column} as id from ${list.declaration.table}
      where ${conditions.join(' and ')} order by ${column}
      limit ${builder.parameter(limit, 'integer')}`,
    values: builder.values,
  };
}

/**
 * Lists the columns to select.
 * @param isSmall SQL condition on which large fields are selected; without it they always are
 */
function columnsSql(list: AnyList, { sort }: ListQuery, isSmall?: string): string {
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

function conditionsSql(
  list: AnyList,
  query: RowFilter,
  within: Condition[],
  builder: Builder,
): string[] {
  const { owner, deletedAt, search } = list.declaration;
  const fieldOf = (name: string): Field => list.field(name)!;
  const asksForDeleted = deletedAt && query.filters.some((one) => namesField(one, deletedAt));
  return [
    ...(owner === null ? [] : [`${owner} = $1::uuid`]),
    ...(deletedAt && !asksForDeleted ? [`${fieldOf(deletedAt).column} is null`] : []),
    ...within.map(({ text }) => text(builder.parameter)),
    ...query.filters.map((one) => filterSql(one, list.declaration.fields, builder.parameter)),
    ...(query.q !== undefined && search ? [search(builder.parameter(query.q, 'text'))] : []),
  ];
}

/**
 * The condition for rows after a position. With one direction it is one row comparison, which an
 * index answers; else the first key bounds the scan.
 */
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
    return `(${keys.map(({ key }) => key).join(', ')}) ${keys[0]!.is}
      (${keys.map(({ value }) => value).join(', ')})`;
  }
  const later = keys.map(({ key, is, value }, i) =>
    [
      ...keys.slice(0, i).map((equal) => `${equal.key} = ${equal.value}`),
      `${key} ${is} ${value}`,
    ].join(' and '),
  );
  const [first] = keys;
  return `${first!.key} ${first!.is}= ${first!.value}
    and (${later.map((one) => `(${one})`).join(' or ')})`;
}
