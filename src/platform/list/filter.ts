// Filters as trees: conditions on fields, joined by and, or and not. Lists and searches share them.
import type { Field, Operator } from './field.js';
import { type JsonPath, valueCondition } from './json-values.js';

/** One condition on a field. */
export interface Filter {
  field: string;
  /** The condition is on the value at this path in the field's object. */
  path?: JsonPath;
  operator: Operator;
  value: unknown;
}

export type FilterTree =
  Filter | { all: FilterTree[] } | { any: FilterTree[] } | { not: FilterTree };

export type Fields = Readonly<Record<string, Field>>;

type BindParameter = (value: unknown, type: string) => string;

/**
 * The SQL of a filter. Names of fields are looked up, and values become parameters. A condition on
 * what is null does not match, and `not` of it does.
 */
export function filterSql(filter: FilterTree, fields: Fields, parameter: BindParameter): string {
  const each = (filters: FilterTree[]) => filters.map((one) => filterSql(one, fields, parameter));
  if ('all' in filter) return `(${each(filter.all).join(' and ') || 'true'})`;
  if ('any' in filter) return `(${each(filter.any).join(' or ') || 'false'})`;
  if ('not' in filter) return `(${filterSql(filter.not, fields, parameter)}) is not true`;
  const { path, operator, value } = filter;
  const field = fields[filter.field]!;
  return path
    ? valueCondition(field.column, path, operator, value, parameter)
    : field.condition(operator, value, (type) => parameter(value, type));
}

/** True when a filter keeps every row, false when it keeps none; null when it depends on the row. */
export function alwaysHolds(filter: FilterTree): boolean | null {
  if ('not' in filter) {
    const held = alwaysHolds(filter.not);
    return held === null ? null : !held;
  }
  if ('all' in filter) {
    const held = filter.all.map(alwaysHolds);
    return held.includes(false) ? false : held.every((one) => one === true) || null;
  }
  if ('any' in filter) {
    const held = filter.any.map(alwaysHolds);
    return held.includes(true) || (held.every((one) => one === false) ? false : null);
  }
  // An empty object or list is contained in every other.
  const { operator, value } = filter;
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return (operator === 'contains' && isEmpty) || value === '{}' ? true : null;
}

/** Tells whether a filter has a condition on the field. */
export function namesField(filter: FilterTree, name: string): boolean {
  if ('all' in filter) return filter.all.some((one) => namesField(one, name));
  if ('any' in filter) return filter.any.some((one) => namesField(one, name));
  return 'not' in filter ? namesField(filter.not, name) : filter.field === name;
}

/**
 * Leaves out the conditions that rows with these fields cannot have, and each `or` and `not` of
 * which nothing is left. Returns null when nothing is left of the whole.
 */
export function applicableTo(filter: FilterTree, fields: Fields): FilterTree | null {
  const each = (filters: FilterTree[]) =>
    filters.map((one) => applicableTo(one, fields)).filter((one) => one !== null);
  const unlessEmpty = (kept: FilterTree[], of: FilterTree[], result: FilterTree) =>
    kept.length === 0 && of.length > 0 ? null : result;
  if ('all' in filter) {
    const all = each(filter.all);
    return unlessEmpty(all, filter.all, { all });
  }
  if ('any' in filter) {
    const any = each(filter.any);
    return unlessEmpty(any, filter.any, { any });
  }
  if ('not' in filter) {
    const not = applicableTo(filter.not, fields);
    return not && { not };
  }
  const field = Object.hasOwn(fields, filter.field) ? fields[filter.field]! : undefined;
  return field && (filter.path || field.operators.includes(filter.operator)) ? filter : null;
}
