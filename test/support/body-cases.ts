// Wrong bodies, made from our own API document: for each field of a body the ways in which it can be wrong, with the message that the document implies.
import {
  type ApiDocument,
  type JsonSchema,
  resolve,
  sampleOf,
  typesOf,
} from './openapi-document.js';

export interface BodyCase {
  /** What is wrong, for a reader: `/title: too long`. */
  name: string;
  body: unknown;
  /** The pointers that a fault may have; null when there must be none, undefined when it does not matter. */
  pointers: string[] | null | undefined;
  message: RegExp;
}

type Path = (string | number)[];

/** A schema without references, and without the branch that only allows null. */
interface Plain {
  schema: JsonSchema;
  allowsNull: boolean;
}

const ANY = /./;
const NONE = /^(?!)/;
/** The message for a text of another form; a format that is not here has to be added. */
const FORMS: Record<string, RegExp> = {
  date: /^must be in the format YYYY-MM-DD$/,
  uuid: /^must be a UUID$/,
  'date-time': /^must be an RFC 3339 time with a time zone/,
  email: /^must be an email address$/,
};
const pointerOf = (path: Path) =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const exactly = (...texts: string[]) =>
  new RegExp(
    `^(${texts.map((text) => text.replaceAll(/[.*+?^$()|[\]{}\\]/g, '\\$&')).join('|')})$`,
  );

export class BodyCases {
  /** The properties of the objects that are being walked: a schema may hold itself. */
  private readonly open = new Set<object>();

  constructor(private readonly document: ApiDocument) {}

  /**
   * @param base a body that the schema allows
   * @param telling fields that tell this kind of body from others: without them it is of another kind
   */
  of(given: JsonSchema, base: unknown, telling: string[] = []): BodyCase[] {
    const notAnObject = [null, [], 'text', 7].map((body) => ({
      name: `body: ${JSON.stringify(body)}`,
      body,
      pointers: [''],
      message: exactly('must be a JSON object'),
    }));
    const fields = this.ofObject(this.plain(given).schema, base, []);
    const free = new Set(telling.map((field) => `/${field}: missing`));
    return [
      ...notAnObject,
      ...fields.map((one) => (free.has(one.name) ? { ...one, pointers: undefined } : one)),
    ];
  }

  private ofObject(
    { properties = {}, required = [], ...schema }: JsonSchema,
    base: unknown,
    at: Path,
  ): BodyCase[] {
    if (this.open.has(properties)) return [];
    this.open.add(properties);
    const fields = Object.entries(properties).flatMap(([name, property]) =>
      this.ofField(property, base, [...at, name], required.includes(name)),
    );
    this.open.delete(properties);
    if (schema.additionalProperties) return fields;
    const name = 'no such/field';
    return [
      ...fields,
      this.refused('unknown field', base, [...at, name], 7, exactly('is not a known field')),
    ];
  }

  private ofField(given: JsonSchema, base: unknown, path: Path, isRequired: boolean): BodyCase[] {
    const { schema, allowsNull } = this.plain(given);
    const types = this.typesOf(given);
    const wanted = wantedMessage(schema);
    const wrongType = [7, 'text', true, [], {}].find((value) => !types.has(typeOf(value)));
    return [
      ...(isRequired
        ? [this.refused('missing', base, path, undefined, exactly('is required'))]
        : []),
      allowsNull
        ? { ...this.refused('null', base, path, null, ANY), pointers: null }
        : this.refused('null', base, path, null, wanted),
      ...(wrongType === undefined
        ? []
        : [this.refused(`wrong type ${JSON.stringify(wrongType)}`, base, path, wrongType, wanted)]),
      ...this.beyondLimits(schema).map(({ name, value, message }) =>
        this.refused(name, base, path, value, message),
      ),
      ...this.inside(schema, base, path),
    ];
  }

  private inside(schema: JsonSchema, base: unknown, path: Path): BodyCase[] {
    const [type] = typesOf(schema);
    if (type === 'object' && schema.properties) {
      const whole = valueAt(base, path) ?? this.sample(schema);
      return this.ofObject(schema, withValue(base, path, whole), path);
    }
    if (type !== 'array') return [];
    const { schema: item } = this.plain(schema.items ?? {});
    if (item.properties)
      return this.ofObject(item, withValue(base, path, [this.sample(item)]), [...path, 0]);
    const types = this.typesOf(item);
    const wrong = [7, {}].find((value) => !types.has(typeOf(value)));
    const inItem = this.refused('wrong item', base, path, [wrong], ANY);
    return [{ ...inItem, pointers: [pointerOf(path), pointerOf([...path, 0])] }];
  }

