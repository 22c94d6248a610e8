// Answers lists: the page, the cursor of the next one and, on request, the total number of rows.
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import type { TimeLimits } from '../context/index.js';
import {
  anonymous,
  ownedAnonymous,
  ownedStatement,
  ScopedDatabase,
  type Statement,
  statement,
} from '../database/index.js';
import type { Page } from './page.js';
import { Cursors } from './cursors.js';
import type { AnyList, List } from './list-definition.js';
import type { FilterTree } from './filter.js';
import type { ListQuery } from './list-query.js';
import {
  type Condition,
  countStatement,
  fullSort,
  idsStatement,
  measuredPageStatement,
  pageStatement,
  type Position,
  positionOf,
  bytesPerRow,
  type SqlText,
} from './list-sql.js';

/** The rows of a page, and whether more follow. */
export interface PageRows<Row> {
  rows: Row[];
  hasMore: boolean;
}

/** What a feature does with the rows of a page. */
export interface Reading<Row, Item> {
  /**
   * Adds to the rows what is kept elsewhere. It keeps their order, and may leave out the last ones when
   * they are too large with it.
   */
  prepare?: (rows: Row[]) => Promise<Row[]>;
  /** Writes an item. */
  item?: (row: Row) => Item;
}

@Injectable()
export class Lists {
  /** Keyed by the list, because a list with another default order may have the same name. */
  private readonly prepared = {
    first: new Map<AnyList, Statement>(),
    after: new Map<AnyList, Statement>(),
  };
  /** Time limits for queries without an index, which may read any number of rows. */
  private readonly limits: TimeLimits;

  constructor(
    private readonly database: ScopedDatabase,
    private readonly cursors: Cursors,
    private readonly config: Config,
  ) {
    this.limits = { statement: Math.min(config.statementTimeout, config.fairness.listTimeout) };
  }

  /**
   * @param within conditions of the feature, beside those of the client
   * @param reading what is done with the rows, when it is not what the list declares
   * @throws AppError `request.invalid_query` for a cursor of another query
   */
  async page<Row extends object, Item extends object>(
    list: List<Row, Item>,
    query: ListQuery,
    within: Condition[] = [],
    { prepare, item = list.declaration.item }: Reading<Row, Item> = {},
  ): Promise<Page<Item>> {
    const asked = this.question(list, query, within);
    const read = await this.rows<Row>(list, query, this.after(query, asked), within);
    const kept = prepare ? shortened(read, await prepare(read.rows)) : read;
    const page = this.paged(list, query, kept, asked, item);
    return query.count ? { ...page, total: await this.total(list, query, within) } : page;
  }

  /** Reads the ids of the next rows that pass the filters from the primary, in the order of ids. */
  async ids(
    list: AnyList,
    filters: FilterTree[],
    within: Condition[],
    page: { after: string; limit: number },
  ): Promise<string[]> {
    const rows = await this.database.read(
      ...this.unprepared<{ id: string }>(list, idsStatement(list, filters, within, page)),
    );
    return rows.map(({ id }) => id);
  }

  /** Counts the rows that pass the filters, on the primary. */
  async count(list: AnyList, filters: FilterTree[], within: Condition[]): Promise<number> {
    const counting = countStatement(list, { filters }, within);
    const [row] = await this.database.read(...this.unprepared<{ total: number }>(list, counting));
    return row!.total;
  }

  /**
   * The text that cursors are bound to: the owner and the query. The order of filters does not
   * matter.
   */
  question({ declaration }: AnyList, { sort, filters, q }: ListQuery, within: Condition[]): string {
    const asked = filters
      .map((one) =>
        JSON.stringify('field' in one && !one.path ? [one.field, one.operator, one.value] : one),
      )
      .sort();
    return JSON.stringify([
      declaration.name,
      declaration.owner === null ? null : this.database.userId,
      sort,
      asked,
      q ?? null,
      within.map(({ name }) => name),
    ]);
  }

  /** The position where the page begins; null for the first page. */
  after({ cursor }: ListQuery, asked: string): Position | null {
    return cursor === undefined ? null : this.cursors.open(cursor, asked);
  }

