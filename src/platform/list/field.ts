// The kinds of list fields: their operators, how values are read from the query string, and the SQL
// of both.
import { containsText, foldCase, packedBytes, textBytes } from '../database/index.js';
import {
  boolean,
  isUuid,
  MAX_INTEGER,
  oneOf,
  text,
  exactTimeOrDay,
  Unreadable,
  words as phrases,
} from '../input/index.js';
import {
  listSchema,
  MAX_IN_VALUES,
  readFlag,
  readList,
  readNumber,
  readObject,
  readText,
  type ReadTime,
  readTimeWith,
  TEXT_MAX,
} from './json-readers.js';

export const OPERATORS = [
  'eq',
  'ne',
  'in',
  'lt',
  'lte',
  'gt',
  'gte',
  'contains',
  'exists',
] as const;
export type Operator = (typeof OPERATORS)[number];

/** A kind of column. */
export interface FieldKind {
  /** The SQL type that parameters are cast to. */
  type: string;
  operators: readonly Operator[];
  /** JSON Schema of one value, for the API document. */
  schema: Record<string, unknown>;
  /** @throws Unreadable */
  read: (text: string) => unknown;
  /**
   * Reads a value of a filter that is JSON. Without it, `read` reads a text.
   * @throws Unreadable
   */
  readJson?: (value: unknown, readTime: ReadTime) => unknown;
  /** JSON Schema of such a value, where it differs from `schema`. */
  jsonSchema?: Record<string, unknown>;
  /** The SQL expression to compare, for the column and for each value. */
  compared?: (text: string) => string;
  /** The SQL of `contains`, when it does not take a value of the column. */
  contains?: (column: string, parameter: string) => string;
  /** What `contains` asks, in words for the API document. */
  containing?: string;
  /** The collation to sort the column by. */
  collation?: string;
  /** SQL for the bytes of a column that has no small limit. */
  bytes?: (column: string) => string;
}

const BYTES = { text: textBytes, packed: packedBytes };

export interface FieldOptions {
  /** The column may be null, which allows the operator `exists`. */
  nullable?: boolean;
  /**
   * The field can be sorted by. For a nullable one, the SQL literal to sort nulls as, such as
   * `'infinity'`.
   */
  sort?: boolean | string;
  /** A second column that has the value when this one is null. */
  also?: string;
  /**
   * The column has no small limit (a text, JSON or an array), so its bytes count in a page. Objects
   * always count.
   */
  large?: keyof typeof BYTES;
}

export class Field {
  readonly column: string;
  private readonly columns: string[];
  readonly operators: readonly Operator[];
  /**
   * The SQL expression to sort by; null when the field cannot be sorted by. Never null in a row,
   * because any row may end a page.
   */
  readonly sortKey: string | null;
  /** True when the sort key is the value of the row itself. */
  readonly sortsByValue: boolean;
  /** SQL for the bytes of the value; null when it is never large. */
  readonly bytes: string | null;

  constructor(
    column: string,
    readonly kind: FieldKind,
    { nullable = false, sort = false, also, large }: FieldOptions,
  ) {
    this.column = also === undefined ? column : `coalesce(${column}, ${also})`;
    this.columns = also === undefined ? [column] : [column, also];
    this.operators =
      nullable && kind.operators.length > 0 ? [...kind.operators, 'exists'] : kind.operators;
    // Not coalesce: PostgreSQL does not consider it leakproof, so row-level security would keep it
    // from the index.
    const value =
      typeof sort === 'string'
        ? `(case when ${column} is null then ${sort} else ${column} end)`
        : column;
    this.sortKey =
      sort === false ? null : value + (kind.collation ? ` collate ${kind.collation}` : '');
    this.sortsByValue = value === column;
    this.bytes = kind.bytes?.(column) ?? (large ? BYTES[large](column) : null);
  }

  /** Reads the values of a filter. @returns the parameters of its condition @throws Unreadable */
  read(operator: Operator, text: string): unknown {
    if (operator === 'exists') return yesOrNo.read(text);
    if (operator !== 'in') return this.kind.read(text);
    const values = text.split(',');
    if (values.length > MAX_IN_VALUES)
      throw new Unreadable(`must be at most ${MAX_IN_VALUES} values`);
    return values.map((value) => this.kind.read(value));
  }

