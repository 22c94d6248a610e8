// Reads the query string of a list by its declaration. Refuses unknown parameters, and names the
// known ones.
import { type PipeTransform } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { type FieldError, RequestErrors } from '../errors/index.js';
import { CURSOR_MAX_LENGTH, PAGE_LIMIT } from './page.js';
import {
  boolean,
  withDescription,
  integer,
  type Parsed,
  parseJsonText,
  type QueryField,
  QueryShape,
  type Shape,
  someOf,
  text,
  Unreadable,
  WITH_COMMAS,
} from '../input/index.js';
import type { Operator } from './field.js';
import type { Filter, FilterTree } from './filter.js';
import { readFilter } from './filter-json.js';
import { JSON_FILTER } from './filter-schema.js';
import { TEXT_MAX } from './json-readers.js';
import { type AnyList, sortKey, type SortKey } from './list-definition.js';

/** A validated query of a list. */
export interface ListQuery {
  limit: number;
  cursor: string | undefined;
  offset: number;
  sort: SortKey[];
  /** All of them must hold. */
  filters: FilterTree[];
  q: string | undefined;
  /** Whether the answer has the total number of rows. */
  count: boolean;
  /** The members to trim each item to; undefined for all. */
  fields: string[] | undefined;
}

const SEARCHES = 'Keeps items that contain these words.';

/** The largest offset. Beyond it, use a cursor, which costs one look-up. */
export const OFFSET_MAX = 10_000;
const MAX_FILTERS = 20;
const MAX_SORT_KEYS = 4;

const FILTER = /^filter\[([^\][]*)\](?:\[([^\][]*)\])?$/;

type Given = Record<string, string | string[] | undefined>;

/**
 * A pipe for `@Query()`. `document()` adds the parameters to the API document. Turn parameters of
 * your own into a `Condition` whose name contains their values, because cursors are bound to it.
 */
export class ListQueryPipe<S extends Shape = Record<never, never>> implements PipeTransform<
  unknown,
  ListQuery & Parsed<S>