  /** Builds the page from its rows. */
  paged<Row extends object, Item extends object>(
    list: AnyList,
    query: ListQuery,
    { rows, hasMore }: PageRows<Row>,
    asked: string,
    item: (row: Row) => Item,
  ): Page<Item> {
    const next = hasMore
      ? this.cursors.seal(positionOf(list, fullSort(list, query.sort), rows.at(-1)!), asked)
      : null;
    return { data: rows.map((row) => trimmed(item(row), query.fields)), nextCursor: next };
  }

  /**
   * Reads a page with one statement. When a row is over its share of bytes, reads the page again up
   * to its budget in bytes.
   */
  private async rows<Row extends object>(
    list: AnyList,
    query: ListQuery,
    after: Position | null,
    within: Condition[],
  ): Promise<PageRows<Row>> {
    const rows = await this.database.readReplica(
      ...this.unmeasured<Row>(list, query, after, within),
    );
    if (!rows.some(({ isWithheld }) => isWithheld)) return upTo<Row>(query.limit, rows);
    const measured = measuredPageStatement(list, query, after, within, this.config.bytes.page);
    return upTo<Row>(
      query.limit,
      await this.database.readReplica(...this.unprepared<Row & Measured>(list, measured)),
    );
  }

  private unmeasured<Row extends object>(
    list: AnyList,
    query: ListQuery,
    after: Position | null,
    within: Condition[],
  ): [Statement<Row & Withholding>, unknown[]] {
    const { page } = this.config.bytes;
    if (isPlain(list, query, within)) {
      const share = list.hasLargeFields ? [bytesPerRow(query, page)] : [];
      return [this.plain<Row>(list, query, after), [...(after ?? []), query.limit + 1, ...share]];
    }
    return this.unprepared(list, pageStatement(list, query, after, within, page));
  }

  /**
   * Its parameters are the owner, the position, the limit and the share of a row, in this order.
   */
  private plain<Row extends object>(
    list: AnyList,
    query: ListQuery,
    after: Position | null,
  ): Statement<Row> {
    const { name, owner } = list.declaration;
    const page = after ? 'after' : 'first';
    const declare = owner === null ? statement : ownedStatement;
    const known =
      this.prepared[page].get(list) ??
      declare(`${name}.list_${page}`, pageStatement(list, query, after, []).text);
    this.prepared[page].set(list, known);
    return known as Statement<Row>;
  }

  private unprepared<Row extends object>(
    { declaration: { owner } }: AnyList,
    { text, values }: SqlText,
  ): [Statement<Row>, unknown[]] {
    const declare = owner === null ? anonymous : ownedAnonymous;
    return [declare<Row>(text, this.limits), values];
  }

  private async total(list: AnyList, query: ListQuery, within: Condition[]): Promise<number> {
    const counting = countStatement(list, query, within);
    const [row] = await this.database.readReplica(
      ...this.unprepared<{ total: number }>(list, counting),
    );
    return row!.total;
  }
}

interface Withholding {
  isWithheld?: boolean;
}

export interface Measured {
  found?: number;
}

/** A page of which the last rows may be left out. */
export const shortened = <Row extends object>(read: PageRows<Row>, rows: Row[]): PageRows<Row> => ({
  rows,
  hasMore: read.hasMore || rows.length < read.rows.length,
});

/**
 * Builds the page from `limit + 1` rows; the extra row only tells that there is a next page.
 * @param rows when a budget ended them, `found` tells how many there were
 */
export function upTo<Row extends object>(limit: number, rows: (Row & Measured)[]): PageRows<Row> {
  const kept = rows.length > limit ? rows.slice(0, limit) : rows;
  return { rows: kept, hasMore: (rows[0]?.found ?? rows.length) > kept.length };
}

/**
 * True for the most common query of a list. It is prepared, and runs on a pipelined connection. Any
 * other query is planned for its values, on a connection of its own: it may take long, and there
 * are too many forms to prepare.
 */
function isPlain(
  { defaultSort }: AnyList,
  { sort, filters, q, offset }: ListQuery,
  within: Condition[],
): boolean {
  return (
    sort === defaultSort &&
    filters.length === 0 &&
    q === undefined &&
    offset === 0 &&
    within.length === 0
  );
}

function trimmed<Item extends object>(item: Item, fields: string[] | undefined): Item {
  if (!fields) return item;
  return Object.fromEntries(
    fields.map((name) => [name, (item as Record<string, unknown>)[name]]),
  ) as Item;
}