  /** Reads the value of a filter that is JSON, as `read` reads one of the query string. */
  readJson(operator: Operator, value: unknown, readTime: ReadTime): unknown {
    if (operator === 'exists') return readFlag(value);
    if (operator !== 'in') return this.readJsonValue(value, readTime);
    return readList(value, (one) => this.readJsonValue(one, readTime));
  }

  private readJsonValue(value: unknown, readTime: ReadTime): unknown {
    const { read, readJson } = this.kind;
    // No kind that is read as text takes the empty text.
    return readJson ? readJson(value, readTime) : read(typeof value === 'string' ? value : '');
  }

  /** The SQL condition. @param parameter adds a value and gives its placeholder */
  condition(operator: Operator, value: unknown, parameter: (type: string) => string): string {
    const { kind } = this;
    const isEquality = operator === 'eq' || operator === 'in';
    // Compare the sort key, because the index has this expression. It contains a literal in place
    // of null, which equals no possible value.
    const column =
      isEquality && this.sortKey && !this.sortsByValue
        ? this.sortKey
        : (kind.compared ?? asItIs)(this.column);
    if (operator === 'exists') return `${column} is ${value === true ? 'not ' : ''}null`;
    // One comparison per column, because each has an index of its own.
    if (isEquality && this.columns.length > 1)
      return this.either(
        operator === 'in' ? `= any (${parameter(`${kind.type}[]`)})` : `= ${parameter(kind.type)}`,
      );
    if (operator === 'in') return `${column} = any (${this.valuesIn(parameter(`${kind.type}[]`))})`;
    if (operator === 'contains') return kind.contains!(this.column, parameter(kind.type));
    const compared = (kind.compared ?? asItIs)(parameter(kind.type));
    if (operator === 'ne') return `${column} is distinct from ${compared}`;
    return `${column} ${COMPARISONS[operator]} ${compared}`;
  }

  private valuesIn(values: string): string {
    const { compared } = this.kind;
    return compared ? `array(select ${compared('value')} from unnest(${values}) value)` : values;
  }

  private either(comparison: string): string {
    return `(${this.columns.map((column) => `${column} ${comparison}`).join(' or ')})`;
  }

  /** What an operator asks, in words for the API document. */
  meaning(operator: Operator): string {
    return operator === 'contains' ? this.kind.containing! : MEANINGS[operator];
  }

  /** JSON Schema of the parameter, for the API document. */
  schema(operator: Operator): Record<string, unknown> {
    if (operator === 'exists') return { type: 'boolean' };
    return operator === 'in' ? listSchema(this.kind.schema) : this.kind.schema;
  }

  /** JSON Schema of the value in a filter that is JSON. */
  jsonSchema(operator: Operator): Record<string, unknown> {
    const { schema, jsonSchema = schema } = this.kind;
    if (operator === 'exists') return { type: 'boolean' };
    return operator === 'in' ? listSchema(jsonSchema) : jsonSchema;
  }
}

const asItIs = (sql: string): string => sql;

const MEANINGS: Record<Exclude<Operator, 'contains'>, string> = {
  eq: 'is this value',
  ne: 'is another value, or null',
  in: 'is one of these values',
  lt: 'is less than this value',
  lte: 'is at most this value',
  gt: 'is greater than this value',
  gte: 'is at least this value',
  exists: 'is not null (`true`) or is null (`false`)',
};

