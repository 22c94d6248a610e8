// Reads query strings and path ids by a declared shape. Refuses unknown and repeated parameters.
import { type PipeTransform } from '@nestjs/common';
import { ApiParam, ApiQuery } from '@nestjs/swagger';
import { type FieldError, RequestErrors } from '../errors/index.js';
import { parseExactTimeOrDay, parseTime, parseTimeOrDay } from './time.js';
import { words } from './words.js';

export interface QueryField<T> {
  read: (text: string | undefined) => T;
  schema: Record<string, unknown>;
  /** For the API document. */
  description?: string;
}

/** A field with its words for the API document: `described(boolean(), 'Restores it, too.')`. */
export const withDescription = <F extends QueryField<unknown>>(
  field: F,
  description: string,
  example?: unknown,
): F => ({
  ...field,
  description,
  schema: example === undefined ? field.schema : { ...field.schema, example },
});

/** A value of the query string is not valid. The message says what is allowed. */
export class Unreadable extends Error {}

/** Documents a parameter whose values are separated by commas. */
export const WITH_COMMAS = { style: 'form', explode: false } as const;

/** The largest value of a column of PostgreSQL's type `integer`. */
export const MAX_INTEGER = 2_147_483_647;

/** A whole number in a range, in plain decimal digits. */
export function integer<T extends number | undefined>(
  min: number,
  max: number,
  fallback: T,
): QueryField<number | T> {
  return {
    schema: {
      type: 'integer',
      minimum: min,
      maximum: max,
      ...(fallback === undefined ? {} : { default: fallback }),
    },
    read: (text) => {
      if (text === undefined) return fallback;
      const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
      if (!(value >= min && value <= max))
        throw new Unreadable(`must be a whole number from ${min} to ${max}`);
      return value;
    },
  };
}

export function oneOf<const T extends string, F extends NoInfer<T> | undefined>(
  values: readonly T[],
  fallback: F,
): QueryField<T | F> {
  return {
    schema: {
      type: 'string',
      enum: [...values],
      ...(fallback === undefined ? {} : { default: fallback }),
    },
    read: (text) => {
      if (text === undefined) return fallback;
      if (!values.includes(text as T)) throw new Unreadable(`must be one of ${values.join(', ')}`);
      return text as T;
    },
  };
}

/** Some of these values, with commas between them; undefined when it is left out. */
export const someOf = <T extends string>(values: readonly T[]): QueryField<T[] | undefined> => ({
  schema: { type: 'array', items: { type: 'string', enum: [...values] }, minItems: 1 },
  read: (text) => {
    const named = text?.split(',') as T[] | undefined;
    if (named && !named.every((one) => values.includes(one)))
      throw new Unreadable(`must be some of ${values.join(', ')}`);
    return named;
  },
});

/** Counts characters as JSON Schema and PostgreSQL do: an emoji is one. */
export function text<R extends boolean>(
  maxLength: number,
  required: R,
): QueryField<R extends true ? string : string | undefined> {
  return {
    schema: { type: 'string', minLength: 1, maxLength },
    read: (value) => {
      if (value === undefined && !required) return undefined as never;
      if (!value || [...value].length > maxLength)
        throw new Unreadable(`must be 1 to ${maxLength} characters`);
      if (value.includes('\0') || !value.isWellFormed() || value.includes('\ufffd'))
        throw new Unreadable('must be well-formed text without NUL');
      return value;
    },
  };
}

const TIME_SCHEMA = { type: 'string', format: 'date-time' };

const timeField = (
  schema: Record<string, unknown>,
  parse: (text: string) => string | null,
  message: string,
): QueryField<string | undefined> => ({
  schema,
  read: (text) => {
    // In a URL, an unencoded plus means a space.
    const moment = text === undefined ? undefined : parse(text.replace(/ (?=\d\d:\d\d$)/, '+'));
    if (moment === null) throw new Unreadable(message);
    return moment;
  },
});

/** A time, as RFC 3339 in UTC with milliseconds; undefined when it is left out. */
export const time = () => timeField(TIME_SCHEMA, parseTime, words.time);

/** As `time`. Takes a date, too, which is its midnight in UTC. */
export const timeOrDay = () =>
  timeField(
    { anyOf: [TIME_SCHEMA, { type: 'string', format: 'date' }] },
    parseTimeOrDay,
    words.timeAnd('or a date'),
  );

/** As `timeOrDay`, with microseconds where the time has any. */
export const exactTimeOrDay = () =>
  timeField(
    { anyOf: [TIME_SCHEMA, { type: 'string', format: 'date' }] },
    parseExactTimeOrDay,
    words.timeAnd('or a date'),
  );

