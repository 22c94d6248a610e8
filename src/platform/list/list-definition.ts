// Declares what a list can be filtered and sorted by.
import type { Type } from '@nestjs/common';
import type { Field, Operator } from './field.js';

export interface SortKey {
  field: string;
  descending: boolean;
}

/** A short form of a filter or an order: the meaning of `?name=value`. */
export interface Shorthand {
  schema: Record<string, unknown>;
  /** For the API document. */
  description: string;
  /** @throws Unreadable */
  means: (value: string) => { field: string; operator: Operator; text: string } | { sort: string };
}

export interface ListDeclaration<Row extends object, Item extends object> {
  /** The name of one item. It begins the names of the list's statements. */
  name: string;
  table: string;
  /** The owner's column; null for a list of the service, which the system reads. */
  owner: string | null;
  fields: Record<string, Field>;
  /** The default order, such as `-updatedAt`. */
  sort: string;
  /** A unique field that orders equal rows. */
  unique?: string;
  /** The time of the soft delete. Deleted rows are listed only when a filter names this field. */
  deletedAt?: string;
  /** The SQL condition of the parameter `q`; without it, the list has no `q`. */
  search?: (parameter: string) => string;
  shorthands?: Record<string, Shorthand>;
  /** The DTO of one item. `fields` can name its properties. */
  dto: Type<Item>;
  item: (row: Row) => Item;
}

/**
 * A list, derived from its declaration. Field and operator names of a client are only looked up
 * here, never sent to the database.
 */
export class List<Row extends object = object, Item extends object = object> {
  readonly defaultSort: SortKey[];
  readonly unique: string;
  /** The members of an item that `fields` can name. */
  readonly members: string[];
  /** True when rows have large values, whose bytes count in a page. */
  readonly hasLargeFields: boolean;

  constructor(readonly declaration: ListDeclaration<Row, Item>) {
    this.unique = declaration.unique ?? 'id';
    this.members = propertiesOf(declaration.dto);
    this.hasLargeFields = Object.values(declaration.fields).some(({ bytes }) => bytes !== null);
    this.defaultSort = declaration.sort.split(',').map(sortKey);
    for (const { field } of this.defaultSort)
      if (!this.field(field)?.sortKey)
        throw new Error(`${declaration.name} cannot be sorted by ${field}`);
    if (!this.field(this.unique)?.sortKey)
      throw new Error(`${declaration.name} must be sortable by ${this.unique}`);
  }

  /**
   * @returns undefined for a name that was not declared, including inherited names such as
   * `constructor`
   */
  field(name: string): Field | undefined {
    return Object.hasOwn(this.declaration.fields, name) ? this.declaration.fields[name] : undefined;
  }

  get filterable(): [string, Field][] {
    return Object.entries(this.declaration.fields).filter(
      ([, { operators }]) => operators.length > 0,
    );
  }

  get sortable(): string[] {
    return Object.entries(this.declaration.fields).flatMap(([name, { sortKey }]) =>
      sortKey ? [name] : [],
    );
  }
}

/** A list of any rows. */
export type AnyList = Omit<List, 'declaration'> & {
  declaration: Omit<ListDeclaration<object, object>, 'dto' | 'item'>;
};

export const sortKey = (text: string): SortKey =>
  text.startsWith('-')
    ? { field: text.slice(1), descending: true }
    : { field: text, descending: false };

/**
 * The key of the metadata in which @ApiProperty keeps a class's property names, each after a colon.
 * @nestjs/swagger 12 does not export it.
 */
const API_PROPERTIES = 'swagger/apiModelPropertiesArray';

function propertiesOf(dto: Type): string[] {
  const names = (Reflect.getMetadata(API_PROPERTIES, dto.prototype as object) ?? []) as string[];
  return names.map((name) => name.replace(/^:/, ''));
}
