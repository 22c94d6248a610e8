// What a field of a list can be asked: the operators of its kind, how a value is read from the query string, and the SQL of both.
import { packedBytes, textBytes } from '../database/index.js';
import { boolean, isUuid, oneOf, text, time, Unreadable } from '../input/index.js';

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

/** Values of one `in`. */
const IN_MAX = 100;
/** Characters of a text that is compared with: several must fit into one address. */
export const TEXT_MAX = 255;

/** A kind of column: what may be asked of it, and how a value is read. */
interface Kind {
  /** The SQL type that parameters are cast to. */
  type: string;
  operators: readonly Operator[];
  /** JSON Schema of one value, for the API document. */
  schema: Record<string, unknown>;
  /** @throws Unreadable */
  read: (text: string) => unknown;
  /** What is compared in place of the column. */
  compared?: (column: string) => string;
  /** For `contains`, where it is not a value of the column. */
  contains?: (column: string, parameter: string) => string;
  /** What `contains` asks, in words for the API document. */
  containing?: string;
  /** Appended where the column is sorted by. */
  collation?: string;
  /** SQL for the bytes of a column without a small limit of its own. */
  bytes?: (column: string) => string;
}

const BYTES = { text: textBytes, packed: packedBytes };

export interface FieldOptions {
  /** The column may be null: `exists` can be asked. */
  nullable?: boolean;
  /** Can be sorted by. A nullable one sorts as if null were the SQL literal given: `'infinity'`, `''`. */
  sort?: boolean | string;
  /** Has the value where the column is null: at most one of the two is not. */
  also?: string;
  /** Has no small limit, so that its bytes count in a page: a text, or JSON or an array. Objects always do. */
  large?: keyof typeof BYTES;
}

export class Field {
  readonly column: string;
  private readonly columns: string[];
  readonly operators: readonly Operator[];
  /** What it is sorted by, null where it is not. Never null in a row, so that the next page can begin after any. */
  readonly sortKey: string | null;
  /** True when the value of the row itself is what it is sorted by. */
  readonly sortsByValue: boolean;
  /** SQL for the bytes of the value; null where no value is large. */
  readonly bytes: string | null;

  constructor(
    column: string,
    readonly kind: Kind,
    { nullable = false, sort = false, also, large }: FieldOptions,
  ) {
    this.column = also === undefined ? column : `coalesce(${column}, ${also})`;
    this.columns = also === undefined ? [column] : [column, also];
    this.operators =
      nullable && kind.operators.length > 0 ? [...kind.operators, 'exists'] : kind.operators;
    // Not coalesce: row-level security takes it for leaky, and keeps it away from the index.
    const value =
      typeof sort === 'string'
        ? `(case when ${column} is null then ${sort} else ${column} end)`
        : column;
    this.sortKey =
      sort === false ? null : value + (kind.collation ? ` collate ${kind.collation}` : '');
    this.sortsByValue = value === column;
    this.bytes = kind.bytes?.(column) ?? (large ? BYTES[large](column) : null);
  }

  /** The values of a filter, as the parameters of its condition. @throws Unreadable */
  read(operator: Operator, text: string): unknown {
    if (operator === 'exists') return yesOrNo.read(text);
    if (operator !== 'in') return this.kind.read(text);
    const values = text.split(',');
    if (values.length > IN_MAX) throw new Unreadable(`must be at most ${IN_MAX} values`);
    return values.map((value) => this.kind.read(value));
  }