export const boolean = (): QueryField<boolean> => ({
  schema: { type: 'boolean', default: false },
  read: (value) => {
    if (value === undefined || value === 'false') return false;
    if (value !== 'true') throw new Unreadable('must be true or false');
    return true;
  },
});

export type Shape = Record<string, QueryField<unknown>>;
/** The values of a shape's parameters. */
export type Parsed<S extends Shape> = {
  [K in keyof S]: S[K] extends QueryField<infer T> ? T : never;
};

/**
 * The values that a query pipe returns, for the parameter of a handler:
 * `ValuesOf<typeof listQuery>`.
 */
export type ValuesOf<Q extends { transform: (query: unknown) => unknown }> = ReturnType<
  Q['transform']
>;

export class QueryShape<S extends Shape> implements PipeTransform<unknown, Parsed<S>> {
  private readonly fields: [string, QueryField<unknown>][];

  constructor(
    shape: S,
    private readonly required: (keyof S & string)[] = [],
  ) {
    this.fields = Object.entries(shape);
  }

  /** @throws AppError `request.invalid_query` that names every wrong parameter */
  transform(query: unknown): Parsed<S> {
    const given = query as Record<string, string | string[] | undefined>;
    const errors: FieldError[] = [];
    const parsed: Record<string, unknown> = {};
    for (const [name, field] of this.fields) {
      try {
        const value = given[name];
        if (Array.isArray(value)) throw new Unreadable('must be given once');
        parsed[name] = field.read(value);
        if (parsed[name] === undefined && this.required.includes(name))
          throw new Unreadable('is required');
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        errors.push({ pointer: `?${name}`, message: error.message });
      }
    }
    for (const name in given)
      if (!this.fields.some(([field]) => field === name)) errors.push(this.unknown(name));
    if (errors.length > 0) throw RequestErrors.invalidQuery({ errors });
    return parsed as Parsed<S>;
  }

  /** Adds the parameters to the API document. */
  document(): MethodDecorator {
    return (target, key, descriptor) => {
      for (const [name, { schema, description = '' }] of this.fields) {
        const required = this.required.includes(name);
        ApiQuery({ name, required, ...WITH_COMMAS, schema, description })(
          target,
          key,
          descriptor as TypedPropertyDescriptor<unknown>,
        );
      }
    };
  }

  private unknown(name: string): FieldError {
    const allowed = this.fields.map(([field]) => field).join(', ');
    return {
      pointer: `?${name}`,
      message: allowed ? `is not known here; known are ${allowed}` : 'takes no query parameters',
    };
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (value: string): boolean => UUID.test(value);

/** A UUID in lower case, or undefined when it is left out. */
export const uuid = (): QueryField<string | undefined> => ({
  schema: { type: 'string', format: 'uuid' },
  read: (text) => {
    if (text !== undefined && !isUuid(text)) throw new Unreadable('must be a UUID');
    return text?.toLowerCase();
  },
});

/** A name in the path. Use it as `@Param('label', LABEL)`, with `@LABEL.document()`. */
export class NameParameter implements PipeTransform<string, string> {
  constructor(
    private readonly name: string,
    readonly form: RegExp,
    /** What the form means: `must be` and this is the message. */
    readonly meaning: string,
    /** Names that match the form, for the API document. */
    readonly examples: string[],
    private readonly description: string,
  ) {}

  transform(value: string): string {
    if (!this.form.test(value))
      throw RequestErrors.invalidQuery({
        errors: [{ pointer: `:${this.name}`, message: `must be ${this.meaning}` }],
      });
    return value;
  }

  document = () =>
    ApiParam({
      name: this.name,
      description: this.description,
      schema: this.schema,
      example: this.examples[0],
    });

  /** The same name as an optional query parameter. */
  field(): QueryField<string | undefined> {
    return {
      schema: this.schema,
      read: (text) => {
        if (text !== undefined && !this.form.test(text))
          throw new Unreadable(`must be ${this.meaning}`);
        return text;
      },
    };
  }

  private get schema() {
    return { type: 'string' as const, pattern: this.form.source, examples: this.examples };
  }
}

/** A UUID in the path, in lower case. */
export const IdParameter: PipeTransform<string, string> = {
  transform(value, { data } = { type: 'param' }) {
    if (!isUuid(value))
      throw RequestErrors.invalidQuery({
        errors: [{ pointer: `:${data ?? 'id'}`, message: 'must be a UUID' }],
      });
    return value.toLowerCase();
  },
};
