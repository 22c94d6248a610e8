// Questions to a list, made up from its declaration and from the values of its rows: the same ones for the same seed.
import type { Field, Operator, SortKey } from '../../src/platform/list/index.js';
import { type AskedFilter, type AskedList, foldLetter } from './list-model.js';
import { kindOf, type ListCase, type Row } from './lists.js';
import type { AnyList } from '../../src/platform/list/list-definition.js';
import { Seeded } from './seeded.js';

export interface PlannedList {
  /** The query string as it is sent. */
  query: string;
  /** What it asks for. */
  asked: AskedList;
  limit: number;
  offset: number;
  count: boolean;
  fields: string[] | undefined;
}

const DEFAULT_LIMIT = 20;

export function planList(one: ListCase, rows: Row[], count: number, seed: number): PlannedList[] {
  const planner = new Planner(one, rows, new Seeded(seed));
  return Array.from({ length: count }, (_, n) => planner.plan(n));
}

/** Each field with each of its operators: what a plan asks for in turn. */
export const askable = ({ list }: ListCase): [string, Operator][] =>
  list.filterable.flatMap(([name, { operators }]) =>
    operators.map((operator) => [name, operator] as [string, Operator]),
  );

type Parameters = [name: string, value: string][];

class Planner {
  private readonly values = new Map<string, unknown[]>();

  constructor(
    private readonly one: ListCase,
    private readonly rows: Row[],
    private readonly random: Seeded,
  ) {}

  plan(n: number): PlannedList {
    const { random } = this;
    const [filters, filterParameters] = this.filters(n);
    const [short, shortParameters] = this.shorthands();
    const shortSort = short.find((one): one is { sort: SortKey[] } => 'sort' in one);
    const sort = shortSort || random.chance(0.3) ? undefined : this.sort();
    const q =
      this.one.searched && random.chance(0.15)
        ? this.piece(this.sample(random.pick(this.one.searched)))
        : undefined;
    const limit = random.chance(0.15)
      ? undefined
      : random.chance(0.3)
        ? 1 + random.integer(5)
        : 1 + random.integer(100);
    const offset = random.chance(0.2) ? random.integer(this.rows.length + 5) : undefined;
    const count = random.chance(0.3);
    const fields = random.chance(0.3) ? this.members() : undefined;
    const written = {
      limit,
      offset,
      sort: sort && textOf(sort),
      q,
      count: count || undefined,
      fields: fields?.join(','),
    };
    const plain = Object.entries(written).flatMap(([name, value]) =>
      value === undefined ? [] : ([[name, String(value)]] as Parameters),
    );
    return {
      query: this.encoded([...filterParameters, ...shortParameters, ...plain]),
      asked: {
        sort: shortSort?.sort ?? sort ?? this.one.list.defaultSort,
        filters: [...filters, ...short.filter((one) => 'field' in one)],
        q,
      },
      ...{ limit: limit ?? DEFAULT_LIMIT, offset: offset ?? 0, count, fields },
    };
  }

  /** The first is the nth of all there are, so that each is asked for; later, some come without, and some with more. */
  private filters(n: number): [AskedFilter[], Parameters] {
    const all = askable(this.one);
    const more = Array.from({ length: this.random.pick([0, 0, 0, 1, 2]) }, () =>
      this.random.pick(all),
    );
    const chosen =
      n >= all.length && this.random.chance(0.15) ? [] : [all[n % all.length]!, ...more];
    const distinct = [...new Map(chosen.map((one) => [one.join(' '), one])).values()];
    const filters = distinct.map(([field, operator]) => ({
      field,
      operator,
      text: this.textFor(field, operator),
    }));
    const asJson = this.random.chance(0.3) ? this.jsonOf(filters) : null;
    return [
      filters,
      asJson === null
        ? filters.map(({ field, operator, text }) => [this.parameterFor(field, operator), text])
        : [['filter', JSON.stringify(asJson)]],
    ];
  }

