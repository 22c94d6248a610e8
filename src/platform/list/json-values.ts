// Conditions on values inside of JSON objects: the fields `metadataValues` and the like.
import { Unreadable, words } from '../input/index.js';
import { Field, type FieldKind, type Operator, ORDERED } from './field.js';
import { listSchema, readFlag, readList, readText, TEXT_MAX } from './json-readers.js';

/** What the name of an object's field has after it in a filter of values. */
export const VALUES = 'Values';

export const VALUE_OPERATORS: readonly Operator[] = [...ORDERED, 'exists'];

/** A value in a JSON object, as its keys from the outermost to its own. */
export type JsonPath = string[];

const isEquality = (operator: Operator) => ['eq', 'ne', 'in'].includes(operator);

/** @throws Unreadable */
export function readValue(operator: Operator, value: unknown): unknown {
  if (operator === 'exists') return readFlag(value);
  if (operator === 'in') return readList(value, readScalar);
  if (isEquality(operator)) return readScalar(value);
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') throw new Unreadable(words.textOrNumber);
  return readText(value);
}

function readScalar(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'string') throw new Unreadable(words.scalar);
  return readText(value);
}

const kindOf = (type: string): FieldKind => ({
  type,
  operators: VALUE_OPERATORS,
  schema: {},
  read: (text) => text,
});
const JSON_VALUE = kindOf('jsonb');
const TEXT_VALUE = kindOf('text');

type Parameter = (value: unknown, type: string) => string;

/**
 * The SQL condition on the value at a path. A missing value, null and one of another type are
 * neither equal to a value nor less or greater.
 */
export function valueCondition(
  column: string,
  path: JsonPath,
  operator: Operator,
  value: unknown,
  parameter: Parameter,
): string {
  const found = `nullif(${column} #> ${parameter(path, 'text[]')}, 'null')`;
  const hasType = (name: string, result: string) =>
    `case jsonb_typeof(${found}) when '${name}' then ${result} end`;
  const compare = (sql: string, kind: FieldKind, compared: unknown) =>
    new Field(sql, kind, {}).condition(operator, value, (type) => parameter(compared, type));
  if (operator === 'exists') return compare(found, JSON_VALUE, value);
  if (isEquality(operator))
    return compare(
      found,
      JSON_VALUE,
      Array.isArray(value) ? value.map((one) => JSON.stringify(one)) : JSON.stringify(value),
    );
  return typeof value === 'number'
    ? compare(hasType('number', found), JSON_VALUE, JSON.stringify(value))
    : compare(`(${hasType('string', `${found} #>> '{}'`)} collate "C")`, TEXT_VALUE, value);
}

const TEXT_SCHEMA = { type: 'string', minLength: 1, maxLength: TEXT_MAX };
export const SCALAR_SCHEMA = { anyOf: [TEXT_SCHEMA, { type: 'number' }, { type: 'boolean' }] };

/** JSON Schema of what an operator takes. */
export function valueSchema(operator: Operator): Record<string, unknown> {
  if (operator === 'exists') return { type: 'boolean' };
  if (operator === 'in') return listSchema(SCALAR_SCHEMA);
  return isEquality(operator) ? SCALAR_SCHEMA : { anyOf: [TEXT_SCHEMA, { type: 'number' }] };
}