const COMPARISONS = { eq: '=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;
export const ORDERED = ['eq', 'ne', 'in', 'lt', 'lte', 'gt', 'gte'] as const;

function readInteger(text: string): number {
  const value = /^-?\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (!(Math.abs(value) <= MAX_INTEGER)) throw new Unreadable('must be a whole number');
  return value;
}

function readShare(text: string): number {
  const value = /^\d(\.\d{1,20})?$/.test(text) ? Number(text) : NaN;
  if (!(value <= 1)) throw new Unreadable(phrases.number(0, 1));
  return value;
}

function readUuid(text: string): string {
  if (!isUuid(text)) throw new Unreadable('must be a UUID');
  return text.toLowerCase();
}

/** NUL, escaped surrogates, and numbers outside the range that is stored. */
const UNSTORABLE = /\\u(0000|d[89a-f])|\d[eE][+-]?\d{3}/i;

function readObjectText(text: string): string {
  const value = parseJson(words.read(text));
  if (typeof value !== 'object' || value === null || Array.isArray(value) || UNSTORABLE.test(text))
    throw new Unreadable('must be a JSON object');
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

const words = text(TEXT_MAX, true);
const moment = exactTimeOrDay();
const yesOrNo = boolean();
const define =
  (kind: FieldKind) =>
  (column: string, options: FieldOptions = {}) =>
    new Field(column, kind, options);

/** The kinds of fields. Texts sort by code point; `contains` ignores case. */
export const field = {
  uuid: define({
    type: 'uuid',
    operators: ['eq', 'ne', 'in'],
    schema: { type: 'string', format: 'uuid' },
    read: readUuid,
  }),
  text: define({
    type: 'text',
    operators: ['eq', 'ne', 'in', 'contains'],
    ...words,
    readJson: readText,
    containing: 'contains this text, in capitals or not',
    contains: containsText,
    collation: '"C"',
  }),
  /** A text that compares without regard to case. */
  caseless: define({
    type: 'text',
    operators: ['eq', 'ne', 'in', 'contains'],
    ...words,
    readJson: readText,
    compared: foldCase,
    containing: 'contains this text, in capitals or not',
    contains: containsText,
  }),
  integer: define({
    type: 'integer',
    operators: ORDERED,
    schema: { type: 'integer', minimum: -MAX_INTEGER, maximum: MAX_INTEGER },
    read: readInteger,
    readJson: (value) => readNumber(value, 'integer', -MAX_INTEGER, MAX_INTEGER),
  }),
  /** A number from 0 to 1. */
  share: define({
    type: 'double precision',
    operators: ORDERED,
    schema: { type: 'number', minimum: 0, maximum: 1 },
    read: readShare,
    readJson: (value) => readNumber(value, 'number', 0, 1),
  }),
  /** A time. A date is its midnight. */
  time: define({
    type: 'timestamptz',
    operators: ORDERED,
    ...moment,
    readJson: readTimeWith,
  }),
  boolean: define({
    type: 'boolean',
    operators: ['eq', 'ne'],
    schema: { type: 'boolean' },
    read: yesOrNo.read,
    readJson: readFlag,
  }),
  /** An array of texts. `contains` takes one of them; in JSON several, all of which it contains. */
  texts: define({
    type: 'text[]',
    operators: ['contains'],
    schema: words.schema,
    read: (text) => [words.read(text)],
    readJson: (value) => (Array.isArray(value) ? readList(value, readText) : [readText(value)]),
    jsonSchema: { anyOf: [words.schema, listSchema(words.schema)] },
    containing: 'contain exactly this text',
    contains: (column, parameter) => `${column} @> ${parameter}`,
  }),
  /** A JSON object. `contains` takes keys and values, at any depth. */
  object: define({
    type: 'jsonb',
    operators: ['contains'],
    schema: {
      type: 'string',
      format: 'json',
      examples: ['{"topic":"travel"}'],
    },
    read: readObjectText,
    readJson: readObject,
    jsonSchema: { type: 'object', additionalProperties: true },
    bytes: packedBytes,
    containing: 'contains the keys and values of this JSON object, at any depth',
    // Null stands for an empty object.
    contains: (column, parameter) => `coalesce(${column}, '{}') @> ${parameter}`,
  }),
  /** One of a fixed set of words. */
  oneOf: (column: string, values: readonly string[], options: FieldOptions = {}) =>
    new Field(
      column,
      {
        type: 'text',
        operators: ['eq', 'ne', 'in'],
        ...oneOf(values, undefined),
        collation: '"C"',
      },
      options,
    ),
  /** A column that only the service itself filters by. */
  hiddenBytes: define({ type: 'bytea', operators: [], schema: {}, read: words.read }),
  /** A column that is shown, but cannot be filtered or sorted by. */
  shown: define({ type: 'text', operators: [], schema: {}, read: words.read }),
};