  /** The same as JSON, in one of the ways to write it; null when it cannot be. */
  private jsonOf(filters: AskedFilter[]): object | null {
    const isObject = ({ field }: AskedFilter) => kindOf(this.one.list.field(field)!) === 'object';
    const isLeftOut = (one: AskedFilter) => isObject(one) && one.operator === 'exists';
    if (filters.length === 0 || filters.some(isLeftOut)) return null;
    const each = filters.map((one) => {
      const value = jsonValue(this.one.list.field(one.field)!, one);
      return { [one.field]: isObject(one) ? value : { [one.operator]: value } };
    });
    // All of them, as none of which one does not hold.
    const all = { not: { or: each.map((not) => ({ not })) } };
    return this.random.pick([each.length === 1 ? each[0]! : all, { or: [all, { not: {} }] }]);
  }

  private parameterFor(name: string, operator: string): string {
    const isFirst = this.one.list.field(name)!.operators[0] === operator;
    return isFirst && this.random.chance(0.5) ? `filter[${name}]` : `filter[${name}][${operator}]`;
  }

  private sort(): SortKey[] {
    const keys = this.shuffled(this.one.list.sortable).slice(
      0,
      this.random.pick([1, 1, 1, 2, 3, 4]),
    );
    return keys.map((field) => ({ field, descending: this.random.chance(0.5) }));
  }

  private members(): string[] {
    return this.shuffled(this.one.list.members).slice(0, 1 + this.random.integer(4));
  }

  private shorthands(): [(AskedFilter | { sort: SortKey[] })[], Parameters] {
    const declared = Object.entries(this.one.list.declaration.shorthands ?? {}).filter(() =>
      this.random.chance(0.1),
    );
    const given = declared.map(([name, { schema, means }]) => {
      const probe = means(this.shortValue(schema));
      const text =
        'sort' in probe || schema['enum']
          ? this.shortValue(schema)
          : this.textFor(probe.field, probe.operator);
      const meant = means(text);
      return [[name, text], 'sort' in meant ? { sort: keysOf(meant.sort) } : { ...meant }] as const;
    });
    return [given.map(([, meaning]) => meaning), given.map(([parameter]) => [...parameter])];
  }

  /** Some value that the schema of a shorthand allows. */
  private shortValue(schema: Record<string, unknown>): string {
    if (schema['enum']) return this.random.pick(schema['enum'] as string[]);
    if (schema['format'] === 'uuid') return this.random.uuid();
    if (schema['format'] === 'date-time') return '2026-01-01T00:00:00Z';
    return schema['type'] === 'boolean'
      ? 'true'
      : schema['type'] === 'integer'
        ? String(this.random.integer(this.rows.length))
        : 'x';
  }

  private textFor(name: string, operator: string): string {
    const field = this.one.list.field(name)!;
    if (operator === 'exists') return String(this.random.chance(0.5));
    if (operator !== 'in') return this.writtenAs(field, this.sample(name), operator);
    return Array.from(
      { length: 1 + this.random.integer(4) },
      () => this.writtenAs(field, this.sample(name), 'eq').replaceAll(',', '') || 'x',
    ).join(',');
  }

  /** A value that a row has; undefined where none has one. */
  private sample(name: string): unknown {
    const known =
      this.values.get(name) ??
      this.rows.map((row) => row[name]).filter((value) => value !== null && value !== '');
    this.values.set(name, known);
    return known.length === 0 || this.random.chance(0.05) ? undefined : this.random.pick(known);
  }

  private writtenAs(field: Field, value: unknown, operator: string): string {
    const { random } = this;
    const kind = kindOf(field);
    switch (kind) {
      case 'uuid':
        return this.inSomeCase((value as string | undefined) ?? random.uuid(), 0.1);
      case 'text':
        return operator === 'contains'
          ? this.piece(value)
          : ((value as string | undefined) ?? 'none has this');
      case 'caseless':
        return operator === 'contains'
          ? this.piece(value)
          : this.inSomeCase((value as string | undefined) ?? 'none has this', 0.5);
      case 'word':
        return (value as string | undefined) ?? random.pick(field.kind.schema['enum'] as string[]);
      case 'rank':
        return random.pick(field.kind.schema['enum'] as string[]);
      case 'integer':
        return String(
          ((value as number | undefined) ?? random.integer(1000)) + random.pick([-1, 0, 0, 1]),
        );
      case 'share':
        return String((value as number | undefined) ?? 0.5);
      case 'time':
        return this.time((value as string | undefined) ?? '2026-02-28T23:59:59.9999Z');
      case 'boolean':
        return String(random.chance(0.5));
      case 'texts':
        return (value as string[] | undefined)?.length
          ? random.pick(value as string[])
          : 'none has this';
      case 'object':
        return JSON.stringify(this.partOf(value ?? { none: 'has this' }));
      case 'shown':
        throw new Error(`${field.column} cannot be asked`);
    }
  }