  private beyondLimits(schema: JsonSchema): { name: string; value: unknown; message: RegExp }[] {
    const { maxLength, minLength, minimum, maximum, maxItems, minItems, pattern, format } = schema;
    const limits: { name: string; value: unknown; message: RegExp }[] = [];
    const add = (name: string, value: unknown, message: RegExp) =>
      limits.push({ name, value, message });
    if (maxLength !== undefined && format === undefined)
      add(
        'too long',
        'x'.repeat(maxLength + 1),
        new RegExp(`^must be at most ${maxLength} (characters|bytes)$${pattern ? '|such as' : ''}`),
      );
    if (minLength === 1) add('empty', '', /^must not be (empty|blank)$|such as/);
    if (format !== undefined) add('of another form', 'text', FORMS[format] ?? NONE);
    if (schema.enum) add('not listed', 'no such value', wantedMessage(schema));
    if (minimum !== undefined) add('too small', minimum - 1, wantedMessage(schema));
    if (maximum !== undefined) add('too large', maximum + 1, wantedMessage(schema));
    const item = schema.items && this.sample(schema.items);
    if (maxItems !== undefined)
      add(
        'too many',
        Array.from({ length: maxItems + 1 }, () => item),
        exactly(`must have at most ${maxItems} items`),
      );
    if (minItems === 1) add('no items', [], exactly('must not be empty'));
    return limits;
  }

  private refused(
    what: string,
    base: unknown,
    path: Path,
    value: unknown,
    message: RegExp,
  ): BodyCase {
    return {
      name: `${pointerOf(path)}: ${what}`,
      body: withValue(base, path, value),
      pointers: [pointerOf(path)],
      message,
    };
  }

  private sample(schema: JsonSchema): unknown {
    return sampleOf(this.document, schema, { text: 'text', optional: false });
  }

  private plain(given: JsonSchema): Plain {
    const schema = resolve(this.document, given);
    const branches = (schema.oneOf ?? schema.anyOf ?? schema.allOf ?? []).map((branch) =>
      resolve(this.document, branch),
    );
    const others = branches.filter(({ type }) => type !== 'null');
    const allowsNull = this.typesOf(given).has('null');
    const types = typesOf(schema).filter((type) => type !== 'null');
    if (branches.length === 0) return { schema: { ...schema, type: types }, allowsNull };
    return others.length === 1 ? { ...this.plain(others[0]!), allowsNull } : { schema, allowsNull };
  }

  private typesOf(given: JsonSchema): Set<string> {
    const schema = resolve(this.document, given);
    const branches = schema.oneOf ?? schema.anyOf ?? schema.allOf ?? [];
    return new Set([
      ...typesOf(schema).flatMap((type) => (type === 'integer' ? ['integer', 'number'] : [type])),
      ...branches.flatMap((branch) => [...this.typesOf(branch)]),
    ]);
  }
}

/** The message for a value of a wrong type. */
function wantedMessage(schema: JsonSchema): RegExp {
  const { minimum, maximum } = schema;
  const [type] = typesOf(schema);
  if (schema.enum) {
    // A body of several kinds names the values of all kinds.
    const values = schema.enum
      .filter((value) => typeof value === 'string')
      .map((value) => `(?=.*\\b${value}\\b)`);
    return new RegExp(`^must be one of ${values.join('')}`);
  }
  if (type === 'integer' || type === 'number') {
    const kind = type === 'integer' ? 'an integer' : 'a number';
    const bounds = [minimum, maximum].map((bound) => bound ?? '-?\\d+');
    return new RegExp(`^must be ${kind} of at least ${bounds[0]} and at most ${bounds[1]}$`);
  }
  if (type === 'boolean') return exactly('must be true or false');
  if (type === 'array') return exactly('must be a list');
  if (type === 'object') return /^must be a JSON object( of at most \d+ bytes)?$/;
  return type === 'string' && schema.format === undefined ? exactly('must be text') : ANY;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, part) => (at as Record<string, unknown> | undefined)?.[part],
    value,
  );
}

/** A copy with another value at the path; undefined removes the field. */
function withValue(value: unknown, [part, ...rest]: Path, replacement: unknown): unknown {
  if (part === undefined) return replacement;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value)
    ? [...(value as unknown[])]
    : { ...(value as object) };
  const inner = withValue((copy as Record<string, unknown>)[part], rest, replacement);
  if (inner === undefined) delete (copy as Record<string, unknown>)[part];
  else (copy as Record<string, unknown>)[part] = inner;
  return copy;
}