  /** The condition; `parameter` gives a place for the value. */
  condition(operator: Operator, value: unknown, parameter: (type: string) => string): string {
    const { kind } = this;
    const isEquality = operator === 'eq' || operator === 'in';
    // What stands for null in the order equals no value that can be asked for, and the order has an index.
    const column =
      isEquality && this.sortKey && !this.sortsByValue
        ? this.sortKey
        : (kind.compared?.(this.column) ?? this.column);
    if (operator === 'exists') return `${column} is ${value === true ? 'not ' : ''}null`;
    // Each by itself, as each has its index.
    if (isEquality && this.columns.length > 1)
      return this.either(
        operator === 'in' ? `= any (${parameter(`${kind.type}[]`)})` : `= ${parameter(kind.type)}`,
      );
    if (operator === 'in') return `${column} = any (${parameter(`${kind.type}[]`)})`;
    if (operator === 'contains') return kind.contains!(column, parameter(kind.type));
    if (operator === 'ne') return `${column} is distinct from ${parameter(kind.type)}`;
    return `${column} ${COMPARISONS[operator]} ${parameter(kind.type)}`;
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
    return operator === 'in'
      ? { type: 'array', items: this.kind.schema, minItems: 1, maxItems: IN_MAX }
      : this.kind.schema;
  }
}

const MEANINGS: Record<Exclude<Operator, 'contains'>, string> = {
  eq: 'is this value',
  ne: 'is another value, or null',
  in: 'is one of these values, separated by commas',
  lt: 'is less than this value',
  lte: 'is at most this value',
  gt: 'is greater than this value',
  gte: 'is at least this value',
  exists: 'is not null (`true`) or is null (`false`)',
};

const COMPARISONS = { eq: '=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;
const ordered = ['eq', 'ne', 'in', 'lt', 'lte', 'gt', 'gte'] as const;

function readInteger(text: string): number {
  const value = /^-?\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (!(Math.abs(value) <= 2_147_483_647)) throw new Unreadable('must be a whole number');
  return value;
}

function readUuid(text: string): string {
  if (!isUuid(text)) throw new Unreadable('must be a UUID');
  return text.toLowerCase();
}

/** NUL, surrogates that are written one by one, and numbers beyond those that are kept. */
const UNSTORABLE = /\\u(0000|d[89a-f])|\d[eE][+-]?\d{3}/i;

function readObject(text: string): string {
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
const moment = time();
const yesOrNo = boolean();
const define =
  (kind: Kind) =>
  (column: string, options: FieldOptions = {}) =>
    new Field(column, kind, options);

/** The kinds of fields, each with the operators it has an answer to. Texts sort by code point; `contains` ignores case. */
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
    containing: 'contains this text, in capitals or not',
    contains: (column, parameter) => `strpos(lower(${column}), lower(${parameter})) > 0`,
    collation: '"C"',
  }),
  /** A text that is the same in capitals. */
  caseless: define({
    type: 'text',
    operators: ['eq', 'ne', 'in', 'contains'],
    schema: words.schema,
    read: (text) => words.read(text).toLowerCase(),
    compared: (column) => `lower(${column})`,
    containing: 'contains this text, in capitals or not',
    contains: (column, parameter) => `strpos(${column}, ${parameter}) > 0`,
  }),
  integer: define({
    type: 'integer',
    operators: ordered,
    schema: { type: 'integer', minimum: -2_147_483_647, maximum: 2_147_483_647 },
    read: readInteger,
  }),
  time: define({ type: 'timestamptz', operators: ordered, ...moment }),
  boolean: define({
    type: 'boolean',
    operators: ['eq', 'ne'],
    schema: { type: 'boolean' },
    read: yesOrNo.read,
  }),
  /** An array of texts: `contains` asks for one of them. */
  texts: define({
    type: 'text',
    operators: ['contains'],
    ...words,
    containing: 'contain exactly this text',
    contains: (column, parameter) => `${column} @> array[${parameter}]`,
  }),
  /** A JSON object: `contains` asks for the keys and values given, at any depth. */
  object: define({
    type: 'jsonb',
    operators: ['contains'],
    schema: {
      type: 'string',
      format: 'json',
      examples: ['{"topic":"travel"}'],
    },
    read: readObject,
    bytes: packedBytes,
    containing: 'contains the keys and values of this JSON object, at any depth',
    contains: (column, parameter) => `${column} @> ${parameter}`,
  }),
  /** One of a few words. */
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
  /** A column that is answered and cannot be asked. */
  shown: define({ type: 'text', operators: [], schema: {}, read: words.read }),
};