  /** The same moment, or one a millisecond off, in one of the ways to write it. */
  private time(value: string): string {
    const at = Date.parse(value) + this.random.pick([-1, 0, 0, 0, 1]);
    const elsewhere = new Date(at + 7_200_000).toISOString().replace('Z', '+02:00');
    return this.random.pick([
      new Date(at).toISOString().replace('T00:00:00.000Z', ''),
      elsewhere,
      new Date(at).toISOString().replace('.000Z', 'z').replace('T', 't'),
    ]);
  }

  private piece(value: unknown): string {
    const characters = [...((value as string | undefined) ?? 'none has this')];
    const from = this.random.integer(characters.length);
    return this.inSomeCase(characters.slice(from, from + 1 + this.random.integer(5)).join(''), 0.5);
  }

  private inSomeCase(text: string, share: number): string {
    return text.replaceAll(/\p{L}/gu, (letter) =>
      this.random.chance(share) ? swapped(letter) : letter,
    );
  }

  private partOf(value: unknown): unknown {
    if (Array.isArray(value))
      return value.filter(() => this.random.chance(0.6)).map((one) => this.partOf(one));
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(() => this.random.chance(0.7));
    return Object.fromEntries(kept.map(([key, one]) => [key, this.partOf(one)]));
  }

  private shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => [this.random.next(), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  }

  /** Brackets may be sent as they are, and parameters in any order. */
  private encoded(parameters: Parameters): string {
    const name = (text: string) => (this.random.chance(0.5) ? text : encodeURIComponent(text));
    return this.shuffled(parameters)
      .map(([key, value]) => `${name(key)}=${encodeURIComponent(value)}`)
      .join('&');
  }
}

/** The value that a text of the query string stands for. */
function jsonValue(field: Field, { operator, text }: AskedFilter): unknown {
  if (operator === 'exists') return text === 'true';
  if (operator === 'in')
    return text.split(',').map((one) => jsonValue(field, { field: '', operator: 'eq', text: one }));
  const kind = kindOf(field);
  if (kind === 'integer' || kind === 'share') return Number(text);
  if (kind === 'boolean') return text === 'true';
  return kind === 'object' ? (JSON.parse(text) as unknown) : text;
}

/** The letter in the other case, where that is one letter that is the same without regard to case. */
function swapped(letter: string): string {
  if (letter === 'ß') return 'ẞ';
  const other = letter === foldLetter(letter) ? letter.toUpperCase() : foldLetter(letter);
  return foldLetter(other) === foldLetter(letter) ? other : letter;
}
const textOf = (sort: SortKey[]): string =>
  sort.map(({ field, descending }) => (descending ? '-' : '') + field).join(',');
const keysOf = (text: string): SortKey[] =>
  text.split(',').map((key) => ({ field: key.replace(/^-/, ''), descending: key.startsWith('-') }));

/** A value for each field, as it is written in a query string. */
export type Filtered = Record<string, string>;

/** Each filter that can be asked alone: every field with every operator. */
export function filtersOf(list: AnyList, values: Filtered): { parameter: string; text: string }[] {
  return list.filterable.flatMap(([name, { operators }]) =>
    operators.flatMap((operator) =>
      (operator === 'exists' ? ['true', 'false'] : [values[name]!]).map((text) => ({
        parameter: `filter[${name}][${operator}]`,
        text,
      })),
    ),
  );
}