> {
  private readonly plain;

  constructor(
    private readonly list: AnyList,
    private readonly own: S = {} as S,
  ) {
    this.plain = new QueryShape({
      ...(own as Shape),
      limit: withDescription(
        integer(PAGE_LIMIT.min, PAGE_LIMIT.max, PAGE_LIMIT.default),
        'Items of a page, at most.',
      ),
      cursor: withDescription(
        text(CURSOR_MAX_LENGTH, false),
        'Where the page begins: `nextCursor` of the page before, with the same filters and order.',
      ),
      offset: withDescription(
        integer(0, OFFSET_MAX, 0),
        'Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`.',
      ),
      sort: withDescription(
        this.sort(),
        'Fields to sort by, the most important first; `-` before a field sorts it descending.',
      ),
      fields: withDescription(
        someOf(this.list.members),
        'The members that each item is trimmed to. All members without it.',
      ),
      count: withDescription(boolean(), 'Adds `total`, the number of items on all pages.'),
      ...(list.declaration.search ? { q: withDescription(text(TEXT_MAX, false), SEARCHES) } : {}),
      ...this.shorthands(),
    });
  }

  /** @throws AppError `request.invalid_query` naming every wrong parameter, and the allowed ones */
  transform(query: unknown): ListQuery & Parsed<S> {
    const given = query as Given;
    const names = Object.keys(given).filter((name) => name.startsWith('filter'));
    const errors: FieldError[] = [];
    const filters = names
      .slice(0, MAX_FILTERS)
      .flatMap((name) => this.filter(name, given[name], errors));
    if (names.length > MAX_FILTERS)
      errors.push({
        pointer: '?filter',
        message: `at most ${MAX_FILTERS} filters can be combined`,
      });
    if (errors.length > 0) throw RequestErrors.invalidQuery({ errors });
    const plain = this.plain.transform(
      names.length === 0
        ? given
        : Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name))),
    );
    if (plain.cursor !== undefined && plain.offset > 0)
      throw invalid('?offset', 'cannot be combined with a cursor');
    const { limit, cursor, offset, sort, fields, count } = plain;
    const short = this.short(plain);
    const own = Object.fromEntries(
      Object.keys(this.own).map((name) => [name, (plain as Record<string, unknown>)[name]]),
    ) as Parsed<S>;
    return {
      ...own,
      ...{ limit, cursor, offset, fields, count, q: (plain as { q?: string }).q },
      sort: short.find((one): one is SortKey[] => Array.isArray(one)) ?? sort,
      filters: [...filters, ...short.filter((one): one is Filter => !Array.isArray(one))],
    };
  }

  document(): MethodDecorator {
    return (target, key, descriptor) => {
      this.plain.document()(target, key, descriptor);
      ApiQuery({ name: 'filter', required: false, ...JSON_FILTER })(
        target,
        key,
        descriptor as TypedPropertyDescriptor<unknown>,
      );
      for (const [name, field] of this.list.filterable) {
        for (const operator of field.operators) {
          ApiQuery({
            name: parameterName(name, operator, field.operators),
            required: false,
            ...WITH_COMMAS,
            description: `Keeps items whose \`${name}\` ${field.meaning(operator)}${operator === 'in' ? ', separated by commas' : ''}.`,
            schema: field.schema(operator),
          })(target, key, descriptor as TypedPropertyDescriptor<unknown>);
        }
      }
    };
  }

  private filter(
    parameter: string,
    value: string | string[] | undefined,
    errors: FieldError[],
  ): FilterTree[] {
    const refuse = (message: string, pointer = ''): [] => {
      errors.push({ pointer: `?${parameter}${pointer}`, message });
      return [];
    };
    if (parameter === 'filter')
      return readOnce(value, refuse, (text) => {
        const { filter, faults } = readFilter(this.list.declaration, parseJsonText(text));
        for (const { pointer, message } of faults) refuse(message, pointer);
        return 'all' in filter ? filter.all : [filter];
      });
    const [, name = '', given] = FILTER.exec(parameter) ?? [];
    const field = this.list.field(name);
    if (!field || field.operators.length === 0)
      return refuse(
        `can filter by ${this.list.filterable.map(([one]) => one).join(', ')}, as filter[field]=value or filter[field][operator]=value`,
      );
    const operator = (given ?? field.operators[0]) as Operator;
    if (!field.operators.includes(operator))
      return refuse(`can ask ${name} for ${field.operators.join(', ')}`);
    return readOnce(value, refuse, (text) => [
      { field: name, operator, value: field.read(operator, text) },
    ]);
  }

  /**
   * Reads `-updatedAt,title`: descending by the first, then ascending by the second. Ignores
   * repeated fields.
   */
  private sort(): QueryField<SortKey[]> {
    const allowed = this.list.sortable.flatMap((name) => [name, `-${name}`]);
    return {
      schema: {
        type: 'array',
        items: { type: 'string', enum: allowed },
        minItems: 1,
        maxItems: MAX_SORT_KEYS,
        default: this.list.declaration.sort.split(','),
      },
      read: (value) => {
        if (value === undefined) return this.list.defaultSort;
        const names = value.split(',');
        if (names.length > MAX_SORT_KEYS || !names.every((name) => allowed.includes(name)))
          throw new Unreadable(`must be up to ${MAX_SORT_KEYS} of ${allowed.join(', ')}`);
        const keys = names.map(sortKey);
        return keys.filter(({ field }, i) => keys.findIndex((key) => key.field === field) === i);
      },
    };
  }

  private shorthands(): Record<string, QueryField<Filter | SortKey[] | undefined>> {
    const declared = Object.entries(this.list.declaration.shorthands ?? {});
    return Object.fromEntries(
      declared.map(([name, { schema, description, means }]) => {
        const read = (value: string | undefined): Filter | SortKey[] | undefined => {
          if (value === undefined) return undefined;
          const meant = means(value);
          if ('sort' in meant) return meant.sort.split(',').map(sortKey);
          return {
            field: meant.field,
            operator: meant.operator,
            value: this.list.field(meant.field)!.read(meant.operator, meant.text),
          };
        };
        return [name, { schema, description, read }];
      }),
    );
  }

  private short(plain: object): (Filter | SortKey[])[] {
    const names = Object.keys(this.list.declaration.shorthands ?? {});
    return names
      .map((name) => (plain as Record<string, Filter | SortKey[] | undefined>)[name])
      .filter((one) => one !== undefined);
  }
}

/** Reads a parameter that must be given once. */
function readOnce(
  value: string | string[] | undefined,
  refuse: (message: string) => [],
  of: (text: string) => FilterTree[],
): FilterTree[] {
  if (typeof value !== 'string') return refuse('must be given once');
  try {
    return of(value);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return refuse(error.message);
  }
}

/** The first operator of a field may be left out. */
const parameterName = (name: string, operator: Operator, [first]: readonly Operator[]): string =>
  operator === first ? `filter[${name}]` : `filter[${name}][${operator}]`;

const invalid = (pointer: string, message: string) =>
  RequestErrors.invalidQuery({ errors: [{ pointer, message }] });
