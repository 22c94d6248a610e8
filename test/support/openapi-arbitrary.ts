// Requests made from our own API document: for each operation, any that the document allows.
import fc from 'fast-check';
import {
  alternativesOf,
  type ApiDocument,
  type JsonSchema,
  type Operation,
  type Parameter,
  resolve,
  typesOf,
} from './openapi-document.js';

/** A request before it goes out. Ids and keys of the run are placeholders, so that a seed gives the same requests in every run. */
export interface Draft {
  operationId: string;
  method: string;
  /** As the router has it. */
  path: string;
  /** What stands for each parameter of the path. */
  id: string;
  /** Names and values, encoded as they go over the wire. */
  query: [string, string][];
  headers: Record<string, string | string[]>;
  contentType: string | undefined;
  body: unknown;
  /** Instead of `body`, when it is no longer a JSON value. */
  text?: string;
  /** False as soon as anything in it is not what the document allows. */
  intact: boolean;
}

/** Stands in a draft for the id of something that is there, and for the proper credential of the operation. */
export const KNOWN_ID = '{known}';
export const PROPER_KEY = '{key}';

export function requestsOf(document: ApiDocument, operation: Operation): fc.Arbitrary<Draft> {
  const { operationId, method, path, body } = operation;
  return fc.record({
    operationId: fc.constant(operationId),
    method: fc.constant(method),
    path: fc.constant(path),
    id: fc.oneof(
      { weight: 9, arbitrary: fc.constant(KNOWN_ID) },
      { weight: 1, arbitrary: fc.uuid() },
    ),
    query: queryOf(document, operation.parameters),
    headers: fc.constant({ authorization: PROPER_KEY }),
    contentType: fc.constant(body?.contentType),
    body: body ? valuesOf(document, body.schema) : fc.constant(undefined),
    intact: fc.constant(true),
  });
}

function queryOf(document: ApiDocument, parameters: Parameter[]): fc.Arbitrary<[string, string][]> {
  // Cursors are opaque: a document cannot say which exist.
  const described = parameters.filter(
    (parameter) => parameter.in === 'query' && parameter.name !== 'cursor',
  );
  const [required, optional] = [true, false].map((must) =>
    described.filter((parameter) => (parameter.required === true) === must),
  );
  const pair = ({ name, schema }: Parameter) =>
    valuesOf(document, schema).map((value): [string, string] => [
      encodeURIComponent(name),
      encodeURIComponent(textOf(value)),
    ]);
  // A few at a time: a list can be asked so much that all of it at once would be refused for one thing or another.
  return fc
    .subarray(optional!, { maxLength: Math.min(4, optional!.length) })
    .chain((chosen) => fc.tuple(...[...required!, ...chosen].map(pair)));
}

/** Several values are parted by commas, so none may hold one. */
const textOf = (value: unknown): string =>
  Array.isArray(value)
    ? value.map((one) => String(one).replaceAll(',', ';')).join(',')
    : String(value);

/**
 * Any value that fits the schema.
 * @param around the components around it, from the outermost
 */
export function valuesOf(
  document: ApiDocument,
  given: JsonSchema,
  around: readonly string[] = [],
): fc.Arbitrary<unknown> {
  const schema = resolve(document, given);
  const within = given.$ref ? [...around, given.$ref] : around;
  const examples = schema.examples ?? [];
  if (schema.pattern !== undefined && examples.length === 0)
    return fc.stringMatching(new RegExp(schema.pattern), { maxLength: schema.maxLength ?? 100 });
  // What a pattern or a form of others lets through is shown by its examples.
  if (schema.pattern !== undefined || isFormOfOthers(schema)) return fc.constantFrom(...examples);
  const values = freshValuesOf(document, schema, within);
  return examples.length > 0 ? fc.oneof(values, fc.constantFrom(...examples)) : values;
}

/** An object of which the document says only some fields that one of another service has. */
const isFormOfOthers = (schema: JsonSchema): boolean =>
  schema.anyOf !== undefined && schema.examples !== undefined && !alternativesOf(schema);

function freshValuesOf(
  document: ApiDocument,
  schema: JsonSchema,
  within: readonly string[],
): fc.Arbitrary<unknown> {
  const branches = alternativesOf(schema);
  if (branches) return fc.oneof(...branches.map((branch) => valuesOf(document, branch, within)));
  // A reference with words of its own.
  const [whole, ...more] = schema.allOf ?? [];
  if (whole && more.length === 0 && !schema.properties) return valuesOf(document, whole, within);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const types = typesOf(schema);
  return types.length === 0
    ? anything
    : fc.oneof(...types.map((type) => ofType(document, schema, type, within)));
}

