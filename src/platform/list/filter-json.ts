// Reads filters that are JSON, within bounds: `{"kind": "fact", "or": [...], "not": {...}}`.
import { type FieldError, MAX_FAULTS } from '../errors/index.js';
import {
  isPlainObject,
  parseExactTimeOrDay,
  pointerToken,
  Unreadable,
  words,
} from '../input/index.js';
import type { Field, Operator } from './field.js';
import type { Fields, Filter, FilterTree } from './filter.js';
import { type ReadTime, TEXT_MAX } from './json-readers.js';
import { readValue, VALUE_OPERATORS, VALUES } from './json-values.js';

export const FILTER_LIMITS = {
  /** Levels of `or` and `not`; the filter itself is the first. */
  levels: 5,
  /** Conditions, and filters in `or` and `not`, in total. */
  conditions: 50,
  /** Filters in one `or`. */
  branches: 20,
} as const;

/** A member that is one operator of a field, such as `minImportance`. */
export interface ShortFilter {
  field: string;
  operator: Operator;
  of: Field;
  description: string;
}

/** What filters of some rows can ask. */
export interface FilterGrammar {
  fields: Fields;
  short?: Readonly<Record<string, ShortFilter>>;
}

export interface ReadFilter {
  filter: FilterTree;
  /** Pointers begin at the filter. When there are any, the filter is not whole. */
  faults: FieldError[];
}

/** @param readTime reads times, and dates in the time zone of the request */
export function readFilter(
  grammar: FilterGrammar,
  given: unknown,
  readTime: ReadTime = parseExactTimeOrDay,
): ReadFilter {
  const reader = new FilterReader(grammar, readTime);
  return { filter: reader.read(given, '', 1), faults: reader.faults };
}

/** Looks up an own member: a client may send `constructor`. */
const own = <T>(members: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(members, name) ? members[name] : undefined;

/** The field of an object whose values the member `name` is about. */
export function objectBehind(fields: Fields, name: string): string | undefined {
  const field = name.endsWith(VALUES) ? name.slice(0, -VALUES.length) : '';
  return own(fields, field)?.kind.type === 'jsonb' ? field : undefined;
}

class FilterReader {
  readonly faults: FieldError[] = [];
  private conditions = 0;

  constructor(
    private readonly grammar: FilterGrammar,
    private readonly readTime: ReadTime,
  ) {}

  read(given: unknown, pointer: string, level: number): FilterTree {
    if (!isPlainObject(given)) return this.refuse(pointer, words.object);
    if (level > FILTER_LIMITS.levels)
      return this.refuse(pointer, words.maxLevels(FILTER_LIMITS.levels));
    const all = this.each(given, pointer, (name, value, at) => this.member(name, value, at, level));
    return all.length === 1 ? all[0]! : { all };
  }

  private each<T>(
    given: Record<string, unknown>,
    pointer: string,
    read: (name: string, value: unknown, at: string) => T[],
  ): T[] {
    const all: T[] = [];
    for (const name in given) {
      if (this.isOver) break;
      all.push(...read(name, given[name], `${pointer}/${pointerToken(name)}`));
    }
    return all;
  }

  private member(name: string, value: unknown, at: string, level: number): FilterTree[] {
    const { fields, short = {} } = this.grammar;
    if (name === 'or') return value === null ? [] : this.branches(value, at, level);
    if (name === 'not')
      return value === null || !this.count(at) ? [] : [{ not: this.read(value, at, level + 1) }];
    const shortened = own(short, name);
    if (shortened) {
      const { field, operator, of } = shortened;
      return value === null
        ? []
        : this.condition({ field, operator }, at, () =>
            of.readJson(operator, value, this.readTime),
          );
    }
    const object = objectBehind(fields, name);
    if (object !== undefined) return value === null ? [] : this.values(object, value, at);
    const field = own(fields, name);
    if (!field || field.operators.length === 0) return this.refused(at, words.unknown);
    return this.ofField(name, field, value, at);
  }

  private branches(value: unknown, at: string, level: number): FilterTree[] {
    if (!Array.isArray(value)) return this.refused(at, words.list);
    if (value.length === 0) return this.refused(at, words.notEmpty);
    if (value.length > FILTER_LIMITS.branches)
      return this.refused(at, words.maxItems(FILTER_LIMITS.branches));
    const any = value.flatMap((one, place) =>
      this.count(at) ? this.read(one, `${at}/${place}`, level + 1) : [],
    );
    return [{ any }];
  }

  private ofField(name: string, field: Field, value: unknown, at: string): FilterTree[] {
    const isNullable = field.operators.includes('exists');
    const ask = (operator: Operator, asked: unknown, pointer: string) =>
      this.condition({ field: name, operator }, pointer, () =>
        field.readJson(operator, asked, this.readTime),
      );
    if (field.kind.type === 'jsonb') return value === null ? [] : ask('contains', value, at);
    if (value === null) return isNullable ? ask('exists', false, at) : [];
    return this.operators(field.operators, value, at, ask);
  }

  private values(field: string, value: unknown, at: string): FilterTree[] {
    if (!isPlainObject(value)) return this.refused(at, words.object);
    return this.each(value, at, (key, asked, pointer) => {
      if (key.length > TEXT_MAX) return this.refused(at, words.maxCharacters(TEXT_MAX));
      const path = key.split('.');
      return this.operators(VALUE_OPERATORS, asked, pointer, (operator, compared, place) =>
        this.condition({ field, path, operator }, place, () => readValue(operator, compared)),
      );
    });
  }

  /** Reads a value, a list of values, or an object of operators. */
  private operators(
    allowed: readonly Operator[],
    value: unknown,
    at: string,
    ask: (operator: Operator, value: unknown, pointer: string) => Filter[],
  ): Filter[] {
    if (isPlainObject(value))
      return this.each(value, at, (operator, asked, pointer) =>
        allowed.includes(operator as Operator)
          ? ask(operator as Operator, asked, pointer)
          : this.refused(pointer, words.unknown),
      );
    return ask(Array.isArray(value) && allowed.includes('in') ? 'in' : allowed[0]!, value, at);
  }

  private condition(filter: Omit<Filter, 'value'>, pointer: string, read: () => unknown): Filter[] {
    if (!this.count(pointer)) return [];
    try {
      return [{ ...filter, value: read() }];
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return this.refused(pointer, error.message);
    }
  }

  private count(pointer: string): boolean {
    this.conditions++;
    if (this.conditions === FILTER_LIMITS.conditions + 1)
      this.refuse(pointer, words.maxConditions(FILTER_LIMITS.conditions));
    return this.conditions <= FILTER_LIMITS.conditions;
  }

  private get isOver(): boolean {
    return this.faults.length >= MAX_FAULTS || this.conditions > FILTER_LIMITS.conditions;
  }

  private refuse(pointer: string, message: string): FilterTree {
    if (this.faults.length < MAX_FAULTS) this.faults.push({ pointer, message });
    return { all: [] };
  }

  private refused(pointer: string, message: string): [] {
    this.refuse(pointer, message);
    return [];
  }
}
