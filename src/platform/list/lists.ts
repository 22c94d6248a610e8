// Answers a list: the page, where the next one begins, and, when asked, how many there are.
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { RequestContexts, type TimeLimits } from '../context/index.js';
import { anonymous, ScopedDatabase, type Statement, statement } from '../database/index.js';
import type { Page } from './page.js';
import { Cursors } from './cursors.js';
import type { AnyList, List } from './list-definition.js';
import type { ListQuery } from './list-query.js';
import {
  type Condition,
  countStatement,
  fullSort,
  measuredPageStatement,
  pageStatement,
  type Position,
  positionOf,
  shareOf,
} from './list-sql.js';

/** The rows of a page, and whether there is one after them. */
export interface PageRows<Row> {
  rows: Row[];
  hasMore: boolean;
}

@Injectable()
export class Lists {
  /** By the list and not by its name, which a list with another order shares. */
  private readonly prepared = {
    first: new Map<AnyList, Statement>(),
    after: new Map<AnyList, Statement>(),
  };
  /** Of a question that no index answers: nobody knows before how many rows it looks at. */
  private readonly limits: TimeLimits;

  constructor(
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    private readonly cursors: Cursors,
    private readonly config: Config,
  ) {
    this.limits = { statement: Math.min(config.statementTimeout, config.fairness.listTimeout) };
  }

  /**
   * @param within what the feature asks besides the client
   * @throws AppError `request.invalid_query` for a cursor of another question
   */
  async page<Row extends object, Item extends object>(
    list: List<Row, Item>,
    query: ListQuery,
    within: Condition[] = [],
  ): Promise<Page<Item>> {
    const asked = this.question(list, query, within);
    const rows = await this.rows<Row>(list, query, this.after(query, asked), within);
    const page = this.paged(list, query, rows, asked, list.declaration.item);
    return query.count ? { ...page, total: await this.total(list, query, within) } : page;
  }

  /** What a cursor is bound to: whose list it is, and what is asked of it. Filters say the same in any order. */
  question({ declaration }: AnyList, { sort, filters, q }: ListQuery, within: Condition[]): string {
    const asked = filters
      .map(({ field, operator, value }) => JSON.stringify([field, operator, value]))
      .sort();
    return JSON.stringify([
      declaration.name,
      this.ownerOf(declaration),
      sort,
      asked,
      q ?? null,
      within.map(({ name }) => name),
    ]);
  }

  /** Where the page begins, or null for the first. */
  after({ cursor }: ListQuery, asked: string): Position | null {
    return cursor === undefined ? null : this.cursors.open(cursor, asked);
  }

  /** The page that rows make. */
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

  /** Nearly all pages are small, and read with one statement. Where a row is not, the page is read again up to its budget. */
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
    const { text, values } = measuredPageStatement(
      list,
      query,
      this.ownerOf(list.declaration),
      after,
      within,
      this.config.bytes.page,
    );
    return upTo<Row>(
      query.limit,
      await this.database.readReplica(anonymous<Row & Measured>(text, this.limits), values),
    );
  }

  private unmeasured<Row extends object>(
    list: AnyList,
    query: ListQuery,
    after: Position | null,
    within: Condition[],
  ): [Statement<Row & Withholding>, unknown[]] {
    const owner = this.ownerOf(list.declaration);
    const { page } = this.config.bytes;
    if (isPlain(list, query, within)) {
      const share = list.hasLargeFields ? [shareOf(query, page)] : [];
      return [
        this.plain<Row>(list, query, after),
        [...(owner === null ? [] : [owner]), ...(after ?? []), query.limit + 1, ...share],
      ];
    }
    const { text, values } = pageStatement(list, query, owner, after, within, page);
    return [anonymous(text, this.limits), values];
  }

  /** Its parameters are the owner, the position, the limit and the share of a row, in this order. */
  private plain<Row extends object>(
    list: AnyList,
    query: ListQuery,
    after: Position | null,
  ): Statement<Row> {
    const page = after ? 'after' : 'first';
    const known =
      this.prepared[page].get(list) ??
      statement(
        `${list.declaration.name}.list_${page}`,
        pageStatement(list, query, '', after, []).text,
      );
    this.prepared[page].set(list, known);
    return known as Statement<Row>;
  }

  private async total(list: AnyList, query: ListQuery, within: Condition[]): Promise<number> {
    const { text, values } = countStatement(list, query, this.ownerOf(list.declaration), within);
    const [row] = await this.database.readReplica(
      anonymous<{ total: number }>(text, this.limits),
      values,
    );
    return row!.total;
  }

  /** Whose rows are listed. What the service administers has no owner, and its routes no user. */
  private ownerOf({ owner }: { owner: string | null }): string | null {
    return owner === null ? null : this.contexts.userScope().userId;
  }
}

interface Withholding {
  isWithheld?: boolean;
}

export interface Measured {
  found?: number;
}

/** Of rows that were read with one more than the limit. @param rows where a budget has ended them, they say how many there were */
export function upTo<Row extends object>(limit: number, rows: (Row & Measured)[]): PageRows<Row> {
  const kept = rows.length > limit ? rows.slice(0, limit) : rows;
  return { rows: kept, hasMore: (rows[0]?.found ?? rows.length) > kept.length };
}

/**
 * The list as it is asked most is prepared, and runs on the connections all share. Any other is planned for the values it is asked with,
 * on a connection of its own: it may take long, and there is no end to the ways to ask.
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