function ofType(
  document: ApiDocument,
  schema: JsonSchema,
  type: string,
  within: readonly string[],
): fc.Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return integers(schema);
    case 'array':
      return (schema.uniqueItems ? fc.uniqueArray : fc.array)(
        valuesOf(document, schema.items ?? {}, within),
        lengths(schema.minItems, schema.maxItems, 5),
      );
    case 'object':
      return objects(document, schema, within);
    case 'string':
      return texts(schema);
    default:
      throw new Error(`no values of type ${type}`);
  }
}

/** Short mostly, and now and then as long as may be. */
const lengths = (min = 0, max = Infinity, usual = 30) => ({
  minLength: min,
  maxLength: Math.max(min, Math.min(max, usual)),
});

function objects(
  document: ApiDocument,
  { properties = {}, required = [], additionalProperties }: JsonSchema,
  within: readonly string[],
): fc.Arbitrary<unknown> {
  const self = within.at(-1);
  const isInSelf = within.indexOf(self!) < within.length - 1;
  const refers = (property: JsonSchema) => JSON.stringify(property).includes(`"${self}"`);
  const holdsSelf = self !== undefined && Object.values(properties).some(refers);
  const fields = Object.entries(properties)
    .filter(([, property]) => !holdsSelf || !isInSelf || !refers(property))
    .map(([name, property]) => [name, valuesOf(document, property, within)] as const);
  const record = (some: typeof fields) =>
    fc.record(Object.fromEntries(some), { requiredKeys: required });
  // What holds others of its kind has a bound of all together, so few at a time.
  const known = holdsSelf
    ? fc.subarray(fields, { maxLength: isInSelf ? 1 : 3 }).chain(record)
    : record(fields);
  if (!additionalProperties) return known;
  const others = names.filter((name) => name !== '__proto__' && !Object.hasOwn(properties, name));
  const extras = fc.dictionary(
    others,
    typeof additionalProperties === 'object'
      ? valuesOf(document, additionalProperties, within)
      : anything,
    { maxKeys: 4, noNullPrototype: true },
  );
  return fc.tuple(extras, known).map(([extra, fixed]) => ({ ...extra, ...(fixed as object) }));
}

function texts({ format, minLength, maxLength }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time') return times;
  if (format === 'date') return times.map((time) => time.slice(0, 10));
  if (format === 'json')
    return fc
      .dictionary(
        fc.stringMatching(/^[a-z]{1,8}$/),
        fc.oneof(fc.integer(), fc.boolean(), fc.stringMatching(/^[a-z ]{0,9}$/)),
        { maxKeys: 3 },
      )
      .map((value) => JSON.stringify(value));
  if (format === 'email') return fc.stringMatching(/^[a-z0-9]{1,30}@[a-z0-9]{1,20}\.example$/);
  if (format !== undefined) throw new Error(`no texts of the format ${format}`);
  const usual = storable(fc.string({ unit: 'binary', ...lengths(minLength, maxLength) }));
  const plain = fc.string({
    unit: fc.constantFrom('a', 'B', ' ', 'é', '漢', '👍', '\n', '"', '-', "'"),
    ...lengths(minLength, maxLength),
  });
  const longest =
    maxLength === undefined
      ? plain
      : fc.constantFrom('x', '👍').map((unit) => unit.repeat(maxLength));
  return fc.oneof(
    { weight: 4, arbitrary: plain },
    { weight: 4, arbitrary: usual },
    { weight: 1, arbitrary: longest },
  );
}

/** PostgreSQL keeps every text but those with NUL; that refusal is described in words. */
const storable = (strings: fc.Arbitrary<string>) =>
  strings.map((text) => text.replaceAll('\0', '\u0001'));

const times = fc
  .date({ min: new Date('1970-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());

const names = storable(fc.string({ unit: 'grapheme', maxLength: 20 }));

/** Numbers that JSON may change on the way are refused by design. */
/** The least one often: of what is numbered from 1 there is hardly ever another by chance. */
function integers({ minimum, maximum }: JsonSchema): fc.Arbitrary<number> {
  const [min, max] = [Math.ceil(minimum ?? -(2 ** 31)), Math.floor(maximum ?? 2 ** 31 - 1)];
  const any = fc.integer({ min, max });
  return minimum === undefined
    ? any
    : fc.oneof({ weight: 1, arbitrary: fc.constant(minimum) }, { weight: 3, arbitrary: any });
}

const numbers = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
);

const anything: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'anything' },
    storable(fc.string({ unit: 'binary', maxLength: 20 })),
    numbers,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'type', 'constructor', 'toString', 'é', ''), tie('value'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
})).value;
