// The one place where a collection says what it can be asked.
import type { Type } from '@nestjs/common';
import type { Field, Operator } from './field.js';

export interface Filter {
  field: string;
  operator: Operator;
  value: unknown;
}

export interface SortKey {
  field: string;
  descending: boolean;
}

/** A short name for a filter or an order: what `?name=value` stands for. */
export interface Shorthand {
  schema: Record<string, unknown>;
  /** For the API document. */
  description: string;
  /** @throws Unreadable */
  means: (value: string) => { field: string; operator: Operator; text: string } | { sort: string };
}

export interface ListDeclaration<Row extends object, Item extends object> {
  /** What one of them is called; names its statements. */
  name: string;
  table: string;
  /** The column of the owner; null for what the service itself administers, and reads as the system. */
  owner: string | null;
  fields: Record<string, Field>;
  /** The order when none is asked for, such as `-updatedAt`. */
  sort: string;
  /** A unique field, by which equals are ordered. */
  unique?: string;
  /** The time a row was deleted: such rows are listed only when a filter names this field. */
  deletedAt?: string;
  /** The SQL condition of `q`; without it, `q` cannot be asked. */
  search?: (parameter: string) => string;
  shorthands?: Record<string, Shorthand>;
  /** The only shape that leaves; its properties are what `fields` can name. */
  dto: Type<Item>;
  item: (row: Row) => Item;
}

/** A declaration with what follows from it. Names of fields and operators never come from a client: they are looked up here. */
export class List<Row extends object = object, Item extends object = object> {
  readonly defaultSort: SortKey[];
  readonly unique: string;
  /** What a row of the answer can be trimmed to. */
  readonly members: string[];
  /** Some values are large, and their bytes count in a page. */
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

  /** Undefined for a name that was not declared, whatever an object inherits. */
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

/** A list of whatever rows. */
export type AnyList = Omit<List, 'declaration'> & {
  declaration: Omit<ListDeclaration<object, object>, 'dto' | 'item'>;
};

export const sortKey = (text: string): SortKey =>
  text.startsWith('-')
    ? { field: text.slice(1), descending: true }
    : { field: text, descending: false };

/** Where @ApiProperty keeps the names of a class, each after a colon; not exported by @nestjs/swagger 12. */
const API_PROPERTIES = 'swagger/apiModelPropertiesArray';

function propertiesOf(dto: Type): string[] {
  const names = (Reflect.getMetadata(API_PROPERTIES, dto.prototype as object) ?? []) as string[];
  return names.map((name) => name.replace(/^:/, ''));
}
