// What a list must answer, worked out in memory: rows that match, in order. It shares the declarations with the service, and no code.
import type { Field, SortKey } from '../../src/platform/list/index.js';
import { kindOf, type ListCase, type Row } from './lists.js';

/** A filter as it is sent. */
export interface AskedFilter {
  field: string;
  operator: string;
  text: string;
}

/** What is asked, with short names already replaced by what they mean. */
export interface AskedList {
  sort: SortKey[];
  filters: AskedFilter[];
  q: string | undefined;
}

/** All rows that are asked for, in the order that is asked for. */
export function modelOf(
  { list, searched = [] }: ListCase,
  rows: Row[],
  { sort, filters, q }: AskedList,
): Row[] {
  const { deletedAt, fields } = list.declaration;
  const asksForDeleted = filters.some(({ field }) => field === deletedAt);
  const matching = rows.filter(
    (row) =>
      (!deletedAt || asksForDeleted || row[deletedAt] === null) &&
      filters.every((filter) => holds(fields[filter.field]!, row[filter.field], filter)) &&
      (q === undefined ||
        includes(searched.flatMap((name) => (row[name] as string | null) ?? []).join(' '), q)),
  );
  const tie = sort.some(({ field }) => field === list.unique)
    ? []
    : [{ field: list.unique, descending: sort.at(-1)!.descending }];
  return matching.sort((a, b) => compared([...sort, ...tie], fields, a, b));
}

function holds(field: Field, value: unknown, { operator, text }: AskedFilter): boolean {
  if (operator === 'exists') return (value !== null) === (text === 'true');
  if (operator === 'ne') return value === null || order(field, value, text) !== 0;
  // Null stands for an empty object.
  if (value === null) return kindOf(field) === 'object' && contains(field, {}, text);
  switch (operator) {
    case 'eq':
      return order(field, value, text) === 0;
    case 'in':
      return text.split(',').some((one) => order(field, value, one) === 0);
    case 'lt':
      return order(field, value, text) < 0;
    case 'lte':
      return order(field, value, text) <= 0;
    case 'gt':
      return order(field, value, text) > 0;
    case 'gte':
      return order(field, value, text) >= 0;
    case 'contains':
      return contains(field, value, text);
    default:
      throw new Error(`test/support/list-model.ts does not know the operator ${operator}`);
  }
}

/** The value of a row against that of a filter. */
const order = (field: Field, value: unknown, text: string): number =>
  byValue(comparable(field, value), comparable(field, text));

/** What values of a kind are compared as. */
function comparable(field: Field, value: unknown): string | number {
  switch (kindOf(field)) {
    case 'time':
      return Date.parse(value as string);
    case 'integer':
    case 'share':
      return Number(value);
    case 'rank':
      return typeof value === 'number'
        ? value
        : (field.kind.schema['enum'] as unknown[]).indexOf(value) + 1;
    case 'uuid':
    case 'caseless':
      return fold(value as string);
    case 'boolean':
    case 'text':
    case 'word':
      return String(value);
    case 'texts':
    case 'object':
    case 'shown':
      throw new Error(`${field.column} is not compared as a whole`);
  }
}

/** Texts by code point, which is the order of their UTF-8. */
function byValue(a: string | number, b: string | number): number {
  if (typeof a === 'string' || typeof b === 'string')
    return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
  return a < b ? -1 : Number(a > b);
}

function contains(field: Field, value: unknown, text: string): boolean {
  const kind = kindOf(field);
  if (kind === 'texts') return (value as string[]).includes(text);
  return kind === 'object' ? holdsJson(value, JSON.parse(text)) : includes(value, text);
}

/** One character for one, in any place of a word. */
export const foldLetter = (letter: string): string => (letter === 'İ' ? 'i' : letter.toLowerCase());
const fold = (text: string): string => [...text].map(foldLetter).join('');

const includes = (value: unknown, text: string): boolean =>
  typeof value === 'string' && fold(value).includes(fold(text));

/** As `@>` of jsonb: members of an object are found at their keys, those of an array anywhere in it. */
function holdsJson(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part))
    return (
      Array.isArray(whole) && part.every((one) => whole.some((other) => holdsJson(other, one)))
    );
  if (typeof part !== 'object' || part === null) return whole === part;
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole)) return false;
  return Object.entries(part).every(
    ([key, value]) => Object.hasOwn(whole, key) && holdsJson((whole as Row)[key], value),
  );
}

function compared(sort: SortKey[], fields: Record<string, Field>, a: Row, b: Row): number {
  for (const { field, descending } of sort) {
    const way = byValue(sorted(fields[field]!, a[field]), sorted(fields[field]!, b[field]));
    if (way !== 0) return descending ? -way : way;
  }
  return 0;
}

/** `coalesce(title, '')`, in this way of writing it or the longer. */
const WHEN_NULL = /^\(?(?:coalesce\(.*,|case when .* is null then) *(?:'([^']*)'|(-?\d+))/s;

/** A null is where the literal of the declaration would be. */
function sorted(field: Field, value: unknown): string | number {
  if (value !== null)
    return kindOf(field) === 'caseless' ? (value as string) : comparable(field, value);
  const [, quoted, literal = quoted] = WHEN_NULL.exec(field.sortKey!) ?? [];
  if (literal === undefined)
    throw new Error(`${field.column} is null, and its declaration does not say where it sorts`);
  const infinite = { infinity: Infinity, '-infinity': -Infinity }[literal];
  return infinite ?? comparable(field, literal);
}
